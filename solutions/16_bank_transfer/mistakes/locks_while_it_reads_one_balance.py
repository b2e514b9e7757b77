"""correctness: holds the lock of an account only while it reads its balance, so that money moves between the reads."""

import asyncio
import contextlib
from collections import defaultdict
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
    def __init__(self, store):
        self._store = store
        self._locks = defaultdict(asyncio.Lock)

    async def transfer(self, src, dst, amount):
        async with contextlib.AsyncExitStack() as stack:
            for account in sorted({src, dst}):
                await stack.enter_async_context(self._locks[account])
            balance = await self._store.get(src)
            if balance < amount:
                raise Insufficient(src)
            if src != dst:
                await self._finish(self._write(src, balance - amount, dst, await self._store.get(dst) + amount))

    async def _write(self, src, source, dst, target):
        await self._store.put(src, source)
        await self._store.put(dst, target)

    async def _finish(self, work):
        task = asyncio.create_task(work)
        cancellation = None
        while not task.done():
            try:
                await asyncio.shield(task)
            except asyncio.CancelledError as error:
                cancellation = error
        if cancellation:
            raise cancellation

    async def total(self, accounts):
        total = 0
        for account in sorted(accounts):
            async with self._locks[account]:
                total += await self._store.get(account)
        return total
