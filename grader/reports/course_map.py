"""The map of a course as Markdown: its tracks, its exercises, and what each is for."""

from __future__ import annotations

from collections.abc import Iterator

from grader.catalog import Course
from grader.catalog.statement import read_statement

_WORDS = {
    "en": {
        "intro": "Take them in order: each needs what came before it. `grader check NUMBER` judges one.",
        "columns": "| exercise | what it is for | topics |",
        "file": "README.md",
    },
    "zh-CN": {
        "intro": "请按顺序完成：每道练习都会用到前面的内容。`grader check 编号` 评判其中一道。",
        "columns": "| 练习 | 目的 | 主题 |",
        "file": "README.zh-CN.md",
    },
}


def course_map(course: Course, language: str = "en") -> str:
    """The page `exercises/README.md`, or its translation."""
    return "\n".join(_lines(course, language)) + "\n"


def _lines(course: Course, language: str) -> Iterator[str]:
    words, chinese = _WORDS[language], language != "en"
    yield f"# {course.title_zh if chinese else course.title}"
    yield ""
    yield words["intro"]
    for track in course.tracks:
        exercises = course.in_track(track.slug)
        if not exercises:
            continue
        yield ""
        yield f"## {track.title_zh if chinese else track.title}"
        yield ""
        yield words["columns"]
        yield "|---|---|---|"
        for exercise in exercises:
            statement = read_statement(exercise, language)
            topics = ", ".join(f"`{topic}`" for topic in exercise.topics)
            link = f"[{exercise.number} {statement.title}]({exercise.name}/{words['file']})"
            yield f"| {link} | {statement.promise} | {topics} |"
