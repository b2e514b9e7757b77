"""A cancelled transfer is undone: both old balances are written back, whatever happens meanwhile."""

import asyncio
import contextlib
from collections.abc import Sequence
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
        self._locks: dict[str, asyncio.Lock] = {}

    async def transfer(self, src: str, dst: str, amount: int) -> None:
        """Move `amount` from `src` to `dst`."""
        async with contextlib.AsyncExitStack() as stack:
            await self._lock(stack, [src, dst])
            source, target = await asyncio.gather(self._store.get(src), self._store.get(dst))
            if source < amount:
                raise Insufficient(src)
            if src == dst:
                return
            try:
                await self._store.put(src, source - amount)
                await self._store.put(dst, target + amount)
            except asyncio.CancelledError:
                # The `put` that was cancelled may have taken effect: both are written back.
                undo = asyncio.gather(self._store.put(src, source), self._store.put(dst, target))
                while not undo.done():
                    with contextlib.suppress(asyncio.CancelledError):
                        await asyncio.shield(undo)
                raise

    async def total(self, accounts: Sequence[str]) -> int:
        """The sum of the balances of `accounts`, all at one moment."""
        async with contextlib.AsyncExitStack() as stack:
            await self._lock(stack, accounts)
            return sum(await asyncio.gather(*(self._store.get(account) for account in accounts)))

    async def _lock(self, stack: contextlib.AsyncExitStack, accounts: Sequence[str]) -> None:
        for account in sorted(set(accounts)):
            await stack.enter_async_context(self._locks.setdefault(account, asyncio.Lock()))
