"""What a machine must have to hold a cluster."""

from __future__ import annotations

import os
import shutil
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


def lacking() -> str:
    """What this machine lacks to hold a cluster, in a sentence; empty where nothing is."""
    if not Path("/proc/self/ns/net").exists():
        return "a local cluster needs Linux"
    if os.geteuid() != 0:
        return "a local cluster needs root"
    missing = {package for program, package in NEEDS.items() if shutil.which(program) is None}
    if node.plugins() is None:
        missing.add("containernetworking-plugins")
    if missing:
        return f"a local cluster needs {', '.join(sorted(missing))}: on Debian and Ubuntu, apt-get install them"
    spaces = ["unshare", "--net", "--mount", "--pid", "--ipc", "--uts", "--fork", "--mount-proc", "true"]
    if subprocess.run(spaces, capture_output=True, check=False).returncode:
        return "a local cluster needs to make namespaces (CAP_SYS_ADMIN), which is refused here"
    return ""
