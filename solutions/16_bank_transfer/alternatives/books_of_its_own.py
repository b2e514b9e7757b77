"""The bank reads each balance once and keeps it; a transfer is made in its own books, and then written down."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
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
        self._books: dict[str, int] = {}
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    @asynccontextmanager
    async def _open(self, *accounts: str) -> AsyncIterator[None]:
        """The time in which these accounts are ours alone, and in the books."""
        async with AsyncExitStack() as locks:
            for account in sorted(set(accounts)):
                await locks.enter_async_context(self._locks[account])
                if account not in self._books:
                    self._books[account] = await self.store.get(account)
            yield

    async def transfer(self, src: str, dst: str, amount: int) -> None:
        """Move `amount` from `src` to `dst`."""
        async with self._open(src, dst):
            if self._books[src] < amount:
                raise Insufficient(src)
            self._books[src] -= amount
            self._books[dst] += amount
            writing = asyncio.gather(*(self.store.put(account, self._books[account]) for account in {src, dst}))
            cancellations = 0
            while not writing.done():
                try:
                    await asyncio.shield(writing)
                except asyncio.CancelledError:
                    cancellations += 1
            if cancellations:
                raise asyncio.CancelledError

    async def total(self, accounts: Sequence[str]) -> int:
        """The sum of the balances of `accounts`, all at one moment."""
        async with self._open(*accounts):
            return sum(self._books[account] for account in accounts)
