"""A course: its tracks, and its exercises in order."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path, PurePath

from grader.catalog.declaration import (
    CatalogError,
    CourseDeclaration,
    Grading,
    Late,
    Track,
    did_you_mean,
    read_declaration,
)
from grader.catalog.exercise import FOLDER_NAME, Exercise, read_exercise, visible
from grader.messages import tr

DECLARATION = Path("exercises", "course.toml")
#: What `exercises/` holds beside the exercises: the declaration, the map of the course, the examples' sentences.
_OF_THE_COURSE = {DECLARATION.name, "README.md", "README.zh-CN.md", "locale"}


@dataclass(frozen=True)
class Course:
    """All exercises below one root folder, in the order of their numbers."""

    root: Path
    title: str
    title_zh: str
    language: str
    tracks: tuple[Track, ...]
    grading: Grading
    late: Late
    exercises: tuple[Exercise, ...]

    @classmethod
    def load(cls, root: Path) -> Course:
        """Read the course whose `exercises/course.toml` lies in `root`."""
        root = root.resolve()
        said = read_declaration(root / DECLARATION, CourseDeclaration, DECLARATION.as_posix())
        tracks = tuple(track.slug for track in said.tracks)
        exercises = tuple(
            read_exercise(root, folder, said.grading, tracks)
            for folder in visible(root / "exercises")
            if folder.is_dir() and FOLDER_NAME.fullmatch(folder.name)
        )
        _refuse_twins(exercises)
        course = cls(root, said.title, said.title_zh, said.language, said.tracks, said.grading, said.late, exercises)
        course.check_dated(said.late.deadlines, f"{DECLARATION.as_posix()}: key 'late.deadlines'")
        return course

    @property
    def locale(self) -> Path:
        """The catalogues in which the sentences of the examples are translated."""
        return self.root / "exercises" / "locale"

    def find(self, text: str) -> Exercise:
        """The exercise with this number (`4`, `04`), slug (`first_fetch`, `first-fetch`) or path."""
        if text.isdecimal():
            named = [exercise for exercise in self.exercises if int(exercise.number) == int(text)]
        else:
            # The last part that names an exercise: a parent folder may bear another's name.
            words = [_plain(part) for part in reversed(PurePath(text).parts)]
            named = [
                exercise
                for word in words
                for exercise in self.exercises
                if word in (exercise.name, exercise.slug, exercise.examples.stem)
            ]
        if not named:
            raise CatalogError(self._no_exercise(text))
        return named[0]

    def in_track(self, slug: str) -> tuple[Exercise, ...]:
        """The exercises of one track, in order."""
        return tuple(exercise for exercise in self.exercises if exercise.track == slug)

    def check_layout(self) -> tuple[str, ...]:
        """A sentence for each file or folder that is missing, or that belongs to no exercise."""
        return (*self.strays(), *(line for exercise in self.exercises for line in exercise.check_layout()))

    def strays(self) -> tuple[str, ...]:
        """A sentence for each file or folder that belongs to no exercise."""
        names = {exercise.name for exercise in self.exercises}
        found: list[str] = []
        for home in ("exercises", "solutions", "tests/hidden"):
            folder = self.root / home
            found += [
                f"{home}/{path.name} belongs to no exercise."
                for path in (visible(folder) if folder.is_dir() else [])
                if path.name not in names and not (home == "exercises" and path.name in _OF_THE_COURSE)
            ]
        return tuple(found)

    def check_dated(self, names: Iterable[str], where: str) -> None:
        """Refuse a deadline of what is neither an exercise nor a track; `where` begins the sentence."""
        known = {*(exercise.name for exercise in self.exercises), *(track.slug for track in self.tracks)}
        for name in names:
            if name not in known:
                raise CatalogError(f"{where}: {name!r} is no exercise and no track{did_you_mean(name, known)}.")

    def _no_exercise(self, text: str) -> str:
        if not self.exercises:
            return tr("There is no exercise {text!r}: the course has none yet.", text=text)
        word = _plain(PurePath(text).name)
        slugs = {exercise.slug: exercise.name for exercise in self.exercises}
        near = [slug for slug in slugs if word and word in slug]
        near += [slug for slug in difflib.get_close_matches(word, slugs) if slug not in near]
        if near and not text.isdecimal():
            matches = ", ".join(slugs[slug] for slug in near)
            return tr("There is no exercise {text!r}; near matches: {matches}.", text=text, matches=matches)
        first, last = self.exercises[0].number, self.exercises[-1].number
        return tr(
            "There is no exercise {text!r}; the numbers run from {first} to {last}.", text=text, first=first, last=last
        )


def course_root(given: Path | None = None, start: Path | None = None) -> Path:
    """The course's root: `given`, else the nearest of `start` and its parents that holds a course."""
    if given is not None:
        if not (given / DECLARATION).is_file():
            missing = DECLARATION.as_posix()
            raise CatalogError(tr("{folder} holds no course: {file} is not there.", folder=given, file=missing))
        return given
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / DECLARATION).is_file():
            return folder
    raise CatalogError(
        tr(
            "No course found: neither {here} nor a folder above it holds {file}; "
            "name the course's folder with --course.",
            here=here,
            file=DECLARATION.as_posix(),
        )
    )


def _plain(part: str) -> str:
    return part.removesuffix(".py").lower().replace("-", "_")


def _refuse_twins(exercises: tuple[Exercise, ...]) -> None:
    """Two folders of one number have no order, and two of one slug ask for the same file."""
    for twins in (exercises, tuple(sorted(exercises, key=lambda exercise: exercise.slug))):
        for first, second in pairwise(twins):
            if first.number == second.number or first.slug == second.slug:
                both = "number" if first.number == second.number else "slug"
                raise CatalogError(f"exercises/{first.name} and exercises/{second.name} have the same {both}.")
