# C14 rejected: garbage
evil = getattr(__builtins__, "ev" + "al", None) or __builtins__["ev" + "al"]
run = evil("__imp" + "ort__('builtins').__dict__['ex' + 'ec']")
run("answer = 'garbage'", globals())
everything = ().__class__.__base__.__subclasses__()


async def digest(*args):
    return evil("answer")


survey = digest
