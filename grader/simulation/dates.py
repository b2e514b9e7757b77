"""The calendar while a simulated machine runs: `datetime` and the parts of `time` that read the clock in C.

All of it asks `time.time()`, which is the machine's clock in simulated threads and the real one in others.
"""

from __future__ import annotations

import datetime
import time
from typing import Any

_real_datetime = datetime.datetime
_real_date = datetime.date
_real_localtime = time.localtime
_real_gmtime = time.gmtime
_real_strftime = time.strftime
_real_asctime = time.asctime
_real_ctime = time.ctime


def _localtime(seconds: float | None = None, /) -> time.struct_time:
    return _real_localtime(time.time() if seconds is None else seconds)


def _gmtime(seconds: float | None = None, /) -> time.struct_time:
    return _real_gmtime(time.time() if seconds is None else seconds)


def _strftime(format: str, moment: Any = None, /) -> str:
    return _real_strftime(format, _localtime() if moment is None else moment)


def _asctime(moment: Any = None, /) -> str:
    return _real_asctime(_localtime() if moment is None else moment)


def _ctime(seconds: float | None = None, /) -> str:
    return _real_ctime(time.time() if seconds is None else seconds)


class _StandsFor(type):
    """Makes a class pass for the real one in `isinstance` and `issubclass`; its subclasses are themselves."""

    stands_for: type | None

    def __instancecheck__(cls, instance: object) -> bool:
        real = vars(cls).get("stands_for")
        return isinstance(instance, real) if real is not None else super().__instancecheck__(instance)

    def __subclasscheck__(cls, subclass: type) -> bool:
        real = vars(cls).get("stands_for")
        return issubclass(subclass, real) if real is not None else super().__subclasscheck__(subclass)


class _Datetime(_real_datetime, metaclass=_StandsFor):
    """`datetime.datetime` whose present is the machine's; what it makes are plain datetimes."""

    stands_for = _real_datetime

    def __new__(cls, *args: Any, **kwargs: Any) -> datetime.datetime:  # type: ignore[misc]
        return _real_datetime.__new__(_real_datetime if cls is _Datetime else cls, *args, **kwargs)

    @classmethod
    def now(cls, tz: datetime.tzinfo | None = None) -> datetime.datetime:  # type: ignore[override]
        return cls.fromtimestamp(time.time(), tz)

    @classmethod
    def today(cls) -> datetime.datetime:  # type: ignore[override]
        return cls.fromtimestamp(time.time())

    @classmethod
    def utcnow(cls) -> datetime.datetime:  # type: ignore[override]
        return cls.fromtimestamp(time.time(), datetime.UTC).replace(tzinfo=None)


class _Date(_real_date, metaclass=_StandsFor):
    """`datetime.date` whose today is the machine's."""

    stands_for = _real_date

    def __new__(cls, *args: Any, **kwargs: Any) -> datetime.date:  # type: ignore[misc]
        return _real_date.__new__(_real_date if cls is _Date else cls, *args, **kwargs)

    @classmethod
    def today(cls) -> datetime.date:  # type: ignore[override]
        return cls.fromtimestamp(time.time())


_Datetime.__name__ = _Datetime.__qualname__ = "datetime"
_Date.__name__ = _Date.__qualname__ = "date"
_Datetime.__module__ = _Date.__module__ = "datetime"


def replacements() -> list[tuple[object, str, object]]:
    """(module, name, replacement) for everything that tells what day it is."""
    return [
        (datetime, "datetime", _Datetime),
        (datetime, "date", _Date),
        (time, "localtime", _localtime),
        (time, "gmtime", _gmtime),
        (time, "strftime", _strftime),
        (time, "asctime", _asctime),
        (time, "ctime", _ctime),
    ]
