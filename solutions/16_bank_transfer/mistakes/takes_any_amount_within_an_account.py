"""correctness: returns at once when both accounts are the same, whatever the account holds."""

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
        self._taken: set[str] = set()
        self._waiting: list[tuple[set[str], asyncio.Event]] = []

    @asynccontextmanager
    async def _all_of(self, accounts: set[str]) -> AsyncIterator[None]:
        """The time in which these accounts are ours alone."""
        mine = accounts, asyncio.Event()
        self._waiting.append(mine)
        self._let_in()
        try:
            await mine[1].wait()
            yield
        finally:
            if mine[1].is_set():
                self._taken -= accounts
            else:
                self._waiting.remove(mine)
            self._let_in()

    def _let_in(self) -> None:
        """Let in whoever needs no account that is taken, or that somebody needs who came before."""
        needed = set(self._taken)
        for entry in list(self._waiting):
            accounts, has_all = entry
            if not needed & accounts:
                self._waiting.remove(entry)
                self._taken |= accounts
                has_all.set()
            needed |= accounts

    async def transfer(self, src: str, dst: str, amount: int) -> None:
        """Move `amount` from `src` to `dst`."""
        if src == dst:
            return
        async with self._all_of({src, dst}):
            writing = await self._begin(src, dst, amount)
            cancelled: BaseException | None = None
            while not writing.done():
                try:
                    await asyncio.shield(writing)
                except asyncio.CancelledError as cancellation:
                    cancelled = cancellation
            if cancelled is not None:
                raise cancelled

    async def _begin(self, src: str, dst: str, amount: int) -> "asyncio.Future[None]":
        balance = await self.store.get(src)
        if balance < amount:
            raise Insufficient(src)
        return asyncio.ensure_future(self._finish(src, dst, balance, await self.store.get(dst), amount))

    async def _finish(self, src: str, dst: str, balance: int, other: int, amount: int) -> None:
        async with asyncio.TaskGroup() as both:
            both.create_task(self.store.put(dst, other + amount))
            both.create_task(self.store.put(src, balance - amount))

    async def total(self, accounts: Sequence[str]) -> int:
        """The sum of the balances of `accounts`, all at one moment."""
        async with self._all_of(set(accounts)):
            return sum([await self.store.get(account) for account in accounts])
