"""Examples: run them with ``pytest exercises/16_bank_transfer``."""

import asyncio

import pytest


def now():
    return asyncio.get_running_loop().time()


class Store:
    """A store in which each call takes a second."""

    def __init__(self, balances):
        self._balances = balances

    async def get(self, account):
        await asyncio.sleep(1)
        return self._balances[account]

    async def put(self, account, balance):
        await asyncio.sleep(1)
        self._balances[account] = balance


@pytest.mark.correctness
async def test_two_payments_at_once(student):
    """Two payments into one account at the same moment both arrive."""
    balances = {"ada": 100, "bo": 100, "shop": 0}
    bank = student.Bank(Store(balances))

    await asyncio.gather(bank.transfer("ada", "shop", 10), bank.transfer("bo", "shop", 20))

    assert balances == {"ada": 90, "bo": 80, "shop": 30}


@pytest.mark.concurrency
async def test_timetable(student):
    """Each transfer has ended at the time that the README's timetable gives."""
    bank = student.Bank(Store({"ada": 100, "bo": 100, "cy": 100, "di": 100}))

    too_late = {}

    async def transfer(called_at, src, dst, ends_by):
        await asyncio.sleep(called_at)
        await bank.transfer(src, dst, 5)
        if now() > ends_by:
            too_late[f"{src} to {dst}"] = now()

    await asyncio.gather(transfer(0, "ada", "bo", 4), transfer(0, "cy", "di", 4), transfer(1, "bo", "ada", 8))

    assert too_late == {}


@pytest.mark.cancellation
@pytest.mark.parametrize("moment", [0.5, 1.5, 2.5, 3.5])
async def test_cancelled_transfer_is_not_half_done(student, moment):
    """A transfer that is cancelled has moved all of the amount, or nothing."""
    balances = {"ada": 100, "bo": 100}
    bank = student.Bank(Store(balances))

    call = asyncio.create_task(bank.transfer("ada", "bo", 30))
    await asyncio.sleep(moment)
    call.cancel()

    with pytest.raises(asyncio.CancelledError):
        await call
    assert balances in ({"ada": 100, "bo": 100}, {"ada": 70, "bo": 130})
