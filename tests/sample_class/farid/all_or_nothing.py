"""Books by calling itself, and never stops."""


async def book_trip(session, urls):
    return await book_trip(session, urls)
