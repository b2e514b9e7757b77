"""The hidden suite of exercise 02."""

import asyncio
import random

import pytest

NAMES = ["eggs", "toast", "coffee", "porridge", "pancakes", "tomatoes", "tea", "beans"]


def now() -> float:
    return asyncio.get_running_loop().time()


class Kitchen:
    """Makes recipes, and notes when each starts, is ready or is stopped; `cooking` are those under way."""

    def __init__(self) -> None:
        self.called: list[str] = []
        self.cooking: list[str] = []
        self.started: dict[str, float] = {}
        self.ready: dict[str, float] = {}
        self.stopped: dict[str, float] = {}

    def recipe(self, name: str, seconds: float):
        """A recipe that takes `seconds` and gives `self.dish(name)`."""

        async def cook() -> str:
            self.called.append(name)
            self.cooking.append(name)
            self.started[name] = now()
            try:
                await asyncio.sleep(seconds)
                self.ready[name] = now()
                return self.dish(name)
            except asyncio.CancelledError:
                self.stopped[name] = now()
                raise
            finally:
                self.cooking.remove(name)

        cook.__name__ = name
        return cook

    def recipes(self, **seconds: float):
        return [self.recipe(name, time) for name, time in seconds.items()]

    def dish(self, name: str) -> str:
        """What the recipe called `name` gives; nobody can have foreseen it."""
        return f"{name} {hash((name, self.secret)) % 10_000}"

    secret = property(lambda self: vars(self).setdefault("_secret", random.random()))


@pytest.fixture
def kitchen() -> Kitchen:
    return Kitchen()
