"""Examples: run them with ``pytest exercises/01_first_await``."""

import asyncio

import pytest


@pytest.mark.correctness
async def test_guest_is_greeted(student):
    """A greeting names the guest, after the delay."""
    greeting = await student.greet("Ada", 2)

    assert greeting == "Hello, Ada!"
    assert asyncio.get_running_loop().time() == 2.0


@pytest.mark.correctness
async def test_tea_is_made_from_the_water(student):
    """The tea is made from the water that was boiled."""

    async def boil():
        return "hot water"

    async def brew(water):
        return f"tea from {water}"

    assert await student.make_tea(boil, brew) == "tea from hot water"


@pytest.mark.concurrency
async def test_timetable(student, sandbox):
    """The evening goes as in the timetable of the README."""
    happened = {}

    def note(event):
        happened[event] = asyncio.get_running_loop().time()

    async def boil():
        note("boil")
        await asyncio.sleep(3)
        return "hot water"

    async def brew(water):
        note("brew")
        await asyncio.sleep(2)
        return f"tea from {water}"

    async def evening():
        return await student.make_tea(boil, brew)

    async def music():
        try:
            await asyncio.sleep(60)
        finally:
            note("music cancelled")
            await asyncio.sleep(1)
            note("music ended")

    # A thread of its own, because this test's thread runs an event loop already.
    tea = await sandbox.in_thread(student.start, student.with_music(evening, music))
    note("start returns")

    assert tea == "tea from hot water"
    assert happened == {"boil": 0, "brew": 3, "music cancelled": 5, "music ended": 6, "start returns": 6}


@pytest.mark.cancellation
async def test_cancelled_tea_is_not_brewed(student):
    """When the tea is cancelled while the water boils, it is never brewed."""
    brewed = []

    async def boil():
        await asyncio.sleep(3)
        return "hot water"

    async def brew(water):
        brewed.append(water)

    call = asyncio.create_task(student.make_tea(boil, brew))
    await asyncio.sleep(1)
    call.cancel()

    with pytest.raises(asyncio.CancelledError):
        await call
    assert asyncio.get_running_loop().time() == 1.0
    assert brewed == []
