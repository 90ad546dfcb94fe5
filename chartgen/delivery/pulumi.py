"""The program `pulumi`: what an environment of Pulumi ESC holds, through a pipe and nothing else.

`-f shell` and `-f dotenv` would leave files behind, `env run` would put values into arguments.
https://www.pulumi.com/docs/iac/cli/commands/pulumi_env_open/
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from chartgen.delivery.jsontexts import Unfit

SECONDS = 60.0
WORDS = 200
"""Of what pulumi says, its beginning."""
ORGANIZATION = re.compile(r"\w[\w.-]*", re.ASCII)
PARTS = 3
TOKEN = "PULUMI_ACCESS_TOKEN"  # noqa: S105 - the name of a variable
LOGIN = f"log in with `pulumi login`, or set {TOKEN}"
HINTS = {
    r"PULUMI_ACCESS_TOKEN|log ?in|logged|401|[Uu]nauthorized|[Ii]nvalid access token": f": {LOGIN}",
    r"unknown (command|flag|shorthand flag)": ": it is too old, or no pulumi",
}
ERROR = re.compile(r"\s*error:\s*(.*)")
KNOWN = re.compile(
    r"\[[45]\d\d\] |unknown (?:command|flag|shorthand flag)|PULUMI_ACCESS_TOKEN must be set|could not (?:open|find)"
)


def full_name(name: str) -> str:
    """ORG/PROJECT/ENV; PULUMI_ORG says the organization where the name does not. Raises Unfit."""
    said = os.environ.get("PULUMI_ORG", "")
    if said and not ORGANIZATION.fullmatch(said):
        raise Unfit("cannot be opened: PULUMI_ORG is no name of an organization")
    parts = name.split("/")
    if len(parts) < PARTS:
        if not said:
            raise Unfit("names no organization: set PULUMI_ORG, or write ORG/PROJECT/ENV")
        return f"{said}/{name}"
    if said and said != parts[0]:
        raise Unfit(f"is not of the organization that PULUMI_ORG names, {said}")
    return name


def opened(name: str, seconds: float = SECONDS) -> bytes:
    """The values of an environment, as JSON. Raises Unfit."""
    command = [_program(), "env", "open", full_name(name), "-f", "json"]
    with _started(command) as process:
        try:
            out, complaints = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            raise Unfit(f"cannot be opened: pulumi does not end within {seconds:g} s") from None
        if process.returncode < 0:
            raise Unfit(f"cannot be opened: pulumi was ended by {_signal(-process.returncode)}")
        if process.returncode:
            raise Unfit(f"cannot be opened: {_failed(process.returncode, out, complaints)}")
    return out


def _program() -> str:
    name = os.environ.get("PULUMI_BIN") or "pulumi"
    found = shutil.which(name)
    if found is None:
        raise Unfit(f"cannot be opened: no `{name}` on the PATH; install pulumi, or set PULUMI_BIN to it")
    return found


@contextmanager
def _started(command: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    """In a group of its own, which ends with the block: pulumi starts programs too."""
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"},
            start_new_session=True,
        )
    except OSError as error:
        raise Unfit(f"cannot be opened: {command[0]} cannot be run: {error.strerror}") from None
    with process:
        try:
            yield process
        finally:
            with suppress(ProcessLookupError, PermissionError):  # they have ended
                os.killpg(process.pid, signal.SIGKILL)


def _failed(status: int, out: bytes, complaints: bytes) -> str:
    """With its own words only where they are known ones, which hold no value."""
    lines = [
        " ".join(found[1].split())
        for line in complaints.decode(errors="replace").splitlines()
        if (found := ERROR.match(line))
    ]
    words = lines[0] if lines else ""
    hint = next((hint for pattern, hint in HINTS.items() if re.search(pattern, words)), "")
    token = os.environ.get(TOKEN, "")
    is_told = KNOWN.match(words) and not out.strip() and not (token and token in words)
    return f"pulumi fails with status {status}{f', {words[:WORDS]}' if is_told else ''}{hint}"


def _signal(number: int) -> str:
    with suppress(ValueError):
        return signal.Signals(number).name
    return f"signal {number}"
