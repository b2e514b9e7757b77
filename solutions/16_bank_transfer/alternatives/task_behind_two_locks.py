"""Two nested locks, and behind them one task for the whole rest of the transfer, which no cancellation reaches."""

import asyncio
import contextlib
from collections import defaultdict
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
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def transfer(self, src: str, dst: str, amount: int) -> None:
        """Move `amount` from `src` to `dst`."""
        first, second = min(src, dst), max(src, dst)
        async with self._locks[first], self._locks[second] if src != dst else contextlib.nullcontext():
            moving = asyncio.create_task(self._move(src, dst, amount))
            cancellation = None
            while not moving.done():
                try:
                    await asyncio.wait({moving})
                except asyncio.CancelledError as error:
                    cancellation = error
            if cancellation is not None:
                moving.exception()  # looked at, so that nobody reports it
                raise cancellation
            moving.result()

    async def _move(self, src: str, dst: str, amount: int) -> None:
        source = await self._store.get(src)
        if source < amount:
            raise Insufficient(src)
        await self._store.put(src, source - amount)
        await self._store.put(dst, await self._store.get(dst) + amount)

    async def total(self, accounts: Sequence[str]) -> int:
        """The sum of the balances of `accounts`, all at one moment."""
        return await self._locked_total(sorted(accounts))

    async def _locked_total(self, accounts: Sequence[str]) -> int:
        """The sum of the balances, with one more lock held at each step of the recursion."""
        if not accounts:
            return 0
        async with self._locks[accounts[0]]:
            rest = await self._locked_total(accounts[1:])
            return rest + await self._store.get(accounts[0])
