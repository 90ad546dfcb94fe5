"""The command line as a user meets it: each file in transcripts/ is a shell session, compared whole.

After a comment, a transcript holds commands after `$ `, and below each what it prints: `2| ` is before lines of
standard error, `? 2` is an exit status other than 0. Files that the session begins with follow as `-- path --`, on
top of the small repository in base.txt. To write the transcripts again: UPDATE_TRANSCRIPTS=1 pytest tests/cli
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests import files
from tests.archives import FILE, files_of
from tests.cli.sessions import environment

TRANSCRIPTS = sorted(Path(__file__).with_name("transcripts").glob("*.txt"))
SECONDS = 60

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the sessions are those of Linux: /dev/full, stat -c")


def shown(folder: Path, command: str) -> str:
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command}"],
        cwd=folder,
        env=environment(),
        capture_output=True,
        timeout=SECONDS,
        check=False,
    )
    out, err = (_readable(stream, folder) for stream in (done.stdout, done.stderr))
    status = f"? {done.returncode}\n" if done.returncode else ""
    return "".join([f"$ {command}\n", *out, *(f"2| {line}" for line in err), status])


def _readable(stream: bytes, folder: Path) -> list[str]:
    text = stream.decode(errors="backslashreplace").replace(str(folder), "REPO").replace("\x1b", "ESC")
    return [f"{line}\n" for line in text.splitlines()]


@pytest.mark.parametrize("file", TRANSCRIPTS, ids=lambda file: file.stem)
def test_a_session_goes_as_its_transcript_says(file: Path, repository: Path) -> None:
    transcript = file.read_text()
    session, *_ = FILE.split(transcript, maxsplit=1)
    files.write(repository, files_of(transcript))
    comment = session[: session.index("$ ")]
    commands = re.findall(r"^\$ (.*)", session, re.MULTILINE)
    seen = comment + "".join(shown(repository, command) for command in commands)
    if os.environ.get("UPDATE_TRANSCRIPTS"):
        file.write_text(seen + transcript[len(session) :])
    assert seen == session
