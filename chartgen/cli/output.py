"""Where a command writes: standard output, or a file that is there whole or not at all."""

from __future__ import annotations

import contextlib
import io
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from chartgen.errors import UsageError
from chartgen.model import Mark


@contextlib.contextmanager
def opened(file: Path | None) -> Iterator[TextIO]:
    """A stream to write to. A file is replaced once all is written; what fails before leaves it as it was."""
    if file is None:
        if sys.stdout is None:
            raise UsageError("standard output is closed")
        yield sys.stdout
        return
    text = io.StringIO()
    yield text
    try:
        _replace(file, text.getvalue())
    except OSError as error:
        raise UsageError(f"cannot be written: {error.strerror}", where=Mark(file)) from error


def _replace(file: Path, text: str) -> None:
    if file.exists() and not file.is_file():  # a device or a pipe cannot be replaced
        file.write_text(text, encoding="utf-8")
        return
    file = file.resolve()  # behind a link, the link stays
    with tempfile.TemporaryDirectory(prefix=".chartgen-", dir=file.parent) as folder:
        unfinished = Path(folder, file.name)
        unfinished.write_text(text, encoding="utf-8")
        if file.exists():
            unfinished.chmod(file.stat().st_mode & 0o777)
        unfinished.replace(file)
