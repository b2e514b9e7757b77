"""Weather brings out races, names its seed, and the same seed is the same weather."""

from tests.judge.conftest import JudgeSource

SUITE = '''
@pytest.mark.concurrency
@pytest.mark.weather(seeds=10)
async def test_no_sale_without_stock(student, http, weather_seed):
    """The last item is sold once."""
    for shop in ("a", "b"):
        http.get(f"https://{shop}.test/stock", payload=1, latency=1)
        http.post(f"https://{shop}.test/sell", latency=1)

    sold = await student.buy_one(["a", "b"])

    assert sold == 1
'''

# In fair weather the first sale is over at 2 s, and the second customer decides at 2.25 s.
RACE = """
import asyncio
import aiohttp

async def buy_one(shops):
    sold = 0
    async with aiohttp.ClientSession() as session:
        async def buy(shop, delay):
            nonlocal sold
            await asyncio.sleep(delay)
            async with session.get(f"https://{shop}.test/stock"):
                pass
            if not sold:
                async with session.post(f"https://{shop}.test/sell"):
                    pass
                sold += 1
        await asyncio.gather(buy(shops[0], 0), buy(shops[1], 1.25))
    return sold
"""
SAFE = """
import asyncio
import aiohttp

async def buy_one(shops):
    sold = 0
    async with aiohttp.ClientSession() as session:
        async def buy(shop, delay):
            nonlocal sold
            await asyncio.sleep(delay)
            async with session.get(f"https://{shop}.test/stock"):
                pass
            if not sold:
                sold += 1
                async with session.post(f"https://{shop}.test/sell"):
                    pass
        await asyncio.gather(buy(shops[0], 0), buy(shops[1], 1.25))
    return sold
"""


def test_a_race_passes_in_fair_weather_and_fails_under_a_seed(judge: JudgeSource) -> None:
    """Check-then-act passes without weather and is rejected in it; the outcome names the seed, and no more are run."""
    in_weather = "\n" + SUITE.strip()
    fair_suite = in_weather.replace("@pytest.mark.weather(seeds=10)\n", "").replace("test_no_sale", "test_fair_no_sale")
    fair, *outcomes = judge(fair_suite + "\n" + in_weather, RACE)

    assert (fair.ending, fair.seed) == ("passed", None)
    assert outcomes[-1].ending == "rejected"
    assert all(outcome.ending == "passed" for outcome in outcomes[:-1])
    assert [outcome.seed for outcome in outcomes] == list(range(1, len(outcomes) + 1))
    assert {outcome.name for outcome in outcomes} == {"test_no_sale_without_stock"}


def test_the_same_seed_replays_the_same_trace(judge: JudgeSource) -> None:
    """Two runs have equal traces seed for seed, and different seeds have different ones."""
    first, second = judge(SUITE, SAFE), judge(SUITE, SAFE)
    digests = [outcome.trace.digest for outcome in first]

    assert [outcome.ending for outcome in first] == ["passed"] * 10
    assert [outcome.trace.digest for outcome in second] == digests
    assert len(set(digests)) == 10


def test_the_number_of_seeds_can_be_overridden(judge: JudgeSource) -> None:
    """A job asks for more or fewer seeds than the marker says."""
    assert [outcome.seed for outcome in judge(SUITE, SAFE, seeds=3)] == [1, 2, 3]
    assert len(judge(SUITE, SAFE, seeds=12)) == 12
    assert len(judge(SUITE, SAFE)) == 10


def test_weather_lengthens_latencies_by_at_most_half(judge: JudgeSource) -> None:
    """A latency of 10 s takes between 10 and 15 s, and not twice the same time."""
    suite = '''
@pytest.mark.correctness
@pytest.mark.weather(seeds=5)
async def test_latency(student, http, weather_seed):
    """Weather has its limits."""
    http.get("https://a.test/", latency=10, repeat=True)
    times = [await student.measure() for _ in range(4)]

    assert all(10 < time <= 15 for time in times)
    assert len(set(times)) == 4
'''
    source = """
import asyncio
import aiohttp

async def measure():
    loop = asyncio.get_running_loop()
    start = loop.time()
    async with aiohttp.ClientSession() as session, session.get("https://a.test/"):
        return loop.time() - start
"""

    assert [outcome.ending for outcome in judge(suite, source)] == ["passed"] * 5


def test_weather_permutes_the_order_of_sets_of_tasks(judge: JudgeSource) -> None:
    """What asyncio leaves open, the order in which a set of tasks is walked, differs between seeds."""
    suite = '''
@pytest.mark.correctness
@pytest.mark.weather(seeds=6)
async def test_order(student, weather_seed):
    """The order is written into the trace, as the label of a call."""
    await student.note(str(await student.walk()))
'''
    source = """
import asyncio

async def walk():
    tasks = {asyncio.create_task(asyncio.sleep(1, n)) for n in range(6)}
    done, _ = await asyncio.wait(tasks)
    return [task.result() for task in done]

async def note(text):
    pass
"""
    outcomes = judge(suite, source)
    orders = {span.label for outcome in outcomes for span in outcome.trace.spans if span.label.startswith("note(")}

    assert [outcome.ending for outcome in outcomes] == ["passed"] * 6
    assert len(orders) > 1
