"""The pages in a real browser: they load from a file, without an error, and show what they should."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample class, graded."""
    out = tmp_path_factory.mktemp("pages")
    subprocess.run(
        [sys.executable, "-m", "grader", "grade", "tests/sample_class", "--out", str(out)], cwd=ROOT, check=True
    )
    return out


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, headless; a missing browser is an error, not a skip."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    assert chromium is not None, "install chromium to run the browser tests"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that must stay silent."""
    page = browser.new_page(viewport={"width": 1100, "height": 900})
    messages: list[str] = []
    page.on("console", lambda message: messages.append(message.text))
    page.on("pageerror", lambda error: messages.append(str(error)))
    page.on("request", lambda request: None if request.url.startswith("file:") else messages.append(request.url))
    yield page
    page.close()

    assert messages == []


def test_the_index_leads_to_every_student(page: Page, pages: Path) -> None:
    """Each student of the class has a row whose link opens their page."""
    page.goto(f"file://{pages}/index.html")
    students = sorted(path.stem for path in (pages / "students").glob("*.html"))

    assert sorted(page.locator("tbody a").all_inner_texts()) == students
    page.locator("tbody a").first.click()
    assert page.locator("h1").inner_text() != ""


def test_a_failure_shows_its_timeline(page: Page, pages: Path) -> None:
    """A student's page draws a timeline with bars for a failed test."""
    page.goto(f"file://{pages}/students/chen.html")

    timeline = page.locator("svg.timeline").first
    assert timeline.is_visible()
    assert timeline.locator("rect").count() > 2
    assert timeline.get_attribute("role") == "img"


def test_nothing_overflows_on_a_phone(browser: Browser, pages: Path) -> None:
    """On a narrow screen no page is wider than the screen."""
    page = browser.new_page(viewport={"width": 390, "height": 844})
    for path in [pages / "index.html", *sorted((pages / "students").glob("*.html"))]:
        page.goto(f"file://{path}")

        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path.name
    page.close()


@pytest.fixture(scope="module")
def timelines(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of `grader timeline` for a stub."""
    out = tmp_path_factory.mktemp("timelines") / "timeline.html"
    command = [sys.executable, "-m", "grader", "timeline", "12", "--lang", "en", "--html", str(out)]
    subprocess.run(command, cwd=ROOT, check=True)
    return out


def test_a_bar_tells_what_it_is(page: Page, timelines: Path) -> None:
    """Pointed at, or reached by the arrow keys, a bar's words appear beneath the picture."""
    page.goto(f"file://{timelines}")
    run = page.locator("section.run").nth(1)

    run.locator("g.row").nth(1).hover()
    assert run.locator(".details").inner_text() == "GET /posters/0 ran from 0 s to 2 s, 200"

    run.locator("figure").focus()
    page.keyboard.press("ArrowDown")
    assert run.locator(".details").inner_text() == "GET /posters/1 ran from 0 s to 1 s, 200"
    page.keyboard.press("Escape")
    assert run.locator(".details").inner_text() == ""


def test_the_table_says_the_same_on_paper(page: Page, timelines: Path) -> None:
    """Without a pointer, in print and without colour, the table has a row for each span."""
    page.emulate_media(media="print", forced_colors="active")
    page.goto(f"file://{timelines}")
    table = page.locator("section.run").nth(1).locator("table")

    assert table.is_visible()
    assert table.locator("tbody tr").count() == 5
    assert "GET /posters/3" in table.inner_text()
