"""The environment of all page templates: what enters a page is escaped and inert."""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from hashlib import sha256

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from grader.reports.clean import clean
from grader.reports.wording import duration, percent, points


@cache
def environment() -> Environment:
    """The one environment, made when the first page is."""
    made = Environment(
        loader=PackageLoader("grader.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_inert,
    )
    made.filters.update(points=points, duration=duration, prose=_prose)
    made.globals.update(percent=percent)
    return made


@cache
def script(name: str) -> tuple[Markup, Markup]:
    """The script `name` of the kit, and the policy under which a page runs it and no other."""
    # Between the tags as it is: a browser hashes every byte there.
    text = f"\n{environment().get_template(name).render().strip()}\n"
    digest = b64encode(sha256(text.encode()).digest()).decode()
    return Markup(text), Markup(f"; script-src 'sha256-{digest}'")


def _inert(value: object) -> object:
    """Every text that enters a page passes through here, so no template can forget it."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return clean(value, keep_lines=True)
    return value


def _prose(text: str) -> Markup:
    """A sentence in which the words between backticks are set as code."""
    parts = clean(text, keep_lines=True).split("`")
    if len(parts) % 2 == 0:
        return escape("`".join(parts))
    tags = ("{}", "<code>{}</code>")
    return Markup("").join(Markup(tags[index % 2]).format(part) for index, part in enumerate(parts))
