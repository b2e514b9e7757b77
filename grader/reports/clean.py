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


def clean(text: str, *, keep_lines: bool = False) -> str:
    """Return `text` with every character that could steer a terminal or a page shown as an escape.

    An ESC becomes the four visible characters ``\\x1b``. With `keep_lines`, newlines and tabs stay,
    and a Windows line end becomes a newline.
    """
    if keep_lines:
        text = text.replace("\r\n", "\n")
    return _HARMFUL.sub(lambda match: _shown(match[0], keep_lines), text)


def _shown(character: str, keep_lines: bool) -> str:
    if keep_lines and character in "\n\t":
        return character
    code = ord(character)
    if character in "\n\r\t":
        return {"\n": "\\n", "\r": "\\r", "\t": "\\t"}[character]
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
