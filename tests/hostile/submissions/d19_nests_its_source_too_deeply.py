# D19 raised: has a syntax error
SOURCE = "(" * 50_000 + ")" * 50_000
compile(SOURCE, "target.py", "exec")
