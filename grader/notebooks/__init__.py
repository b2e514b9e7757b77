"""The exercises inside nbgrader: notebooks made, notebooks judged, scores written into its gradebook.

In a student's Jupyter, ``%load_ext grader.notebooks`` adds the magic ``%%examples``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Add what the notebooks' cells use; called by ``%load_ext``."""
    from grader.notebooks.examples import Examples

    Examples(shell).register()
