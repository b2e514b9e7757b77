"""Claims about the ledger, on SQLite and on a real PostgreSQL server."""

import os
import pwd
import shutil
import sqlite3
import subprocess
import tempfile
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from grader.classroom.entries import Adjustment, Entry, Verdict, digest_of
from grader.classroom.ledger import Ledger, LedgerError
from grader.rubric import Outcome

NOON = datetime(2026, 10, 1, 12, tzinfo=timezone(timedelta(hours=2)))


def postgresql_programs() -> Path:
    """Where Debian keeps the programs of the newest PostgreSQL."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    if not found and not os.environ.get("CI"):
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    return found[-1]


@pytest.fixture(scope="session")
def postgresql():
    """The URL of a server of its own, reached over a Unix socket."""
    programs = postgresql_programs()
    # A short path, as sockets need; and the server refuses to run as root.
    home = Path(tempfile.mkdtemp(prefix="grader-pg-", dir="/tmp"))
    as_another = []
    if os.geteuid() == 0:
        owner = pwd.getpwnam("postgres")
        os.chown(home, owner.pw_uid, owner.pw_gid)
        as_another = ["setpriv", f"--reuid={owner.pw_uid}", f"--regid={owner.pw_gid}", "--clear-groups"]

    def run(program, *arguments):
        command = [*as_another, programs / program, *arguments]
        done = subprocess.run(command, check=False, stdout=log, stderr=log, cwd=home)
        assert done.returncode == 0, f"{program}: {Path(log.name).read_text()}"

    options = f"-c listen_addresses='' -c unix_socket_directories={home} -c fsync=off"
    with tempfile.NamedTemporaryFile("w") as log:
        run("initdb", "-D", home / "data", "-U", "grader", "--auth=trust", "--no-sync")
        run("pg_ctl", "-D", home / "data", "-w", "-l", home / "log", "-o", options, "start")
        run("createdb", "-h", home, "-U", "grader", "course")
        yield f"postgresql://grader@/course?host={home}"
        run("pg_ctl", "-D", home / "data", "-m", "immediate", "stop")
    shutil.rmtree(home)


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request, tmp_path):
    """A fresh ledger's place, of each kind."""
    if request.param == "sqlite":
        return str(tmp_path / "ledger.sqlite")
    import psycopg

    url = request.getfixturevalue("postgresql")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
    return url


@pytest.fixture
def ledger(place):
    with Ledger(place) as ledger:
        yield ledger


def handed_in(source, exercise="12_x", **more):
    return Entry(exercise, digest_of(source), content=source, **more)


def verdict(address="a" * 64, source=b"pass", ending="passed"):
    outcome = Outcome("test_a", "correctness", 2.0, ending, "A claim.", trace_digest="d")
    return Verdict(address, "12_x", digest_of(source), "limits", (outcome,), 0.25, 7)


def test_what_was_handed_in_reads_back(ledger):
    """The source, when it was handed in whatever the zone, and the sentence where there is none."""
    ledger.hand_in("ada", [handed_in(b"pass", handed_in=NOON), Entry("13_y", problem="Nothing.", absent=True)])

    entries = ledger.entries("ada")

    assert entries["12_x"].handed_in == NOON
    assert ledger.content(entries["12_x"].source) == b"pass"
    assert entries["13_y"] == Entry("13_y", problem="Nothing.", absent=True, attempt=1)
    assert ledger.students() == ("ada",)
    assert ledger.entries("bob") == {}


def test_an_attempt_is_another_state_of_the_file(ledger):
    """The same file found again, at another time too, is the same attempt."""
    for source, time in ((b"1", None), (b"1", NOON), (b"2", NOON), (b"1", NOON)):
        ledger.hand_in("ada", [handed_in(source, handed_in=time)])

    entry = ledger.entries("ada")["12_x"]

    assert (entry.attempt, ledger.content(entry.source)) == (3, b"1")


def test_a_time_that_becomes_known_is_entered(ledger):
    """It belongs to the attempt that is there."""
    ledger.hand_in("ada", [handed_in(b"1", remark="It is not known when.")])
    ledger.hand_in("ada", [handed_in(b"1", handed_in=NOON)])

    entry = ledger.entries("ada")["12_x"]

    assert (entry.attempt, entry.handed_in, entry.remark) == (1, NOON, "")


def test_a_verdict_reads_back_and_stays(ledger):
    """Another verdict on the same address changes nothing: none is counted twice."""
    ledger.record(verdict())
    ledger.record(verdict(ending="rejected"))

    assert ledger.verdicts(["a" * 64, "b" * 64]) == {"a" * 64: verdict()}
    assert ledger.known(["a" * 64, "b" * 64]) == {"a" * 64}


def test_many_addresses_can_be_asked_for(ledger):
    """More than a statement takes parameters."""
    ledger.record(verdict())

    assert ledger.known([*(f"{number:064}" for number in range(3000)), "a" * 64]) == {"a" * 64}


def test_adjustments_are_kept_in_order_with_their_reasons(ledger):
    """Each is an entry of its own; none replaces another."""
    ledger.adjust(Adjustment("ada", "12_x", 1.5, "the statement was unclear", "Prof. Ng"))
    ledger.adjust(Adjustment("ada", "12_x", -1, "copied"))
    ledger.adjust(Adjustment("bob", "12_x", 2, "kind"))

    assert [one.sentence for one in ledger.adjustments("ada")] == [
        "+1.5 by Prof. Ng: the statement was unclear",
        "-1: copied",
    ]
    assert all(one.made_at <= datetime.now(UTC) for one in ledger.adjustments("ada"))


def test_what_a_student_hands_in_is_entered_whole_or_not_at_all(ledger):
    """An error half way leaves the ledger as it was."""

    def entries():
        yield handed_in(b"1")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        ledger.hand_in("ada", entries())

    assert ledger.entries("ada") == {}


def test_a_ledger_can_be_opened_twice(place):
    """What one writes the other reads, at once."""
    with Ledger(place) as one, Ledger(place) as two:
        one.record(verdict())
        two.hand_in("ada", [handed_in(b"1")])

        assert two.known(["a" * 64]) == {"a" * 64}
        assert one.students() == ("ada",)


def test_another_format_is_refused(tmp_path):
    """With the sentence that says what to do."""
    place = tmp_path / "ledger.sqlite"
    Ledger(place).close()
    with sqlite3.connect(place) as connection:
        connection.execute("UPDATE about SET format = 99")

    with pytest.raises(LedgerError, match=r"the ledger has format 99, this kit reads \d+: begin a new one\.$"):
        Ledger(place)


@pytest.mark.parametrize(
    ("place", "sentence"),
    [
        ("{tmp}/no/folder.sqlite", r"The ledger .*folder\.sqlite cannot be used: unable to open database file\.$"),
        ("{tmp}/text", r"The ledger .*text cannot be used: file is not a database\.$"),
        ("oracle://grader@host/course", r"cannot be used|is a SQLite file or a postgresql:// URL"),
        ("postgresql://me:secret@127.0.0.1:1/course", r"The ledger .*me:\*\*\*@127\.0\.0\.1:1/course cannot be used: "),
        ("nonsense://", r"cannot be used"),
    ],
)
def test_a_place_that_is_no_ledger_is_one_sentence(tmp_path, place, sentence):
    """Without a traceback, and without the password."""
    (tmp_path / "text").write_text("not a database, certainly not one of SQLite's" * 100)

    with pytest.raises(LedgerError, match=sentence) as refused:
        Ledger(place.format(tmp=tmp_path))

    assert "secret" not in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_full_ledger_is_one_sentence(tmp_path):
    """What is there already stays readable."""
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        ledger.record(verdict())
        with ledger._transaction() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        big = os.urandom(1 << 20)

        with pytest.raises(LedgerError, match=r"cannot be used: database or disk is full\.$"):
            ledger.hand_in("ada", [handed_in(big)])

        assert ledger.known(["a" * 64]) == {"a" * 64}
