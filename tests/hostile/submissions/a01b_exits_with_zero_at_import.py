# A1 raised: ended the program with SystemExit
raise SystemExit(0)
