# D1 stuck: of processor time
while True:
    pass
