"""The ledger: what was handed in, the verdicts on it, and what was decided by hand. Nothing is ever taken out.

SQLite in a file, or PostgreSQL by URL, through SQLAlchemy Core. Each entry is written in a transaction of its own,
so that a grading that is killed goes on where it stopped.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

import msgspec
import sqlalchemy as sql
from sqlalchemy.dialects import postgresql, sqlite

from grader.classroom.entries import Adjustment, Entry, Verdict
from grader.problems import Problem
from grader.records.results import ClassResult
from grader.rubric import Outcome

_tables = sql.MetaData()
_about = sql.Table("about", _tables, sql.Column("format", sql.Integer, nullable=False))
_sources = sql.Table(
    "sources",
    _tables,
    sql.Column("digest", sql.String(64), primary_key=True),
    sql.Column("content", sql.LargeBinary, nullable=False),
)
_submissions = sql.Table(
    "submissions",
    _tables,
    sql.Column("student", sql.Text, primary_key=True),
    sql.Column("exercise", sql.Text, primary_key=True),
    sql.Column("attempt", sql.Integer, primary_key=True),
    sql.Column("source", sql.String(64), sql.ForeignKey("sources.digest")),
    sql.Column("problem", sql.Text, nullable=False),
    sql.Column("absent", sql.Boolean, nullable=False),
    sql.Column("handed_in", sql.Text, nullable=False),
    sql.Column("remark", sql.Text, nullable=False),
)
_verdicts = sql.Table(
    "verdicts",
    _tables,
    sql.Column("address", sql.String(64), primary_key=True),
    sql.Column("exercise", sql.Text, nullable=False),
    sql.Column("source", sql.String(64), nullable=False, index=True),
    sql.Column("walls", sql.Text, nullable=False),
    sql.Column("input_seed", sql.BigInteger, nullable=False),
    sql.Column("outcomes", sql.LargeBinary, nullable=False),
    sql.Column("real_seconds", sql.Float, nullable=False),
    sql.Column("judged_at", sql.Text, nullable=False),
)
_adjustments = sql.Table(
    "adjustments",
    _tables,
    sql.Column("number", sql.Integer, primary_key=True, autoincrement=True),
    sql.Column("student", sql.Text, nullable=False, index=True),
    sql.Column("exercise", sql.Text, nullable=False),
    sql.Column("points", sql.Float, nullable=False),
    sql.Column("reason", sql.Text, nullable=False),
    sql.Column("author", sql.Text, nullable=False),
    sql.Column("made_at", sql.Text, nullable=False),
)
#: Where a ledger lies in a folder, unless another place is named.
LEDGER = "ledger.sqlite"
#: Changes when a table does.
FORMAT = 1
_ON_CONFLICT = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


class LedgerError(Problem):
    """The ledger cannot be read or written. The text is one sentence."""

    #: What was graded all the same, where that is known.
    result: ClassResult | None = None


class Ledger:
    """An open ledger. May be used from one thread at a time; several processes may use one ledger."""

    def __init__(self, place: str | Path) -> None:
        """Open the ledger at `place`: a path, or a URL such as `postgresql://grader@host/course`.

        Raises:
            LedgerError: it cannot be opened, or is none.
        """
        place = str(place)
        #: The place as messages name it, without a password.
        self.shown = without_password(place)
        try:
            self._engine = sql.create_engine(database_url(place))
            if self._engine.dialect.name not in _ON_CONFLICT:
                raise LedgerError(f"{self.shown}: a ledger is a SQLite file or a postgresql:// URL.")
            if self._engine.dialect.name == "sqlite":
                sql.event.listen(self._engine, "connect", _prepare_sqlite)
            with self._engine.begin() as connection:
                _tables.create_all(connection)
                self._check_format(connection)
        except (sql.exc.SQLAlchemyError, ImportError) as error:
            raise self._trouble(error) from error
        self._insert = _ON_CONFLICT[self._engine.dialect.name]

    @classmethod
    def in_memory(cls, contents: bytes = b"") -> Ledger:
        """A ledger that lies on no disk, with what `contents` returned of another one.

        Raises:
            LedgerError: the contents are no ledger's.
        """
        ledger = cls(":memory:")
        if contents:
            try:
                ledger._deserialize(contents)
            except (sqlite3.Error, sql.exc.SQLAlchemyError) as error:
                raise ledger._trouble(error) from error
        return ledger

    def contents(self) -> bytes:
        """All of a ledger that lies on no disk."""
        with self._engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            return bytes(driver.serialize())

    def _deserialize(self, contents: bytes) -> None:
        with self._engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            driver.deserialize(contents)
        with self._engine.begin() as connection:
            _tables.create_all(connection)
            self._check_format(connection)

    def __enter__(self) -> Ledger:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._engine.dispose()

    def hand_in(self, student: str, entries: Iterable[Entry]) -> None:
        """Enter what a student handed in, all of it or nothing. What is as it was last time stays that attempt."""
        with self._transaction() as connection:
            newest = self._newest(connection, student)
            for entry in entries:
                last = newest.get(entry.exercise)
                state = (entry.source, entry.problem, entry.absent)
                if last is not None and (last.source, last.problem, last.absent) == state:
                    if (last.handed_in, last.remark) != (_written(entry.handed_in), entry.remark):
                        connection.execute(_at_another_time(student, last, entry))
                    continue
                if entry.content is not None:
                    self._add(connection, _sources, digest=entry.source, content=zlib.compress(entry.content))
                self._add(
                    connection,
                    _submissions,
                    student=student,
                    exercise=entry.exercise,
                    attempt=1 if last is None else last.attempt + 1,
                    source=entry.source,
                    problem=entry.problem,
                    absent=entry.absent,
                    handed_in=_written(entry.handed_in),
                    remark=entry.remark,
                )

    def entries(self, student: str) -> dict[str, Entry]:
        """A student's newest attempt at each exercise, without the sources themselves."""
        with self._transaction() as connection:
            rows = self._newest(connection, student)
        return {
            exercise: Entry(
                exercise, row.source, row.problem, row.absent, _read_time(row.handed_in), row.remark, row.attempt
            )
            for exercise, row in rows.items()
        }

    def content(self, source: str) -> bytes:
        """The source with this digest.

        Raises:
            LedgerError: there is none.
        """
        with self._transaction() as connection:
            content = connection.scalar(sql.select(_sources.c.content).where(_sources.c.digest == source))
        if content is None:
            raise LedgerError(f"{self.shown}: there is no source {source}.")
        return zlib.decompress(content)

    def students(self) -> tuple[str, ...]:
        """Everybody who has handed in something, sorted by name."""
        with self._transaction() as connection:
            return tuple(sorted(connection.scalars(sql.select(_submissions.c.student).distinct())))

    def record(self, verdict: Verdict) -> None:
        """Enter a verdict; one that is there already stays as it is."""
        with self._transaction() as connection:
            self._add(
                connection,
                _verdicts,
                address=verdict.address,
                exercise=verdict.exercise,
                source=verdict.source,
                walls=verdict.walls,
                input_seed=verdict.input_seed,
                outcomes=zlib.compress(msgspec.msgpack.encode(verdict.outcomes)),
                real_seconds=verdict.real_seconds,
                judged_at=_written(datetime.now(UTC)),
            )

    def newest_verdict(self, exercise: str, source: str) -> Verdict | None:
        """The last verdict on the source with this digest, whatever suite and engine it comes from."""
        wanted = (
            sql.select(_verdicts)
            .where(_verdicts.c.source == source, _verdicts.c.exercise == exercise)
            .order_by(_verdicts.c.judged_at.desc())
            .limit(1)
        )
        with self._transaction() as connection:
            row = connection.execute(wanted).first()
        return None if row is None else self._read(row)

    def verdicts(self, addresses: Iterable[str]) -> dict[str, Verdict]:
        """The verdicts at these addresses, where there are any."""
        wanted = sql.select(_verdicts).where(_verdicts.c.address.in_(list(addresses)))
        with self._transaction() as connection:
            rows = connection.execute(wanted).all()
        return {row.address: self._read(row) for row in rows}

    def known(self, addresses: Iterable[str]) -> set[str]:
        """Which of these addresses hold a verdict."""
        found: set[str] = set()
        wanted = iter(addresses)
        with self._transaction() as connection:
            while some := [address for address, _ in zip(wanted, range(500), strict=False)]:
                asked = sql.select(_verdicts.c.address).where(_verdicts.c.address.in_(some))
                found.update(connection.scalars(asked))
        return found

    def adjust(self, adjustment: Adjustment) -> None:
        """Enter points that a person gives or takes."""
        with self._transaction() as connection:
            connection.execute(
                _adjustments.insert().values(
                    student=adjustment.student,
                    exercise=adjustment.exercise,
                    points=adjustment.points,
                    reason=adjustment.reason,
                    author=adjustment.author,
                    made_at=_written(datetime.now(UTC)),
                )
            )

    def adjustments(self, student: str) -> Iterator[Adjustment]:
        """What people have decided about a student, the oldest first."""
        wanted = sql.select(_adjustments).where(_adjustments.c.student == student).order_by(_adjustments.c.number)
        with self._transaction() as connection:
            rows = connection.execute(wanted).all()
        for row in rows:
            yield Adjustment(row.student, row.exercise, row.points, row.reason, row.author, _read_time(row.made_at))

    def _transaction(self) -> _Transaction:
        return _Transaction(self)

    def _newest(self, connection: sql.Connection, student: str) -> dict[str, Any]:
        """The rows of a student's newest attempts, by exercise."""
        wanted = sql.select(_submissions).where(_submissions.c.student == student).order_by(_submissions.c.attempt)
        return {row.exercise: row for row in connection.execute(wanted)}

    def _add(self, connection: sql.Connection, table: sql.Table, **values: object) -> None:
        """Add a row, unless there is one with its key."""
        insert: Any = self._insert(table).values(**values)
        connection.execute(insert.on_conflict_do_nothing())

    def _read(self, row: Any) -> Verdict:
        try:
            outcomes = msgspec.msgpack.decode(zlib.decompress(row.outcomes), type=tuple[Outcome, ...])
        except (zlib.error, msgspec.MsgspecError) as error:
            raise LedgerError(f"{self.shown}: a verdict on {row.exercise} cannot be read: {error}.") from error
        return Verdict(row.address, row.exercise, row.source, row.walls, outcomes, row.real_seconds, row.input_seed)

    def _check_format(self, connection: sql.Connection) -> None:
        found = connection.scalar(sql.select(_about.c.format))
        if found is None:
            connection.execute(_about.insert().values(format=FORMAT))
        elif found != FORMAT:
            raise LedgerError(f"{self.shown}: the ledger has format {found}, this kit reads {FORMAT}: begin a new one.")

    def _trouble(self, error: Exception) -> LedgerError:
        reason = str(getattr(error, "orig", None) or error).strip().partition("\n")[0].rstrip(".")
        return LedgerError(f"The ledger {self.shown} cannot be used: {reason}.")


class _Transaction:
    """A transaction whose errors are the ledger's."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._context = ledger._engine.begin()

    def __enter__(self) -> sql.Connection:
        try:
            return self._context.__enter__()
        except sql.exc.SQLAlchemyError as error:
            raise self._ledger._trouble(error) from error

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        try:
            self._context.__exit__(kind, error, where)
        except sql.exc.SQLAlchemyError as failure:
            raise self._ledger._trouble(failure) from failure
        if isinstance(error, sql.exc.SQLAlchemyError):
            raise self._ledger._trouble(error) from error


def _at_another_time(student: str, row: Any, entry: Entry) -> sql.Update:
    """The same file, found at another time, is no other attempt."""
    attempt = (
        _submissions.c.student == student,
        _submissions.c.exercise == row.exercise,
        _submissions.c.attempt == row.attempt,
    )
    return _submissions.update().where(*attempt).values(handed_in=_written(entry.handed_in), remark=entry.remark)


def _written(time: datetime | None) -> str:
    """Text, because SQLite keeps no zone."""
    return "" if time is None else time.astimezone(UTC).isoformat()


def _read_time(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def database_url(place: str) -> str | sql.URL:
    """The URL for SQLAlchemy of a SQLite file's path, or of `postgresql://…`."""
    if "://" not in place:
        return sql.URL.create("sqlite", database=place)
    # The driver that the extra `postgresql` installs.
    return place.replace("postgresql://", "postgresql+psycopg://", 1).replace("postgres://", "postgresql+psycopg://", 1)


def without_password(place: str) -> str:
    """A database's URL or path, as messages may name it."""
    try:
        return sql.make_url(place).render_as_string(hide_password=True) if "://" in place else place
    except sql.exc.ArgumentError:
        return place


def _prepare_sqlite(connection: Any, record: object) -> None:
    """Readers and one writer at once; a crash of the machine may lose the last entry, never the ledger."""
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=60000", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
