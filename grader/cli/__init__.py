"""The command `grader`."""

from __future__ import annotations

import copy
import gettext
import importlib
import sys
from typing import Any, TypeVar

import click

from grader import __version__, messages
from grader.reports.legible import make_legible

# What click itself says is in gettext's own domain, and follows the locale.
gettext.bindtextdomain("messages", str(messages.LOCALES))

#: The module that holds each command. What one command needs, the others need not wait for.
_COMMANDS = {
    "check": "learn",
    "hint": "learn",
    "list": "learn",
    "play": "learn",
    "show": "learn",
    "timeline": "learn",
    "adjust": "grading",
    "branches": "grading",
    "ci": "ci",
    "explain": "grading",
    "grade": "grading",
    "export": "exporting",
    "similar": "exporting",
    "notebooks": "notebooks",
    "doctor": "teach",
    "release": "teach",
    "gradescope": "packing",
    "pipelines": "packing",
    "seal": "packing",
    "verify": "teach",
    "watch": "watch",
}


class _Commands(click.Group):
    """Commands that are imported when they are used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        try:
            module = importlib.import_module(f"grader.cli.{_COMMANDS[cmd_name]}")
        except ModuleNotFoundError as error:
            if error.name is None or error.name.startswith("grader"):
                raise
            return _lacking(cmd_name, error.name)
        # Some commands are named like things of Python: `list` is written `list_`.
        command: click.Command = vars(module).get(cmd_name) or vars(module)[f"{cmd_name}_"]
        return _translated(command)

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        super(_Commands, _translated(self)).format_help(ctx, formatter)

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run a command; its output is never refused by the terminal, whatever characters that has."""
        for stream in (sys.stdout, sys.stderr):
            make_legible(stream)
        return super().main(*args, **kwargs)


Command = TypeVar("Command", bound=click.Command)


def _lacking(name: str, library: str) -> click.Command:
    """A command of instructors where its libraries are not installed, as in a student's folder: it only says so."""

    def refuse() -> None:
        raise click.ClickException(
            messages.tr(
                "`grader {command}` needs {library}, which is not installed here: it comes with the instructors' kit.",
                command=name,
                library=library,
            )
        )

    anything = {"ignore_unknown_options": True, "allow_extra_args": True}
    return click.Command(name, callback=refuse, hidden=True, context_settings=anything)


def _translated(command: Command) -> Command:
    """`command` with its help in the language of the locale: that of the course is not known yet."""
    command = copy.copy(command)
    command.params = [copy.copy(param) for param in command.params]
    with messages.speaking(messages.preferred()):
        command.help = messages.tr(command.help or "")
        for param in command.params:
            if isinstance(param, click.Option):
                param.help = messages.tr(param.help or "")
    return command


@click.group(cls=_Commands, invoke_without_command=True)
@click.version_option(__version__, prog_name="grader")
@click.pass_context
def main(ctx: click.Context) -> None:
    """Judge exercises in asynchronous Python, in virtual time."""
    if ctx.invoked_subcommand is None:
        from grader.cli.learn import list_

        ctx.invoke(list_)
