"""What counts as alike, what does not, and what is said of it."""

from __future__ import annotations

import random
import re
import subprocess
import sys

import pytest
from click.testing import CliRunner

from grader.classroom.entries import Entry, digest_of
from grader.classroom.ledger import Ledger
from grader.cli import main
from grader.similarity import alike
from grader.similarity.alike import Handed, SimilarityError, find
from grader.similarity.report import exercise_page, in_terminal
from grader.similarity.words import MOST_WORDS, read

STUB = """\
import asyncio


async def fetch_all(urls, limit):
    # TODO: hold back what would exceed the limit.
    return await asyncio.gather(*(fetch(url) for url in urls))
"""

WORKERS = """\
import asyncio


async def fetch_all(urls, limit):
    queue = asyncio.Queue()
    for place, url in enumerate(urls):
        queue.put_nowait((place, url))
    results = {}

    async def worker():
        while not queue.empty():
            place, url = queue.get_nowait()
            results[place] = await fetch(url)

    async with asyncio.TaskGroup() as group:
        for _ in range(limit):
            group.create_task(worker())
    return [results[place] for place in sorted(results)]
"""

DISGUISED = '''\
"""My very own work."""
import asyncio

async def fetch_all(addresses, most):
    todo = asyncio.Queue()   # things to do
    for number, address in enumerate(addresses):
        todo.put_nowait((number, address))
    answers = {}
    async def runner():
        """Run."""
        while not todo.empty():
            number, address = todo.get_nowait()
            answers[number] = await fetch(address)

    async with asyncio.TaskGroup() as tasks:
        for i in range(most):
            tasks.create_task(
                runner()
            )
    return [answers[number] for number in sorted(answers)]
'''

SEMAPHORE = """\
import asyncio


async def fetch_all(urls, limit):
    gate = asyncio.Semaphore(limit)

    async def one(url):
        async with gate:
            response = await fetch(url)
            if response is None:
                raise LookupError(url)
            return response

    tasks = [asyncio.ensure_future(one(url)) for url in urls]
    try:
        return list(await asyncio.gather(*tasks))
    except BaseException:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        raise
"""


def found(sources, published=(), at_least=0.6, most=50):
    """Findings about (student, source) pairs."""
    by_source = {}
    for student, source in sources:
        by_source.setdefault(source, []).append(student)
    handed = [Handed(read(source.encode()), tuple(names)) for source, names in by_source.items()]
    solutions = [(path, read(source.encode())) for path, source in published]
    return find("12_x", handed, read(STUB.encode()), solutions, at_least=at_least, most=most)


def pairs(findings):
    return [(one.first.students[0], one.second.students[0], round(one.likeness, 2)) for one in findings.matches]


def test_names_comments_and_layout_are_no_disguise():
    """A copy with other names is the same program; another way to solve the exercise is not."""
    assert pairs(found([("ada", WORKERS), ("bob", DISGUISED), ("cleo", SEMAPHORE)])) == [("ada", "bob", 1.0)]


def test_a_copy_with_lines_of_its_own_is_still_alike():
    """Likeness falls with what differs, and the common parts are named by their lines."""
    changed = DISGUISED.replace("    answers = {}\n", "    answers = {}\n    print(len(addresses), file=sys.stderr)\n")

    match = found([("ada", WORKERS), ("bob", changed)]).matches[0]

    assert 0.6 < match.likeness < 1
    assert [(block.first, block.second) for block in match.blocks] == [((1, 8), (2, 8)), ((10, 18), (10, 21))]


def test_what_the_stub_holds_counts_for_nothing():
    """Two who handed in the stub, or hardly more, have nothing of their own to compare."""
    findings = found([("ada", STUB), ("bob", STUB + "\n# bob\n"), ("cleo", STUB + "\nx = 1\n")])

    assert (findings.matches, findings.short, findings.submissions) == ((), 3, 3)


def test_what_many_programs_hold_counts_for_nothing():
    """An idiom of a whole class is not copied; among a few it is shown."""
    programs = [(f"s{number:02}", WORKERS + different(number, lines=4)) for number in range(25)]

    many, few = found(programs), found(programs[:5])

    assert many.matches == ()
    assert len(few.matches) == 10


def test_one_program_of_many_students_is_one_line():
    """Who copies in a crowd is shown all the same, without a pair for each two."""
    findings = found([(f"s{number:02}", WORKERS.replace("results", f"results{number}")) for number in range(30)])

    assert pairs(findings) == [("s00", "s01", 1.0)]
    assert len(findings.matches[0].others) == 28
    assert "and the same by s02, " in in_terminal(findings).plain
    assert in_terminal(findings).plain.rstrip().endswith("s21 and 8 more")


def test_a_published_solution_is_said():
    """Those who hold it are named, and a pair of them is no sign of copying from each other."""
    findings = found([("ada", WORKERS), ("bob", DISGUISED), ("cleo", SEMAPHORE)], [("solutions/x.py", WORKERS)])

    assert findings.published == {"solutions/x.py": ("ada", "bob")}
    assert findings.matches[0].published == "solutions/x.py"
    assert "both like solutions/x.py" in in_terminal(findings).plain


def test_pairs_are_sorted_and_what_is_left_out_is_counted():
    """The most alike first, `most` of them."""
    sources = [(f"s{number}", mutated(WORKERS, number, lines=number % 4)) for number in range(9)]

    everything, some = found(sources, at_least=0.3), found(sources, at_least=0.3, most=2)

    likeness = [match.likeness for match in everything.matches]
    assert likeness == sorted(likeness, reverse=True)
    assert some.matches == everything.matches[:2]
    assert some.more == len(everything.matches) - 2 > 0


def mutated(source, seed, *, lines):
    """`source` with lines of its own in it."""
    draw = random.Random(seed)
    text = source.split("\n")
    for number in range(lines):
        text.insert(draw.randrange(4, 8), f"    print('{seed}', {number}, mode_{seed}_{number}(), flush=True)")
    return "\n".join(text)


def test_a_large_class_is_not_compared_each_with_each(monkeypatch):
    """Of hundreds of different programs the few that are alike are compared, and found."""
    asked = []
    likeness = alike._likeness
    monkeypatch.setattr(alike, "_likeness", lambda one, other: asked.append(1) or likeness(one, other))
    sources = [(f"s{number:03}", different(number)) for number in range(300)]
    sources += [("thief", mutated(different(7), 1, lines=1)), ("twin", different(8).replace("value", "thing"))]

    findings = found(sources)

    assert {(one, other) for one, other, _ in pairs(findings)} == {("s007", "thief"), ("s008", "twin")}
    assert len(asked) < 1_000  # of 45,451 pairs


def different(seed, lines=25):
    """A program like no other."""
    draw = random.Random(seed)
    calls = [f"    value = await {draw.choice('abcdefgh')}{draw.randrange(9**6)}.run(value)\n" for _ in range(lines)]
    return "async def fetch_all(urls, limit):\n    value = urls\n" + "".join(calls) + "    return value\n"


@pytest.mark.parametrize(
    "source",
    [b"", b"\xff\xfe\x00", b"def (:\n" * 50, b"(" * 100_000, b"x = '''" + b"a\n" * 1000, "名 = 1\n".encode() * 100],
    ids=["empty", "binary", "broken", "nested", "unclosed", "chinese"],
)
def test_anything_can_be_read(source):
    """A lexer reads what no parser does; what floods is cut."""
    assert len(read(source).words) <= MOST_WORDS


def test_words_know_their_lines():
    """Comments, docstrings and blank lines have none."""
    words = read(b'"""Doc."""\n\n# no\nx = 1\nasyncio.sleep(x)\n').words

    assert [(word.text, word.line) for word in words][-10:] == [
        ("name", 4),
        ("=", 4),
        ("0", 4),
        ("asyncio", 5),
        (".", 5),
        ("sleep", 5),
        ("(", 5),
        ("name", 5),
        (")", 5),
    ]


def test_the_report_is_the_same_in_every_process():
    """Nothing hangs on the order of sets or on Python's own hashes."""
    code = (
        "from tests.similarity.test_alike import *\n"
        "from grader.similarity.report import exercise_page\n"
        "sources = [(f's{n}', mutated(WORKERS, n, lines=n % 3)) for n in range(8)]\n"
        "print(exercise_page(found(sources, at_least=0.3)))"
    )
    runs = {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            check=True,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": "."},
        ).stdout
        for seed in ("1", "2")
    }

    assert len(runs) == 1


def test_common_parts_are_numbered_and_the_stub_is_grey():
    """The same number stands at the first line of a part on both sides."""
    changed = DISGUISED.replace("    answers = {}\n", "    answers = {}\n    print(len(addresses), file=sys.stderr)\n")
    with_stub = [(who, text + STUB.partition("\n\n\n")[2]) for who, text in (("ada", WORKERS), ("bob", changed))]

    page = exercise_page(found(with_stub))

    assert re.findall(r'<span class="block">(\d)</span>(\d+)', page) == [
        ("1", "1"),
        ("1", "2"),
        ("2", "10"),
        ("2", "10"),
    ]
    assert '<td class="given"><code>async def fetch_all(urls, limit):</code></td>' in page


def test_nothing_of_a_source_is_markup():
    """Names and sources are shown as they are, and can close no element."""
    hostile = WORKERS.replace("queue.empty()", "queue.empty('</code><script>alert(1)</script>\\x1b')")

    page = exercise_page(found([("<b>ada", hostile), ("bob", hostile.replace("place", "spot"))]))

    assert "<script>" not in page
    assert "<b>ada" not in page
    assert "&lt;b&gt;ada" in page


def test_without_the_library_a_sentence_says_what_to_install(monkeypatch):
    """The extra is optional."""
    monkeypatch.setitem(sys.modules, "datasketch", None)

    with pytest.raises(SimilarityError, match=r"pip install 'async-exercise-kit\[similarity\]'"):
        found([("ada", WORKERS), ("bob", SEMAPHORE)])


@pytest.fixture
def course(course_builder, write_file):
    """One exercise whose stub is ours."""
    course_builder.add("12_bounded_downloads")
    write_file(course_builder.root, "exercises/12_bounded_downloads/bounded_downloads.py", STUB)
    write_file(course_builder.root, "solutions/12_bounded_downloads/bounded_downloads.py", SEMAPHORE)
    return course_builder.root


def run(course, *words):
    return CliRunner().invoke(main, ["similar", *map(str, words), "--course", str(course)])


def test_submissions_and_a_ledger_say_the_same(course, tmp_path, write_file):
    """What was graded need not be at hand: the ledger keeps it."""
    (tmp_path / "results").mkdir()
    with Ledger(tmp_path / "results" / "ledger.sqlite") as ledger:
        for student, source in (("ada", WORKERS), ("bob", DISGUISED), ("cleo", SEMAPHORE)):
            write_file(tmp_path / "class", f"{student}/bounded_downloads.py", source)
            content = source.encode()
            ledger.hand_in(student, [Entry("12_bounded_downloads", digest_of(content), content=content)])

    by_files, by_ledger = run(course, tmp_path / "class"), run(course, tmp_path / "results")

    assert by_files.exit_code == 0
    assert "  100%  ada – bob\n" in by_files.stdout
    assert by_files.stdout == by_ledger.stdout


def test_pages_are_written(course, tmp_path, write_file):
    """An index, and a page for each exercise with both sources."""
    for student, source in (("ada", WORKERS), ("bob", DISGUISED)):
        write_file(tmp_path / "class", f"{student}/bounded_downloads.py", source)

    done = run(course, tmp_path / "class", "--out", tmp_path / "pages")

    assert done.exit_code == 0, done.output
    assert sorted(path.name for path in (tmp_path / "pages").iterdir()) == ["12_bounded_downloads.html", "index.html"]
    page = (tmp_path / "pages" / "12_bounded_downloads.html").read_text("utf-8")
    assert "queue.put_nowait" in page
    assert "todo.put_nowait" in page


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["missing"], "missing is not a folder of submissions"),
        (["empty", "--ledger", "no.sqlite"], "There is no ledger at no.sqlite."),
        (["results"], "holds no ledger.sqlite"),
    ],
)
def test_what_cannot_be_compared_is_said_in_a_sentence(words, said, course, tmp_path, monkeypatch):
    """Never a traceback, and never a new ledger."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "results.json").write_text("{}")

    done = run(course, *words)

    assert done.exit_code == 2
    assert said in done.stderr.replace("\n", " ")
    assert not (tmp_path / "no.sqlite").exists()
