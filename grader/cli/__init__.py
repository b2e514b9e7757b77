"""The command `grader`."""

from __future__ import annotations

import importlib

import click

from grader import __version__

#: The module that holds each command. What one command needs, the others need not wait for.
_COMMANDS = {
    "check": "learn",
    "hint": "learn",
    "list": "learn",
    "play": "learn",
    "show": "learn",
    "timeline": "learn",
    "branches": "teach",
    "doctor": "teach",
    "grade": "teach",
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
        module = importlib.import_module(f"grader.cli.{_COMMANDS[cmd_name]}")
        # Some commands are named like things of Python: `list` is written `list_`.
        command: click.Command = vars(module).get(cmd_name) or vars(module)[f"{cmd_name}_"]
        return command


@click.group(cls=_Commands, invoke_without_command=True)
@click.version_option(__version__, prog_name="grader")
@click.pass_context
def main(ctx: click.Context) -> None:
    """Judge exercises in asynchronous Python, in virtual time."""
    if ctx.invoked_subcommand is None:
        from grader.cli.learn import list_

        ctx.invoke(list_)
