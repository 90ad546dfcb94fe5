"""Where a command writes: standard output, or a file that is there whole or not at all."""

from __future__ import annotations

import contextlib
import io
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from chartgen.errors import UsageError


@contextlib.contextmanager
def opened(file: Path | None) -> Iterator[TextIO]:
    """A stream to write to. A file is replaced once all is written; what fails before leaves it as it was."""
    if file is None:
        yield sys.stdout
        return
    text = io.StringIO()
    yield text
    try:
        _replace(file, text.getvalue())
    except OSError as error:
        raise UsageError(f"cannot be written: {error.strerror}", where=str(file)) from error


def _replace(file: Path, text: str) -> None:
    if file.exists() and not file.is_file():  # a device or a pipe cannot be replaced
        file.write_text(text, encoding="utf-8")
        return
    mode = file.stat().st_mode & 0o777 if file.exists() else 0o666 & ~_umask()
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=file.parent, delete=False) as unfinished:
        unfinished.write(text)
    Path(unfinished.name).chmod(mode)
    Path(unfinished.name).replace(file)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
