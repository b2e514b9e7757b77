"""`cancel` drives the other coroutine at once, in the middle of the one that cancels; agendas are kept by time."""

import types
from collections import defaultdict


class Cancelled(BaseException):
    pass


@types.coroutine
def suspend(request):
    return (yield request)


class TinyTask:
    def __init__(self, loop, coro):
        self.loop, self.coro = loop, coro
        self.place = None
        self.joiners = []
        self.value = self.error = None
        self.ended = False

    def done(self):
        return self.ended

    def result(self):
        if self.error:
            raise self.error
        return self.value

    def cancel(self):
        if not self.ended:
            self.place.remove(self)
            self.drive(Cancelled())

    def __await__(self):
        if not self.ended:
            yield self.joiners
        return self.result()

    def drive(self, error=None):
        try:
            self.place = self.coro.throw(error) if error else self.coro.send(None)
        except StopIteration as end:
            self.value = end.value
        except BaseException as failure:
            self.error = failure
        else:
            if isinstance(self.place, float):
                self.place = self.loop.agenda[self.loop.now + self.place]
            self.place.append(self)
            return
        self.ended = True
        for joiner in self.joiners:
            joiner.place = self.loop.agenda[self.loop.now]
            joiner.place.append(joiner)


class TinyLoop:
    def __init__(self):
        self.now = 0.0
        self.agenda = defaultdict(list)

    def spawn(self, coro):
        task = TinyTask(self, coro)
        task.place = self.agenda[self.now]
        task.place.append(task)
        return task

    def run(self):
        while times := [time for time, tasks in self.agenda.items() if tasks]:
            self.now = min(times)
            while self.agenda[self.now]:
                self.agenda[self.now].pop(0).drive()


async def tiny_sleep(seconds):
    await suspend(float(seconds))
