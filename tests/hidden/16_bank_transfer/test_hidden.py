"""The hidden suite of exercise 16."""

import asyncio
import random

import pytest

STILL_RUNNING = "Calls of the store were still running when the transfer ended."


def now() -> float:
    return asyncio.get_running_loop().time()


class Store:
    """What the submission sees of a ledger."""

    def __init__(self, ledger) -> None:
        self._ledger = ledger

    async def get(self, account: str) -> int:
        await self._ledger.take_time()
        return self._ledger.balances[account]

    async def put(self, account: str, balance: int) -> None:
        if self._ledger.early:
            self._ledger.balances[account] = balance
        await self._ledger.take_time()
        self._ledger.balances[account] = balance


class Ledger:
    """Balances in a remote store. Its calls take `seconds`, chosen anew for each where there are several.

    A `put` takes effect at its end, or with `early` already at its start: when it is cancelled, that matters.
    """

    def __init__(self, balances, *, seconds=(0.125,), early=False):
        self.balances = balances
        self.early = early
        self.running = 0
        self._seconds = seconds

    async def take_time(self) -> None:
        """What each call of the store waits for."""
        self.running += 1
        try:
            await asyncio.sleep(random.choice(self._seconds))
        finally:
            self.running -= 1


@pytest.fixture
def open_bank(student):
    """Makes a ledger with these accounts, and a bank."""

    def open_bank(*accounts, balance=1000, **options):
        ledger = Ledger(dict.fromkeys(accounts, balance), **options)
        return ledger, student.Bank(Store(ledger))

    return open_bank


async def at(moment: float, call):
    """Await a call at that moment."""
    await asyncio.sleep(moment - now())
    return await call


@pytest.mark.correctness(points=1)
async def test_amount_moves(open_bank):
    """A transfer takes the amount from one account and adds it to the other, down to the last coin."""
    balance, amount = random.randint(500, 1000), random.randint(1, 500)
    ledger, bank = open_bank("ada", "bo", "cy", balance=balance)

    await bank.transfer("bo", "ada", amount)
    await bank.transfer("cy", "ada", balance)

    assert ledger.balances == {"ada": 2 * balance + amount, "bo": balance - amount, "cy": 0}


@pytest.mark.correctness(points=2)
@pytest.mark.weather(seeds=5)
async def test_no_money_is_lost_or_made(open_bank):
    """Whatever transfers run at the same time, each balance is right when they have ended."""
    names = ["ada", "bo", "cy", "di"]
    ledger, bank = open_bank(*names, seconds=(0.1, 0.2, 0.3))
    transfers = [(*random.sample(names, 2), random.randint(1, 20)) for _ in range(25)]

    await asyncio.gather(*(at(random.uniform(0, 5), bank.transfer(*transfer)) for transfer in transfers))

    expected = dict.fromkeys(names, 1000)
    for src, dst, amount in transfers:
        expected[src] -= amount
        expected[dst] += amount
    assert ledger.balances == expected


@pytest.mark.correctness(points=2)
async def test_nobody_pays_more_than_he_has(open_bank, sandbox):
    """When two transfers at the same time want more than there is, one of them raises Insufficient."""
    ledger, bank = open_bank("ada", "bo", "cy", balance=100)

    calls = [bank.transfer("ada", "bo", 80), bank.transfer("ada", "cy", 80)]
    endings = await asyncio.gather(*calls, return_exceptions=True)

    assert ledger.balances["ada"] == 20
    refused = [isinstance(ending, sandbox.error("Insufficient")) for ending in endings]
    assert sorted(refused) == [False, True]


@pytest.mark.correctness(points=1)
async def test_refused_transfer_changes_nothing(open_bank, sandbox):
    """A transfer that is too large raises Insufficient, changes nothing, and leaves the accounts free."""
    ledger, bank = open_bank("ada", "bo", balance=100)

    with pytest.raises(sandbox.error("Insufficient")):
        await bank.transfer("ada", "bo", random.randint(101, 200))
    assert ledger.balances == {"ada": 100, "bo": 100}
    await bank.transfer("bo", "ada", 7)

    assert ledger.balances == {"ada": 107, "bo": 93}


@pytest.mark.correctness(points=1)
async def test_account_can_pay_itself(open_bank):
    """A transfer from an account to itself ends, and leaves its balance as it is."""
    ledger, bank = open_bank("ada", "bo")

    await bank.transfer("ada", "ada", random.randint(1, 900))
    await bank.transfer("ada", "bo", 7)

    assert ledger.balances == {"ada": 993, "bo": 1007}


@pytest.mark.correctness(points=1)
async def test_account_cannot_pay_itself_what_it_has_not(open_bank, sandbox):
    """An account that holds less than the amount raises Insufficient, even if it pays itself."""
    ledger, bank = open_bank("ada", "bo")

    with pytest.raises(sandbox.error("Insufficient")):
        await bank.transfer("ada", "ada", random.randint(1001, 2000))
    await bank.transfer("ada", "bo", 7)

    assert ledger.balances == {"ada": 993, "bo": 1007}


@pytest.mark.correctness(points=2)
async def test_total_counts_no_half_transfers(open_bank):
    """`total` is the same at any moment while money moves between its accounts."""
    ledger, bank = open_bank("ada", "bo", "cy", balance=50)

    async def move_about() -> None:
        for src, dst in [("ada", "cy"), ("cy", "bo"), ("bo", "ada"), ("cy", "ada"), ("ada", "bo")] * 3:
            await bank.transfer(src, dst, random.randint(1, 9))

    moving = asyncio.create_task(move_about())
    totals = [await at(now() + pause / 32, bank.total(["ada", "bo", "cy"])) for pause in range(1, 16, 2)]
    await moving

    assert totals == [150] * 8


@pytest.mark.concurrency(points=3)
async def test_strangers_do_not_wait_for_each_other(open_bank):
    """Transfers and totals without a common account take no longer together than alone."""
    names = ["ada", "bo", "cy", "di", "eva", "fu"]
    ledger, bank = open_bank(*names)
    await bank.transfer("ada", "bo", 5)
    one_transfer = now()
    await bank.total(["ada", "bo"])
    one_total = now() - one_transfer

    started = now()
    await asyncio.gather(bank.transfer("ada", "bo", 5), bank.transfer("cy", "di", 5), bank.total(["eva", "fu"]))

    assert now() - started == max(one_transfer, one_total)


@pytest.mark.concurrency(points=1)
async def test_transfer_takes_four_steps(open_bank):
    """A transfer that need not wait takes no longer than two reads and two writes."""
    ledger, bank = open_bank("ada", "bo")

    await bank.transfer("ada", "bo", 5)

    assert now() <= 4 * 0.125


@pytest.mark.concurrency(points=3)
@pytest.mark.parametrize("size", [2, 3, 5])
async def test_transfers_in_a_circle_end(open_bank, size):
    """Transfers that form a circle all end, also where all of them had to wait for an account before."""
    names = [f"account {number}" for number in random.sample(range(100), size)]
    ledger, bank = open_bank(*names)

    first = bank.total(names)
    circle = [at(0.01, bank.transfer(src, dst, 5)) for src, dst in zip(names, names[1:] + names[:1])]
    await asyncio.gather(first, *circle)

    assert ledger.balances == dict.fromkeys(names, 1000)


@pytest.mark.concurrency(points=1)
@pytest.mark.parametrize("turned", [False, True])
async def test_totals_in_any_order_end(open_bank, turned):
    """Totals of the same accounts end, whatever the order in which they name them."""
    ledger, bank = open_bank("ada", "bo", "cy")
    first, second = ("bo", "ada") if turned else ("ada", "bo")

    transfer = bank.transfer("cy", first, 5)
    totals = [at(0.01, bank.total([first, second])), at(0.02, bank.total([second, first]))]
    _, *sums = await asyncio.gather(transfer, *totals)

    assert set(sums) <= {2000, 2005}


@pytest.mark.cancellation(points=2)
@pytest.mark.parametrize("early", [False, True])
async def test_cancelled_transfer_is_whole_or_undone(open_bank, early):
    """Whenever a transfer is cancelled, it has moved all or nothing when CancelledError leaves."""
    for moment in [number / 32 for number in range(1, 16, 2)]:
        ledger, bank = open_bank("ada", "bo", early=early)

        call = asyncio.create_task(bank.transfer("ada", "bo", 300))
        await asyncio.sleep(moment)
        was_over = call.done()
        call.cancel()
        await asyncio.wait([call])

        assert ledger.balances in ({"ada": 1000, "bo": 1000}, {"ada": 700, "bo": 1300})
        assert ledger.running == 0, STILL_RUNNING
        assert call.cancelled() or was_over, "The transfer ended without CancelledError."


@pytest.mark.cancellation(points=2)
@pytest.mark.parametrize("early", [False, True])
async def test_more_cancellations_change_nothing(open_bank, early):
    """However often a transfer is cancelled, it has moved all or nothing when CancelledError leaves."""
    for moment in [number / 32 for number in range(1, 16, 2)]:
        ledger, bank = open_bank("ada", "bo", early=early)

        call = asyncio.create_task(bank.transfer("ada", "bo", 300))
        await asyncio.sleep(moment)
        for _ in range(4):
            call.cancel()
            await asyncio.sleep(3 / 64)
        await asyncio.wait([call])

        assert ledger.balances in ({"ada": 1000, "bo": 1000}, {"ada": 700, "bo": 1300})
        assert ledger.running == 0, STILL_RUNNING


@pytest.mark.cancellation(points=2)
async def test_waiting_transfer_ends_at_once(open_bank):
    """A transfer that is cancelled while it waits for another ends at that moment, and changes nothing."""
    ledger, bank = open_bank("ada", "bo", "cy")

    first = asyncio.create_task(bank.transfer("ada", "bo", 5))
    second = asyncio.create_task(at(1 / 32, bank.transfer("ada", "cy", 7)))
    await asyncio.sleep(3 / 32)
    second.cancel()

    with pytest.raises(asyncio.CancelledError):
        await second
    assert now() == 3 / 32
    await first
    await asyncio.sleep(5)
    assert ledger.balances == {"ada": 995, "bo": 1005, "cy": 1000}


@pytest.mark.cancellation(points=1)
async def test_waiting_transfer_leaves_the_line(open_bank):
    """A transfer that was cancelled while it waited holds up nobody: those who need its other account go on at once."""
    ledger, bank = open_bank("ada", "bo", "cy", "di")

    first = asyncio.create_task(bank.transfer("ada", "bo", 5))
    second = asyncio.create_task(at(1 / 32, bank.transfer("bo", "cy", 7)))
    await asyncio.sleep(3 / 32)
    second.cancel()
    await asyncio.wait([second])
    await bank.transfer("cy", "di", 11)

    assert now() <= 3 / 32 + 4 * 0.125
    await first
    assert ledger.balances == {"ada": 995, "bo": 1005, "cy": 989, "di": 1011}


@pytest.mark.cancellation(points=1)
async def test_next_transfer_finds_the_accounts_free(open_bank):
    """At the moment at which CancelledError leaves, the next transfer can use the accounts."""
    for moment in [number / 32 for number in range(1, 12, 2)]:
        ledger, bank = open_bank("ada", "bo")

        call = asyncio.create_task(bank.transfer("ada", "bo", 300))
        await asyncio.sleep(moment)
        call.cancel()
        await asyncio.wait([call])
        started = now()
        await bank.transfer("bo", "ada", 7)

        assert now() - started <= 4 * 0.125
        assert ledger.balances in ({"ada": 1007, "bo": 993}, {"ada": 707, "bo": 1293})


@pytest.mark.cancellation(points=2)
async def test_cancelled_at_any_await_keeps_the_books(open_bank, sandbox):
    """Wherever a transfer is cancelled, CancelledError leaves, the books add up, and the next transfer works."""
    ledger, bank = open_bank("ada", "bo")

    async for attempt in sandbox.cancel_at_each_await(bank.transfer, "ada", "bo", 30):
        where = f"The transfer was cancelled while it waited in line {attempt.line}."
        assert attempt.outcome == "cancelled", where
        assert ledger.running == 0, where
        assert sum(ledger.balances.values()) == 2000, where
        await bank.transfer("bo", "ada", 7)
        assert sum(ledger.balances.values()) == 2000, where
