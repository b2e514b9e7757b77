"""One condition guards the set of busy accounts; a call takes all its accounts at once, or waits."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable, Sequence
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
        self._store = store
        self._busy: set[str] = set()
        self._changed = asyncio.Condition()

    @contextlib.asynccontextmanager
    async def _occupied(self, accounts: Iterable[str]) -> AsyncIterator[None]:
        wanted = set(accounts)
        async with self._changed:
            await self._changed.wait_for(lambda: self._busy.isdisjoint(wanted))
            self._busy |= wanted
        try:
            yield
        finally:
            # The condition is never held across a wait, so that this cannot be interrupted.
            async with self._changed:
                self._busy -= wanted
                self._changed.notify_all()

    async def transfer(self, src: str, dst: str, amount: int) -> None:
        """Move `amount` from `src` to `dst`."""
        async with self._occupied((src, dst)):
            source = await self._store.get(src)
            if source < amount:
                raise Insufficient(src)
            if src != dst:
                target = await self._store.get(dst)
                await self._write_both(src, source - amount, dst, target + amount)

    async def _write_both(self, src: str, source: int, dst: str, target: int) -> None:
        writes = {
            asyncio.ensure_future(self._store.put(src, source)),
            asyncio.ensure_future(self._store.put(dst, target)),
        }
        cancelled = False
        while writes:
            try:
                _, writes = await asyncio.wait(writes)
            except asyncio.CancelledError:
                cancelled = True
        if cancelled:
            raise asyncio.CancelledError

    async def total(self, accounts: Sequence[str]) -> int:
        """The sum of the balances of `accounts`, all at one moment."""
        async with self._occupied(accounts):
            return sum([await self._store.get(account) for account in accounts])
