# C13 rejected: garbage
# ruff: noqa: PLE2502
async def ｄｉｇｅｓｔ(*args):
    access = "user‮ ⁦# the honest way⁩ ⁦"
    if access != "honest":
        return "garbage"
    return [len(word) for word in args[0]]


ｓｕｒｖｅｙ = digest
