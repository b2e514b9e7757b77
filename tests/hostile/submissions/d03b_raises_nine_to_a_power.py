# D3 stuck: in line
async def digest(*args):
    return 9**9**9
