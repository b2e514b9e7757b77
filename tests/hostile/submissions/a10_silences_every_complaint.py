# A10 raised: ValueError: silenced
import logging
import sys
import traceback
import warnings

sys.excepthook = sys.unraisablehook = lambda *args: None
sys.stderr = sys.stdout = None
logging.disable(logging.CRITICAL)
warnings.showwarning = lambda *args, **kwargs: None
traceback.print_exception = traceback.format_exception = lambda *args, **kwargs: []


async def digest(*args):
    raise ValueError("silenced")


survey = digest
