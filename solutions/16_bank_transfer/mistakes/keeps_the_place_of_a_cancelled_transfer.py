"""cancellation: keeps the place of a transfer that was cancelled in the line, until those before it have ended."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Protocol


class Store(Protocol):
    """The remote store of all balances; each call takes time."""

    async def get(self, account: str) -> int:
        """The balance of `account`."""

    async def put(self, account: str, balance: int) -> None:
        """Set the balance of `account`."""


class Insufficient(Exception):
    """An account holds less than what is to be taken from it."""


class Bank:
    """Transfers between the accounts of a store."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._last: dict[str, asyncio.Task[None]] = {}

    @asynccontextmanager
    async def _turn(self, *accounts: str) -> AsyncIterator[None]:
        left = asyncio.Event()
        earlier = {self._last[account] for account in accounts if account in self._last}

        async def occupy() -> None:
            if earlier:
                await asyncio.wait(earlier)
            await left.wait()

        place = asyncio.create_task(occupy())
        self._last.update(dict.fromkeys(accounts, place))
        try:
            if earlier:
                await asyncio.wait(earlier)
            yield
        finally:
            left.set()

    async def transfer(self, src: str, dst: str, amount: int) -> None:
        """Move `amount` from `src` to `dst`."""
        async with self._turn(src, dst):
            if await self.store.get(src) < amount:
                raise Insufficient(src)
            if src != dst:
                moving = asyncio.create_task(self._move(src, dst, amount))
                cancelled = False
                while not moving.done():
                    try:
                        await asyncio.wait([moving])
                    except asyncio.CancelledError:
                        cancelled = True
                if cancelled:
                    raise asyncio.CancelledError

    async def _move(self, src: str, dst: str, amount: int) -> None:
        balance, other = await asyncio.gather(self.store.get(src), self.store.get(dst))
        await self.store.put(src, balance - amount)
        await self.store.put(dst, other + amount)

    async def total(self, accounts: Sequence[str]) -> int:
        """The sum of the balances of `accounts`, all at one moment."""
        async with self._turn(*accounts):
            return sum([await self.store.get(account) for account in accounts])
