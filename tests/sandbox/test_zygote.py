"""What the student's side may know: nothing of pytest, the judge or the course."""

import json
import subprocess
import sys

import pytest

SHOW = "import json, sys; import {module}; print(json.dumps(sorted(sys.modules)))"


@pytest.mark.parametrize("module", ["grader.sandbox.zygote", "grader.sandbox.spawned"])
def test_the_student_s_side_imports_nothing_that_knows_a_suite(module):
    """A fresh interpreter that imports the sandbox has loaded no pytest, judge, catalog, rubric or report."""
    command = [sys.executable, "-I", "-c", SHOW.format(module=module)]
    modules = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    ours = {".".join(name.split(".")[:2]) for name in modules if name.startswith("grader.")}

    assert not {name.split(".")[0] for name in modules} & {"pytest", "_pytest", "aioresponses", "rich", "click"}
    assert ours == {"grader.boundary", "grader.sandbox", "grader.simulation"}
