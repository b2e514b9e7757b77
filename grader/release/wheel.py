"""The installed kit as a wheel, made without its source tree and without any build tool."""

from __future__ import annotations

import base64
import hashlib
import io
import re
import zipfile
from collections.abc import Mapping
from importlib.metadata import Distribution
from importlib.resources import files

from grader.release.errors import ReleaseError
from grader.release.folder import package

_WHEEL = "Wheel-Version: 1.0\nGenerator: grader\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def wheel(kit: Distribution) -> tuple[str, bytes]:
    """The wheel's file name, and the wheel.

    Raises:
        ReleaseError: the kit is not wholly installed.
    """
    name = re.sub(r"[-_.]+", "_", kit.metadata["Name"]).lower()
    stem = f"{name}-{kit.version}"
    contents = {f"grader/{place}": source.read_bytes() for place, source in package(files("grader"))}
    for file in ("METADATA", "entry_points.txt", "licenses/LICENSE"):
        text = kit.read_text(file)
        if text is None:
            raise ReleaseError(f"The installed {kit.metadata['Name']} lacks its {file}: install it anew with pip.")
        contents[f"{stem}.dist-info/{file}"] = text.encode()
    contents[f"{stem}.dist-info/WHEEL"] = _WHEEL.encode()
    record = f"{stem}.dist-info/RECORD"
    lines = [f"{place},sha256={_digest(content)},{len(content)}\n" for place, content in contents.items()]
    contents[record] = "".join([*lines, f"{record},,\n"]).encode()
    return f"{stem}-py3-none-any.whl", zipped(contents)


def zipped(contents: Mapping[str, bytes], executable: frozenset[str] = frozenset()) -> bytes:
    """A zip archive, which is the same whenever it is made of the same."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for place, content in contents.items():
            entry = zipfile.ZipInfo(place)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (0o100755 if place in executable else 0o100644) << 16
            archive.writestr(entry, content)
    return made.getvalue()


def _digest(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
