"""Whoever comes draws a ticket at each account, all at one moment, and waits for the tickets before its own."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterable, Sequence
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
        self._last: dict[str, asyncio.Future[None]] = {}

    @asynccontextmanager
    async def _turn(self, accounts: Iterable[str]) -> AsyncIterator[None]:
        """The time in which these accounts are ours alone."""
        loop = asyncio.get_running_loop()
        tickets = []
        for account in set(accounts):
            tickets.append((self._last.get(account), loop.create_future()))
            self._last[account] = tickets[-1][1]
        try:
            earlier = [ticket for ticket, _ in tickets if ticket is not None]
            if earlier:
                await asyncio.wait(earlier)
            yield
        finally:
            for before, mine in tickets:
                if before is None or before.done():
                    mine.set_result(None)
                else:
                    # Cancelled in the line: who comes next waits for whom we waited for.
                    before.add_done_callback(lambda _, mine=mine: mine.set_result(None))

    async def transfer(self, src: str, dst: str, amount: int) -> None:
        """Move `amount` from `src` to `dst`."""
        async with self._turn([src, dst]):
            before = await asyncio.gather(self.store.get(src), self.store.get(dst))
            if before[0] < amount:
                raise Insufficient(src)
            if src == dst:
                return
            try:
                await self.store.put(src, before[0] - amount)
                await self.store.put(dst, before[1] + amount)
            except asyncio.CancelledError:
                await self._whatever_happens(self._restore([src, dst], before))
                raise

    async def _restore(self, accounts: Sequence[str], balances: Sequence[int]) -> None:
        await asyncio.gather(*map(self.store.put, accounts, balances))

    async def _whatever_happens(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        while not task.done():
            try:
                await asyncio.wait([task])
            except asyncio.CancelledError:
                continue

    async def total(self, accounts: Sequence[str]) -> int:
        """The sum of the balances of `accounts`, all at one moment."""
        async with self._turn(accounts):
            return sum(await asyncio.gather(*map(self.store.get, accounts)))
