"""Programs that say what a cluster would: they write down how they were called, and answer from files."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

# answers with the file that is called like the arguments, and fails where there is none but is told to answer
RECORD = """#!/bin/sh
echo "$(basename "$0") $*" >> "{folder}/calls"
answer="{folder}/answers/$(echo "$(basename "$0") $*" | tr -c 'a-zA-Z0-9\\n' _)"
if [ -f "$answer" ]; then cat "$answer"; elif [ -f "{folder}/refuses" ]; then echo refused >&2; exit 1; fi
"""


class Programs:
    """`path`: a PATH with them first."""

    def __init__(self, folder: Path, *names: str) -> None:
        self._folder = folder
        (folder / "answers").mkdir()
        for name in names:
            program = folder / name
            program.write_text(RECORD.format(folder=folder))
            program.chmod(0o755)
        self.path = f"{folder}{os.pathsep}{os.defpath}"

    def answers(self, command: str, answer: str) -> None:
        name = "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in command)
        (self._folder / "answers" / name).write_text(answer)

    def refuse_the_rest(self) -> None:
        """A command without an answer ends with status 1 from now on."""
        (self._folder / "refuses").touch()

    def serves(self, *, classes: Sequence[Mapping[str, Any]]) -> None:
        """A kubectl that gets these storage classes."""
        self.answers("kubectl get storageclasses --output=json", json.dumps({"items": classes}))

    @property
    def calls(self) -> list[str]:
        log = self._folder / "calls"
        return log.read_text().splitlines() if log.exists() else []
