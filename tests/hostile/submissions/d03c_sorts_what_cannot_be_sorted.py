# D3 stuck: in line
class Evil:
    def __lt__(self, other):
        return sorted([Evil(), Evil()]) is None


class Endless(Evil):
    def __lt__(self, other):
        return sum(iter(int, 1))


async def digest(*args):
    return sorted([Endless(), Endless()])
