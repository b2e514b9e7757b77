"""Keeps the stubs of exercises in the notebooks that nbgrader releases."""

from __future__ import annotations

from typing import Any

from nbgrader.preprocessors import ClearSolutions

from grader.notebooks.cells import EXAMPLES, SOLUTION


class ClearOtherSolutions(ClearSolutions):  # type: ignore[misc]
    """Clears solutions as nbgrader does, but not the stub of an exercise, which holds none and is to be seen."""

    def preprocess_cell(self, cell: Any, resources: Any, cell_index: int) -> tuple[Any, Any]:
        if cell.metadata.get("nbgrader", {}).get("grade_id") == SOLUTION and resources.get("of_an_exercise"):
            return cell, resources
        cleared: tuple[Any, Any] = super().preprocess_cell(cell, resources, cell_index)
        return cleared

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        resources["of_an_exercise"] = any(
            cell.metadata.get("nbgrader", {}).get("grade_id") == EXAMPLES and cell.source.startswith("%%examples ")
            for cell in nb.cells
        )
        cleared: tuple[Any, Any] = super().preprocess(nb, resources)
        return cleared
