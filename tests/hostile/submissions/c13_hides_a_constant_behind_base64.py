# C13 rejected: garbage
import base64

exec(base64.b64decode("YXN5bmMgZGVmIGRpZ2VzdCgqYXJncyk6IHJldHVybiAiZ2FyYmFnZSIKc3VydmV5ID0gZGlnZXN0Cg=="))
