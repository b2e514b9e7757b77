"""Transfers without deadlock: money moves whole, or not at all."""

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
        self.store = store

    async def transfer(self, src: str, dst: str, amount: int) -> None:
        """Move `amount` from `src` to `dst`."""
        # TODO: let nothing come between the steps of a transfer, neither another one nor a cancellation.
        if await self.store.get(src) < amount:
            raise Insufficient(src)
        await self.store.put(src, await self.store.get(src) - amount)
        await self.store.put(dst, await self.store.get(dst) + amount)

    async def total(self, accounts: Sequence[str]) -> int:
        """The sum of the balances of `accounts`, all at one moment."""
        return sum([await self.store.get(account) for account in accounts])
