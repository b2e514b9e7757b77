# D14 raised once: printed more than
import sys

for _ in range(1_000):
    sys.stderr.write("\N{PILE OF POO}" * 10_000)
