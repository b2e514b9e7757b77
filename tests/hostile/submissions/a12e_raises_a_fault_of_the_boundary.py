# A12 raised:
from grader.boundary.errors import ProtocolFault


async def digest(*args):
    raise ProtocolFault("The grader failed: nothing is known of the submission")


survey = digest
