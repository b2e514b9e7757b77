"""nbgrader's own pages over notebooks of the kit: formgrader served by Jupyter, and the feedback of students."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_pages import browser  # noqa: F401
from tests.notebooks.classroom import ASSIGNMENT, EXERCISE, RIGHT, ROOT, WRONG, grade_class, make, run

STUDENTS = ("ada-right", "ben-wrong", "eli-forges")
TOKEN = "token"
PATIENCE = 120_000


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small class that has been graded."""
    folder = tmp_path_factory.mktemp("formgrader") / "async101"
    make(folder, feedback="full")
    grade_class(folder, STUDENTS)
    files, results = tmp_path_factory.mktemp("files"), tmp_path_factory.mktemp("results")
    (files / "zoe").mkdir()
    (files / "zoe" / "bounded_downloads.py").write_text(WRONG, "utf-8")
    run(["grader", "grade", str(files), "--out", str(results), "--exercise", "12"], ROOT)
    run(
        ["grader", "export", str(results), "--to", "nbgrader", "--root", str(folder), "--assignment", "files"]
        + ["--feedback", "full"],
        ROOT,
    )
    return folder


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def server(course: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Jupyter server in the course's folder, with settings of its own."""
    port, home = free_port(), tmp_path_factory.mktemp("jupyter")
    command = [sys.executable, "-m", "jupyter", "server", "--no-browser", "--allow-root", f"--port={port}"]
    command += ["--ServerApp.ip=127.0.0.1", "--ServerApp.port_retries=0", f"--IdentityProvider.token={TOKEN}"]
    environment = {**os.environ, "JUPYTER_CONFIG_DIR": str(home), "JUPYTER_DATA_DIR": str(home)}
    with (home / "log").open("w") as log:
        process = subprocess.Popen(command, cwd=course, env=environment, stdout=log, stderr=log)
        try:
            address = f"http://127.0.0.1:{port}"
            while process.poll() is None and not answers(f"{address}/api"):
                time.sleep(0.2)
            assert process.poll() is None, (home / "log").read_text()
            yield address
        finally:
            process.terminate()
            process.wait()


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5):
            return True
    except (urllib.error.URLError, OSError):
        return False


@pytest.fixture
def page(browser: Browser, server: str) -> Iterator[Page]:  # noqa: F811
    """A page that knows the token and reaches nothing but the server."""
    page = browser.new_page(viewport={"width": 1200, "height": 900})
    page.set_default_timeout(PATIENCE)
    page.route("**/*", lambda route: route.continue_() if route.request.url.startswith(server) else route.abort())
    page.goto(f"{server}/formgrader/?token={TOKEN}", wait_until="domcontentloaded")
    yield page
    page.close()


def open_page(page: Page, server: str, place: str) -> None:
    page.goto(f"{server}/formgrader/{place}", wait_until="domcontentloaded")


def test_assignments_and_submissions_are_listed(page: Page, server: str) -> None:
    """The assignment has three submissions; the notebook's page gives each its points."""
    open_page(page, server, "manage_assignments")
    expect(page.locator("tbody tr", has_text=ASSIGNMENT)).to_contain_text("3", timeout=PATIENCE)
    open_page(page, server, f"gradebook/{ASSIGNMENT}")
    row = page.locator("tbody tr", has_text=EXERCISE)
    expect(row).to_be_visible(timeout=PATIENCE)


def test_students_have_their_points(page: Page, server: str) -> None:
    """The page of a student shows what `nbgrader export` does."""
    open_page(page, server, "manage_students/ada-right")

    expect(page.locator("tbody tr", has_text=ASSIGNMENT)).to_contain_text("10 / 10", timeout=PATIENCE)


def test_a_file_in_the_gradebook_is_shown_like_a_notebook(page: Page, server: str, course: Path) -> None:
    """What `grader gradebook` has written has the points of the same code in a notebook, and its page."""
    open_page(page, server, "manage_students/zoe")
    expect(page.locator("tbody tr", has_text="files")).to_contain_text("6.31 / 10", timeout=PATIENCE)
    opened_submission(page, server, course, "zoe", "files")

    expect(page.locator("input#concurrency.score")).to_have_attribute("placeholder", "0", timeout=PATIENCE)
    assert page.get_by_text("Ten downloads of one second, three at a time, take four seconds.").first.is_visible()
    assert page.locator("div.async-exercise-kit img").count() >= 2


def opened_submission(page: Page, server: str, course: Path, student: str, assignment: str = ASSIGNMENT) -> None:
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        submission = gradebook.find_submission_notebook(EXERCISE, assignment, student).id
    open_page(page, server, f"submissions/{submission}/")


def test_a_submission_shows_scores_and_timelines(page: Page, server: str, course: Path) -> None:
    """Each graded cell has its score in its box, and beneath it what went wrong, with pictures that are drawn."""
    opened_submission(page, server, course, "ben-wrong")
    expect(page.locator("input#concurrency.score")).to_have_attribute("placeholder", "0", timeout=PATIENCE)
    pictures = page.locator("div.async-exercise-kit img")

    assert page.get_by_text("Ten downloads of one second, three at a time, take four seconds.").is_visible()
    assert pictures.count() >= 2
    assert all(pictures.nth(each).evaluate("image => image.naturalWidth") == 800 for each in range(pictures.count()))


def test_markup_of_a_student_does_nothing_there(page: Page, server: str, course: Path) -> None:
    """Scripts that a student put into cells, metadata and outputs are text, or gone."""
    opened_submission(page, server, course, "eli-forges")
    expect(page.locator("input#correctness.score")).to_be_visible(timeout=PATIENCE)

    assert page.title() == EXERCISE
    assert page.locator("input#extra").count() == 0
    assert "They are not judged" in page.inner_text("body")


def test_the_button_autogrades_without_a_kernel(page: Page, server: str, course: Path) -> None:
    """Pressed in formgrader, Autograde judges in the same way, in the process of the server."""
    place = course / "submitted" / "ben-wrong" / ASSIGNMENT / f"{EXERCISE}.ipynb"
    notebook = json.loads(place.read_text("utf-8"))
    next(each for each in notebook["cells"] if each["id"] == "solution")["source"] = RIGHT
    place.chmod(0o644)
    place.write_text(json.dumps(notebook), "utf-8")
    open_page(page, server, f"manage_submissions/{ASSIGNMENT}")
    row = page.locator("tbody tr", has_text="ben-wrong")
    row.locator(".autograde a").click()

    expect(page.locator(".modal-title")).to_contain_text("Success", timeout=PATIENCE)
    expect(row).to_contain_text("10 / 10", timeout=PATIENCE)


def test_the_feedback_is_a_page_of_its_own(browser: Browser, course: Path) -> None:  # noqa: F811
    """What a student fetches opens from a file, with its pictures in it."""
    page = browser.new_page()
    page.route("http*://**/*", lambda route: route.abort())
    page.goto(f"file://{course}/feedback/eli-forges/{ASSIGNMENT}/{EXERCISE}.html", wait_until="domcontentloaded")
    pictures = page.locator("div.async-exercise-kit img")

    assert page.title() == EXERCISE
    assert "correctness" in page.inner_text("body")
    assert pictures.count() >= 1
    assert pictures.first.evaluate("image => image.naturalWidth") == 800
    page.close()
