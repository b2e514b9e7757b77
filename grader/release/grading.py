"""The grading repository: what pipelines of students' repositories read, and nothing that is secret."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from grader.release.folder import aside, environment, kit
from grader.release.wheel import wheel

#: Where each template goes.
PLACES = {
    "grade.yml.j2": ".github/workflows/grade.yml",
    "github.yml.j2": "callers/github.yml",
    "gitlab.yml.j2": "gitlab.yml",
    "README.md.j2": "README.md",
}


def grading_repository(destination: Path, *, repository: str, sealed: bytes, variable: str) -> None:
    """Make the folder `destination`, new or empty, the content of the repository that is named `repository`.

    `variable` is the name of the secret that holds the key of the `sealed` suites.

    Raises:
        ReleaseError: it cannot be made; the destination is as it was.
    """
    name, contents = wheel(kit())
    page = files("grader.release").joinpath("pipelines", "page.md").read_text("utf-8").strip()
    said = {"repository": repository, "variable": variable, "wheel": name, "page": page}
    # What GitHub fills in itself stands in the usual marks.
    templates = environment("pipelines", marks=("[[", "]]"))
    texts = {place: templates.get_template(template).render(said).encode() for template, place in PLACES.items()}
    with aside(destination) as folder:
        for place, content in {**texts, name: contents, "suites.sealed": sealed}.items():
            path = folder / place
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
