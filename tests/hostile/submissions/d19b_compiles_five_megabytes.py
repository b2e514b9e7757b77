# D19 stuck: of processor time
compile("x = 1\n" * 900_000, "target.py", "exec")
