"""What a machine must have to hold a cluster."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
from pathlib import Path

from . import node

# beside Python and what is built: programs, and what Debian calls their packages
NEEDS = {
    "containerd": "containerd",
    "ctr": "containerd",
    "runc": "runc",
    "iptables": "iptables",
    "ip": "iproute2",
    "nsenter": "util-linux",
    "busybox": "busybox-static",
}
# of an executable of 64 bits: https://gabi.xinuos.com/elf/02-eheader.html
ELF_64, HEADER, PT_INTERP = b"\x7fELF\x02", struct.Struct("<32xQ14xHH"), 3


def lacking() -> str:
    """What this machine lacks to hold a cluster, in a sentence; empty where nothing is."""
    if not Path("/proc/self/ns/net").exists():
        return "a local cluster needs Linux"
    if os.geteuid() != 0:
        return "a local cluster needs root"
    if packages := missing():
        return f"a local cluster needs {', '.join(sorted(packages))}: on Debian and Ubuntu, apt-get install them"
    spaces = ["unshare", "--net", "--mount", "--pid", "--ipc", "--uts", "--fork", "--mount-proc", "true"]
    if subprocess.run(spaces, capture_output=True, check=False).returncode:
        return "a local cluster needs to make namespaces (CAP_SYS_ADMIN), which is refused here"
    return ""


def missing() -> set[str]:
    """The packages that are."""
    found = {package for program, package in NEEDS.items() if shutil.which(program) is None}
    if node.plugins() is None:
        found.add("containernetworking-plugins")
    busybox = shutil.which("busybox")
    if busybox and not is_static(Path(busybox)):
        found.add(NEEDS["busybox"])
    return found


def is_static(program: Path) -> bool:
    """Whether it runs in an image that holds nothing else: it names no loader of libraries."""
    content = program.read_bytes()
    if not content.startswith(ELF_64):
        return False
    start, size, count = HEADER.unpack_from(content)
    kinds = [int.from_bytes(content[start + size * i :][:4], "little") for i in range(count)]
    return PT_INTERP not in kinds
