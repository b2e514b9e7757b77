"""Seals: bytes encrypted and authenticated with a key that only the grader is given.

A sealed file is one line that says what it is, in which format and by which key, then a nonce, then AES-256 in GCM.
The line is authenticated with the rest.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from grader.problems import Problem

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

#: The environment variable that holds the key.
VARIABLE = "GRADER_SEAL_KEY"
#: What may be sealed. One kind is never taken for the other.
SealedKind = Literal["suites", "verdicts"]
#: Changes when a sealed file is made otherwise.
FORMAT = 1

_PREFIX = "grader-seal-"
_BYTES = 32
_NONCE = 12
_LINE = re.compile(rb"async-exercise-kit/sealed/(\d{1,9}) (\w{1,40}) ([0-9a-f]{16})\n")


class SealError(Problem):
    """Something cannot be sealed, or a seal cannot be opened. The text is one sentence."""


@dataclass(frozen=True)
class Key:
    """A key. `ident` tells one from another, and says nothing of it."""

    secret: bytes = field(repr=False)

    @property
    def ident(self) -> str:
        return hashlib.sha256(b"async-exercise-kit/key " + self.secret).hexdigest()[:16]


def new_key() -> str:
    """A new key, as the environment variable holds it."""
    return _PREFIX + base64.urlsafe_b64encode(os.urandom(_BYTES)).decode().rstrip("=")


def read_key(text: str) -> Key:
    """The key in the value of the environment variable.

    Raises:
        SealError: there is none.
    """
    if not text.strip():
        raise SealError(f"The variable {VARIABLE} is not set: it holds the key that `grader seal --new-key` made.")
    word = text.strip()
    try:
        secret = base64.b64decode(word.removeprefix(_PREFIX) + "=", altchars=b"-_", validate=True)
    except ValueError:
        secret = b""
    if not word.startswith(_PREFIX) or len(secret) != _BYTES:
        raise SealError(f"The variable {VARIABLE} holds no key: make one with `grader seal --new-key`.")
    return Key(secret)


def seal(kind: SealedKind, content: bytes, key: Key) -> bytes:
    """`content`, sealed."""
    aesgcm = _cipher(key)
    line = f"async-exercise-kit/sealed/{FORMAT} {kind} {key.ident}\n".encode()
    nonce = os.urandom(_NONCE)
    return line + nonce + aesgcm.encrypt(nonce, zlib.compress(content, 9), line)


def unseal(kind: SealedKind, sealed: bytes, key: Key, shown: str) -> bytes:
    """What was sealed. `shown` is the file's name in messages.

    Raises:
        SealError: it is no such file, was sealed with another key, or is not as it was sealed.
    """
    aesgcm = _cipher(key)
    line = _LINE.match(sealed)
    if line is None:
        raise SealError(f"{shown} is no sealed file: `grader seal` makes one.")
    if int(line[1]) != FORMAT:
        raise SealError(f"{shown} has the format {int(line[1])}, this kit reads {FORMAT}: seal the suites again.")
    if line[2].decode() != kind:
        raise SealError(f"{shown} holds sealed {line[2].decode()}, not {kind}.")
    if line[3].decode() != key.ident:
        raise SealError(f"{shown} was sealed with another key than the one in {VARIABLE}.")
    nonce, rest = sealed[line.end() : line.end() + _NONCE], sealed[line.end() + _NONCE :]
    try:
        return zlib.decompress(aesgcm.decrypt(nonce, rest, line[0]))
    except Exception as error:
        # The library's own error has no text, and says nothing more precise.
        raise SealError(f"{shown} is damaged: it is not as it was sealed.") from error


def _cipher(key: Key) -> AESGCM:
    try:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    except ImportError as error:
        raise SealError(
            "The library cryptography is not installed here: pip install 'async-exercise-kit[seal]'."
        ) from error
    return AESGCM(key.secret)
