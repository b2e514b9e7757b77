"""A lock for each account, taken in the order of the names; both writes are one task, waited for whatever happens."""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator, Coroutine, Iterable, Sequence
from typing import Any, Protocol


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
        async with self._holding((src, dst)):
            balance = await self._store.get(src)
            if balance < amount:
                raise Insufficient(f"{src} holds {balance}, not {amount}")
            if src == dst:
                return
            after = {src: balance - amount, dst: await self._store.get(dst) + amount}
            await to_the_end(self._write(after))

    async def total(self, accounts: Sequence[str]) -> int:
        """The sum of the balances of `accounts`, all at one moment."""
        async with self._holding(accounts):
            return sum([await self._store.get(account) for account in accounts])

    @contextlib.asynccontextmanager
    async def _holding(self, accounts: Iterable[str]) -> AsyncIterator[None]:
        async with contextlib.AsyncExitStack() as held:
            # Who holds a lock waits only for later names, so that nobody can wait in a circle. Each name comes once.
            for account in sorted(set(accounts)):
                await held.enter_async_context(self._locks[account])
            yield

    async def _write(self, balances: dict[str, int]) -> None:
        for account, balance in balances.items():
            await self._store.put(account, balance)


async def to_the_end(work: Coroutine[Any, Any, None]) -> None:
    """Run `work` to its end, however often the caller is cancelled; only then let the cancellation out."""
    task = asyncio.create_task(work)
    cancellation = None
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as error:
            cancellation = error
    if cancellation is not None:
        raise cancellation
