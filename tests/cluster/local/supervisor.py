"""The first process inside a cluster's namespaces: starts its programs, starts again what ends, and buries orphans.

Started with the path of its socket, under which it takes one command a connection and answers with JSON:
`{"do": "define", "name": …, "command": […], "log": …}`, `start`, `stop` (SIGTERM), `kill` (SIGKILL) and `status`.
A program that was stopped or killed by a command stays down until it is started. The standard library alone.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from selectors import EVENT_READ, DefaultSelector
from typing import Any

AGAIN_SECONDS = 0.5
STOP_SECONDS = 10.0
REQUEST_BYTES = 65536


@dataclass
class Program:
    command: list[str]
    log: str
    pid: int = 0
    wanted: bool = True
    starts: int = 0
    again: float = field(default=0.0)

    def start(self) -> None:
        self.pid = os.fork()
        self.starts += 1
        if self.pid == 0:
            self._become()

    def _become(self) -> None:
        try:
            os.setsid()
            output = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.dup2(output, 1)
            os.dup2(output, 2)
            signal.set_wakeup_fd(-1)
            for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT):
                signal.signal(number, signal.SIG_DFL)
            os.execvp(self.command[0], self.command)  # noqa: S606  that is what it is for
        except OSError as error:
            os.write(2, f"{self.command[0]}: {error}\n".encode())
        finally:
            # or there would be a second supervisor
            os._exit(127)


class Supervisor:
    def __init__(self) -> None:
        self.programs: dict[str, Program] = {}

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        do, name = request["do"], request.get("name", "")
        if do == "define":
            self.programs[name] = Program(request["command"], request["log"])
        elif do == "start":
            self._start(name)
        elif do in {"stop", "kill"}:
            self._end(name, signal.SIGTERM if do == "stop" else signal.SIGKILL)
        return {
            known: {"pid": program.pid, "wanted": program.wanted, "starts": program.starts}
            for known, program in self.programs.items()
        }

    def bury(self) -> None:
        while True:
            try:
                pid, _ = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            for program in self.programs.values():
                if program.pid == pid:
                    program.pid, program.again = 0, time.monotonic() + AGAIN_SECONDS

    def tend(self) -> None:
        for program in self.programs.values():
            if program.wanted and not program.pid and program.starts and time.monotonic() >= program.again:
                program.start()

    def _start(self, name: str) -> None:
        program = self.programs[name]
        program.wanted = True
        if not program.pid:
            program.start()

    def _end(self, name: str, number: int) -> None:
        program = self.programs[name]
        program.wanted = False
        deadline = time.monotonic() + STOP_SECONDS
        if program.pid:
            # once: at a second SIGTERM, Kubernetes' programs give up what they are ending in order
            os.kill(program.pid, number)
        while program.pid:
            if time.monotonic() > deadline:
                os.kill(program.pid, signal.SIGKILL)
            time.sleep(0.02)
            self.bury()


def serve(path: Path) -> None:
    supervisor, selector = Supervisor(), DefaultSelector()
    listener = socket.socket(socket.AF_UNIX)
    # a socket's address may have 107 bytes, so a name alone; renamed, it appears when it already listens
    os.chdir(path.parent)
    listener.bind("early")
    Path("early").chmod(0o600)
    listener.listen()
    Path("early").rename(path.name)
    awake, wake = socket.socketpair()
    awake.settimeout(0)
    wake.settimeout(0)
    signal.set_wakeup_fd(wake.fileno(), warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    selector.register(listener, EVENT_READ)
    selector.register(awake, EVENT_READ)
    while True:
        for key, _ in selector.select(AGAIN_SECONDS):
            if key.fileobj is listener:
                _converse(supervisor, listener.accept()[0])
            else:
                awake.recv(REQUEST_BYTES)
        supervisor.bury()
        supervisor.tend()


def _converse(supervisor: Supervisor, connection: socket.socket) -> None:
    with connection:
        connection.settimeout(STOP_SECONDS)
        try:
            with connection.makefile("rwb") as stream:
                request = json.loads(stream.readline(REQUEST_BYTES))
                stream.write(json.dumps(supervisor.answer(request)).encode() + b"\n")
        except (OSError, ValueError, KeyError) as error:
            print(f"a command that cannot be done: {error!r}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
