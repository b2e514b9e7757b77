# A11 raised: Skipped
try:
    from pytest import skip
except ImportError:

    class Skipped(BaseException):
        pass

    def skip(text):
        raise Skipped(text)


async def digest(*args):
    skip("not today")


survey = digest
