"""What a student sees in a Jupyter of their own: the released notebook in a real kernel."""

from __future__ import annotations

import re
from types import SimpleNamespace

import nbformat
import pytest
from nbclient import NotebookClient

from grader.catalog import Course
from grader.messages import speaking
from grader.notebooks.course import make_notebook
from grader.notebooks.examples import Examples
from tests.notebooks.classroom import EXERCISE, RIGHT, ROOT, STUB, run

COURSE = Course.load(ROOT)
POSSIBLE = {"correctness": 4.0, "concurrency": 3.0, "cancellation": 3.0}


def notebook(source, language="en"):
    with speaking(language, COURSE.locale):
        made = nbformat.from_dict(make_notebook(COURSE.find(EXERCISE), POSSIBLE))
    nbformat.validate(made)
    cells = {each.id: each for each in made.cells}
    cells["solution"].source = source
    return made, cells


def executed(made):
    """Run all cells as a student does; an error in one ends nothing."""
    NotebookClient(made, allow_errors=True, timeout=300).execute()


def text_of(output):
    return re.sub(r"<[^>]*>", " ", output.data["text/html"])


def test_a_right_solution_passes_and_shows_how_it_ran():
    """Each example is a line with its picture to open, and nothing is an error."""
    made, cells = notebook(RIGHT)
    executed(made)
    (output,) = cells["examples"].outputs

    assert output.output_type == "display_data"
    assert "3 of 3 examples pass." in output.data["text/html"]
    assert output.data["text/html"].count('src="data:image/svg+xml;base64,') == 3
    assert output.data["text/plain"].startswith("3 of 3 examples pass.")
    assert cells["correctness"].outputs == []


def test_the_stub_fails_in_words_and_pictures_without_a_traceback():
    """The first failure is told as in the terminal; the cell ends in one sentence of ours."""
    made, cells = notebook(STUB)
    executed(made)
    shown, error = cells["examples"].outputs

    assert "Too many downloads were running at once." in text_of(shown)
    assert 'src="data:image/svg+xml;base64,' in shown.data["text/html"]
    assert error.output_type == "error"
    assert error.traceback == ["2 of 3 examples pass."]


def test_the_solution_is_not_run_in_the_kernel_to_be_judged():
    """A loop without end in a coroutine is named; the kernel answers on."""
    made, cells = notebook("async def download_all(session, urls, limit):\n    while True:\n        pass")
    executed(made)

    assert "The event loop was never given back" in text_of(cells["examples"].outputs[0])


def test_what_the_code_printed_is_shown_as_text():
    """What a failing run printed stands beneath it, and acts on nothing."""
    made, cells = notebook(STUB.replace("    # TODO", "    print('<b>here</b>')\n    # TODO"))
    executed(made)

    assert "&lt;b&gt;here&lt;/b&gt;" in cells["examples"].outputs[0].data["text/html"]


def test_a_syntax_error_is_shown_by_the_examples_too():
    """What the kernel itself refuses is judged all the same."""
    made, cells = notebook("async def download_all(session, urls, limit)\n    return []")
    executed(made)

    assert "syntax error in line 1" in text_of(cells["examples"].outputs[0])


def test_without_a_solution_there_is_a_sentence():
    """Where the solution cell has not been run, the examples say so."""
    made, cells = notebook("")
    executed(made)

    assert [output.traceback for output in cells["examples"].outputs] == [["Run the cell with the solution first."]]


def test_a_later_experiment_is_not_taken_where_the_front_end_names_cells(monkeypatch):
    """JupyterLab tells which cell is run: another that defines the same is not judged."""
    made, cells = notebook(RIGHT)
    made.cells.insert(3, nbformat.v4.new_code_cell("async def download_all(*arguments):\n    return []"))
    client = NotebookClient(made, allow_errors=True, timeout=300)
    with client.setup_kernel():
        make_message = client.kc.session.msg
        running = {}

        def named(kind, content=None, *arguments, **keywords):
            message = make_message(kind, content, *arguments, **keywords)
            if kind == "execute_request":
                message["metadata"]["cellId"] = running["id"]
            return message

        monkeypatch.setattr(client.kc.session, "msg", named)
        for index, each in enumerate(made.cells):
            running["id"] = each.id
            client.execute_cell(each, index)

    assert "3 of 3 examples pass." in cells["examples"].outputs[0].data["text/html"]


def test_the_same_in_chinese():
    """Statement, examples and what is said of them are in Chinese."""
    made, cells = notebook(STUB, "zh-CN")
    executed(made)
    shown, error = cells["examples"].outputs

    assert cells["statement"].source.startswith("# 限量下载")
    assert "## 运行" not in cells["statement"].source
    assert "名额为 2 时，四个下载按 README 的时间表进行。" in cells["examples"].source
    assert "3 个示例中通过了 2 个。" in text_of(shown)
    assert "预期" in text_of(shown)
    assert error.traceback == ["3 个示例中通过了 2 个。"]


@pytest.mark.parametrize(
    ("source", "said"), [(RIGHT, "Success! Your notebook passes"), (STUB, "VALIDATION FAILED ON 1 CELL(S)")]
)
def test_nbgraders_validate_knows_whether_the_examples_pass(tmp_path, source, said):
    """The button and the command `nbgrader validate` succeed with a right solution alone."""
    made, _ = notebook(source)
    (tmp_path / "bounded.ipynb").write_text(nbformat.writes(made), "utf-8")

    assert said in run(["nbgrader", "validate", "bounded.ipynb"], tmp_path)


@pytest.mark.parametrize("exercise", COURSE.exercises, ids=lambda exercise: exercise.name)
def test_the_solution_is_found_by_what_the_examples_ask_for(exercise):
    """For each exercise, the stub defines something that its examples use: by that a run of it is recognised."""
    made = make_notebook(exercise, POSSIBLE)
    sources = {each["id"]: each["source"] for each in made["cells"]}
    history = SimpleNamespace(input_hist_raw=["", sources["setup"], sources["solution"], "x = 1", sources["examples"]])
    magic = Examples(SimpleNamespace(history_manager=history))

    assert magic._found(sources["examples"].partition("\n")[2]) == sources["solution"]
