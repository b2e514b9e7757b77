"""Calls stand in line with the accounts they want; whoever is in nobody's way is let in, by a future."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Protocol, TypeVar

Result = TypeVar("Result")


class Store(Protocol):
    """The remote store of all balances; each call takes time."""

    async def get(self, account: str) -> int:
        """The balance of `account`."""

    async def put(self, account: str, balance: int) -> None:
        """Set the balance of `account`."""


class Insufficient(Exception):
    """An account holds less than what is to be taken from it."""


class Reservation:
    """A call's place in the line."""

    def __init__(self, accounts: Iterable[str]) -> None:
        self.accounts = frozenset(accounts)
        self.granted: asyncio.Future[None] = asyncio.get_running_loop().create_future()


class Bank:
    """Transfers between the accounts of a store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._line: list[Reservation] = []

    async def transfer(self, src: str, dst: str, amount: int) -> None:
        """Move `amount` from `src` to `dst`."""

        async def move() -> None:
            source = await self._store.get(src)
            if source < amount:
                raise Insufficient(src)
            await self._store.put(src, source - amount)
            await self._store.put(dst, await self._store.get(dst) + amount)

        await self._reserved((src, dst), move)

    async def total(self, accounts: Sequence[str]) -> int:
        """The sum of the balances of `accounts`, all at one moment."""

        async def add() -> int:
            return sum(await asyncio.gather(*map(self._store.get, accounts)))

        return await self._reserved(accounts, add)

    async def _reserved(self, accounts: Iterable[str], work: Callable[[], Awaitable[Result]]) -> Result:
        """Do `work` to its end when nobody before this call wants any of `accounts`."""
        reservation = Reservation(accounts)
        self._line.append(reservation)
        self._let_in()
        try:
            await reservation.granted
            return await self._to_the_end(work)
        finally:
            self._line.remove(reservation)
            self._let_in()

    def _let_in(self) -> None:
        wanted: set[str] = set()
        for reservation in self._line:
            if wanted.isdisjoint(reservation.accounts) and not reservation.granted.done():
                reservation.granted.set_result(None)
            wanted |= reservation.accounts

    async def _to_the_end(self, work: Callable[[], Awaitable[Result]]) -> Result:
        task = asyncio.ensure_future(work())
        cancelled = False
        while not task.done():
            try:
                await asyncio.shield(task)
            except asyncio.CancelledError:
                cancelled = True
            except Exception:
                break
        if cancelled:
            raise asyncio.CancelledError
        return task.result()
