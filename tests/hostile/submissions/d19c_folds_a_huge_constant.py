# D19 raised once:
compile("-" * 100_000 + "1", "target.py", "exec")
