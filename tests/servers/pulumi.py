"""A stand-in for the program `pulumi`: `login`, and `env open`, `get` and `set`, with the flags of the real one.

By hand: `Pulumi(folder)`, and its folder on the PATH. What it knows, and what is wrong with it, stands in a file beside
it, so that a test can change it between two runs.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FAILED = 255
FORMATS = ("detailed", "dotenv", "json", "shell", "string", "yaml")
NO_LOGIN = "PULUMI_ACCESS_TOKEN must be set for login during non-interactive CLI sessions"
# the flags of each command: whether a value follows
OPEN = {"-f": True, "--format": True, "-l": True, "--lifetime": True, "--draft": False, "--non-interactive": False}
GET = {"--value": True, "--show-secrets": False, "--definition": False, "--non-interactive": False}
SET = {"--secret": False, "--plaintext": False, "--string": False, "--file": True, "-f": True}
LOGIN = {"-c": True, "--cloud-url": True, "-l": False, "--local": False}
TOKEN = "pul-a-token-of-this-test"  # noqa: S105  opens nothing


class Failed(Exception):  # noqa: N818  it says what happened
    """What is written after `error: `."""


class Pulumi:
    """`path`: the program. `environments`: what each holds, by ORG/PROJECT/ENV, as JSON has it."""

    def __init__(self, folder: Path, environments: Mapping[str, object] | None = None) -> None:
        self.folder = folder
        self.path = folder / "pulumi"
        self._state = folder / "pulumi.json"
        folder.mkdir(parents=True, exist_ok=True)
        self.path.write_text(f'#!/bin/sh\nexec "{sys.executable}" -I -S "{__file__}" "{self._state}" "$@"\n')
        self.path.chmod(0o755)
        self.set(environments=environments or {})

    def set(self, **state: object) -> None:
        """`seconds`: how slow it is; `says`: its answer to `env open`; `complains`, `status`: on the way out.

        `old`: it knows no environments; `dies`: a signal that ends it.
        """
        known = json.loads(self._state.read_text()) if self._state.exists() else {}
        self._state.write_text(json.dumps(known | state))

    @property
    def variables(self) -> dict[str, str]:
        """For the program that runs it."""
        return {"PULUMI_BIN": str(self.path), "PULUMI_ACCESS_TOKEN": TOKEN}


def main(state_file: str, *arguments: str) -> int:
    """Its exit status; what it says is written."""
    state = json.loads(Path(state_file).read_text())
    time.sleep(state.get("seconds", 0))
    if "dies" in state:
        os.kill(os.getpid(), state["dies"])
        signal.pause()
    try:
        print(_answer(Path(state_file), list(arguments)))
    except Failed as failed:
        print(f"error: {failed}", file=sys.stderr)
        return FAILED
    print(state.get("complains", ""), file=sys.stderr)
    return int(state.get("status", 0))


def _answer(state_file: Path, arguments: list[str]) -> str:
    state = json.loads(state_file.read_text())
    if arguments[:1] == ["login"]:
        _parsed([*arguments[1:], "here"], LOGIN)
        _check_login()
        return "Logged in to pulumi.com as somebody"
    if arguments[:1] != ["env"] or state.get("old"):
        raise Failed(f'unknown command "{arguments[0] if arguments else ""}" for "pulumi"')
    if arguments[1:2] == ["open"]:
        flags, (name, *_) = _parsed(arguments[2:], OPEN)
        wanted = flags.get("-f") or flags.get("--format") or "json"
        if wanted not in FORMATS:
            raise Failed(f"unknown output format {wanted!r}")
        return _opened(state, name, wanted)
    if arguments[1:2] == ["get"]:
        _parsed(arguments[2:], GET)
        return "[secret]"
    if arguments[1:2] == ["set"]:
        return _set(state_file, *_parsed(arguments[2:], SET))
    raise Failed(f'unknown command "{" ".join(arguments[1:2])}" for "pulumi env"')


def _parsed(words: list[str], known: Mapping[str, bool]) -> tuple[dict[str, str], list[str]]:
    flags: dict[str, str] = {}
    names: list[str] = []
    while words:
        word, equals, value = words.pop(0).partition("=")
        if not word.startswith("-"):
            names.append(word)
        elif word not in known:
            kind = "unknown flag: " if word.startswith("--") else "unknown shorthand flag: "
            raise Failed(kind + word)
        else:
            flags[word] = value if equals else words.pop(0) if known[word] else "true"
    if not names:
        raise Failed("accepts between 1 and 2 arg(s), received 0")
    return flags, names


def _check_login() -> None:
    token = os.environ.get("PULUMI_ACCESS_TOKEN")
    if not token:
        raise Failed(NO_LOGIN)
    if token != TOKEN:
        raise Failed("[401] Unauthorized: No credentials provided or are invalid.")


def _set(state_file: Path, flags: Mapping[str, str], words: list[str]) -> str:
    """`env set ENV PATH VALUE`, or the value of a `--file`: where a path has no dots, at the top of the environment."""
    _check_login()
    state = json.loads(state_file.read_text())
    file = flags.get("--file") or flags.get("-f")
    name, path, *value = [*words, sys.stdin.read()] if file == "-" else words
    place = state["environments"][name]
    *above, last = path.split(".")
    for step in above:
        place = place.setdefault(step, {})
    place[last] = value[0]
    state_file.write_text(json.dumps(state))
    return ""


def _opened(state: Mapping[str, Any], name: str, wanted: str) -> str:
    _check_login()
    if "says" in state:
        return str(state["says"])
    if name not in state["environments"]:
        raise Failed(f"[404] Not Found: environment {name} not found")
    found = state["environments"][name]
    if wanted == "shell":
        return "\n".join(f"export {key}={json.dumps(value)}" for key, value in found["environmentVariables"].items())
    return json.dumps(found, indent=2)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
