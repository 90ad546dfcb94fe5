"""Becomes a container's first process: run by tests/images/container.py in namespaces of its own.

Its argument is JSON: root (a folder), tmpfs and files (paths in it), command.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

# of Linux: <linux/sockios.h>, <linux/if.h>
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1
# a struct ifreq: a name, and the flags in the union after it
IFREQ = "16sH14x"


def mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True)


def bring_up_loopback() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        asked = fcntl.ioctl(any_socket, SIOCGIFFLAGS, struct.pack(IFREQ, b"lo", 0))
        _, flags = struct.unpack(IFREQ, asked)
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack(IFREQ, b"lo", flags | IFF_UP))


def lay_out(root: Path, given: dict[str, Any]) -> None:
    """As a pod's: the root read-only, a tmpfs where it has a volume, and files of Secrets."""
    for path in given["files"]:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).touch()
    mount("--bind", str(root), str(root))
    mount("-o", "remount,bind,ro", str(root))
    mount("-t", "proc", "proc", str(root / "proc"))
    mount("--bind", "/dev", str(root / "dev"))
    for path in ["dev/shm", *given["tmpfs"]]:
        mount("-t", "tmpfs", "-o", "mode=1777,nosuid,nodev", "tmpfs", str(root / path))
    for path, source in given["files"].items():
        mount("--bind", "-o", "ro", source, str(root / path))


def main() -> None:
    given = json.loads(sys.argv[1])
    bring_up_loopback()
    lay_out(Path(given["root"]), given)
    os.chroot(given["root"])
    os.chdir("/")
    command = given["command"]
    os.execve(command[0], command, {})  # noqa: S606  an argument list, and its environment is in it


main()
