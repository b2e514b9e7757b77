# D18 raised once: was ended by SIG
import os
import resource


async def digest(*args):
    try:
        resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    except (OSError, ValueError):
        os.abort()
    return "raised its limit"


survey = digest
