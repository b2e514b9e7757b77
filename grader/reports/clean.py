"""Text from a submission, made harmless before anything draws it."""

from __future__ import annotations

import re

# Written as ranges rather than by Unicode category: categories differ between versions of Python,
# and a report must be the same on all of them.
_HARMFUL = re.compile(
    "["
    "\x00-\x1f\x7f-\x9f"  # control characters: ESC, BEL and the C1 forms of CSI and OSC among them
    "\xad\u061c\u180e\u200b\u200e\u200f"  # invisible characters and marks of direction
    "\u2028-\u202e\u2060-\u206f"  # line separators, overrides and isolates of direction
    "\ud800-\udfff"  # lone surrogates, which no encoder accepts
    "\ufdd0-\ufdef\ufeff\ufff9-\ufffb\ufffe\uffff"  # not for interchange, and illegal in XML
    "\U000e0000-\U000e0fff"  # invisible tags
    "]"
    "|[" + "".join(f"{chr(plane << 16 | 0xFFFE)}{chr(plane << 16 | 0xFFFF)}" for plane in range(1, 17)) + "]"
)

# What the logs of GitHub, Azure and others take for a command: after white space at the beginning of a line,
# which any space can become where a line is broken, or anywhere in it.
_COMMAND = re.compile(r"(?<!\S):(?=:)|#(?=#\w*\[)")


def clean(text: str, *, keep_lines: bool = False) -> str:
    """Return `text` with every character that could steer a terminal or a page shown as an escape.

    An ESC becomes the four visible characters ``\\x1b``, and the first sign of what the log of a CI service takes
    for a command, ``::error::``, its code too. With `keep_lines`, newlines and tabs stay,
    and a Windows line end becomes a newline.
    """
    if keep_lines:
        text = text.replace("\r\n", "\n")
    text = _HARMFUL.sub(lambda match: _shown(match[0], keep_lines), text)
    return _COMMAND.sub(lambda match: _escape(match[0]), text)


def _shown(character: str, keep_lines: bool) -> str:
    if keep_lines and character in "\n\t":
        return character
    if character in "\n\r\t":
        return {"\n": "\\n", "\r": "\\r", "\t": "\\t"}[character]
    return _escape(character)


def _escape(character: str) -> str:
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def clean_json(text: str) -> str:
    """The same JSON, with what is harmful in its strings escaped: it reads back as it was."""
    text = _HARMFUL.sub(lambda match: match[0] if match[0] == "\n" else _json_escape(match[0]), text)
    return _COMMAND.sub(lambda match: _json_escape(match[0]), text)


def _json_escape(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))
