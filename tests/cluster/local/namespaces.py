"""The namespaces in which a cluster lives: processes, mounts and a network, which end with their first process."""

from __future__ import annotations

import subprocess
import sys
import time
from ipaddress import ip_network
from pathlib import Path

from .layout import FIRST_NETWORK, NETWORKS, Layout, device

LIMIT_SECONDS = 30.0
# what a kubelet would set on the whole machine; it is shown these values instead, and sets nothing
KERNEL = {
    "vm/overcommit_memory": "1",
    "vm/panic_on_oom": "0",
    "kernel/panic": "10",
    "kernel/panic_on_oops": "1",
    "kernel/keys/root_maxkeys": "1000000",
    "kernel/keys/root_maxbytes": "25000000",
}


def start(layout: Layout) -> int:
    """The process id, on the host, of the supervisor in its new namespaces."""
    spaces = [
        "--net",
        "--mount",
        "--pid",
        "--ipc",
        "--uts",
        "--fork",
        "--kill-child",
        "--mount-proc",
        "--propagation=private",
    ]
    inside = [
        "sh",
        "-euc",
        PREPARE,
        "sh",
        str(layout.state),
        sys.executable,
        str(Path(__file__).parent),
        str(layout.control),
    ]
    with (layout.logs / "supervisor.log").open("ab") as log:
        outer = subprocess.Popen(
            ["unshare", *spaces, *inside], stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
    deadline = time.monotonic() + LIMIT_SECONDS
    while not layout.control.exists():
        if outer.poll() is not None or time.monotonic() > deadline:
            outer.kill()
            raise OSError(f"the cluster's first process did not start: {(layout.logs / 'supervisor.log').read_text()}")
        time.sleep(0.01)
    return int(Path(f"/proc/{outer.pid}/task/{outer.pid}/children").read_text().split()[0])


# /run and /var/log are the cluster's own, and what the kubelet reads of the kernel
PREPARE = """
mount --make-rshared /
mount -t tmpfs tmpfs /run
mkdir -p "$1/var-log" "$1/kernel"
mount --bind "$1/var-log" /var/log
for file in "$1"/kernel/*; do mount --bind "$file" "/proc/sys/$(basename "$file" | tr : /)"; done
ip link set lo up
echo 1 > /proc/sys/net/ipv4/ip_forward
exec "$2" "$3/supervisor.py" "$4"
"""


def write(layout: Layout) -> None:
    folder = layout.state / "kernel"
    folder.mkdir()
    for name, value in KERNEL.items():
        (folder / name.replace("/", ":")).write_text(f"{value}\n")


def reserve() -> int:
    """The first of our networks that nobody on this machine uses, taken by making its cable. Raises OSError."""
    routes = [
        line.split()[0] for line in run("ip", "-4", "route", "show", "table", "all", "type", "unicast").splitlines()
    ]
    taken = [ip_network(route, strict=False) for route in routes if route[0].isdigit()]
    for number in range(FIRST_NETWORK, FIRST_NETWORK + NETWORKS):
        if any(ip_network(f"10.{number}.0.0/16").overlaps(network) for network in taken):
            continue
        try:
            run("ip", "link", "add", device(number), "type", "veth", "peer", "name", f"{device(number)}-in")
        except OSError as error:
            if "File exists" not in str(error):
                raise
        else:
            return number
    raise OSError(f"each of 10.{FIRST_NETWORK} to 10.{FIRST_NETWORK + NETWORKS - 1} is in use on this machine")


def connect(layout: Layout, pid: int) -> None:
    """Lay the cable into the cluster; the kernel removes it with the cluster's network."""
    inside, end = enter(pid), f"{layout.device}-in"
    run("ip", "link", "set", end, "netns", str(pid))
    for index in range(layout.nodes):
        run(*inside, "ip", "address", "add", f"{layout.node_address(index)}/24", "dev", end)
    run(*inside, "ip", "link", "set", end, "up")
    run("ip", "address", "add", f"{layout.host}/24", "dev", layout.device)
    run("ip", "link", "set", layout.device, "up")
    run("ip", "route", "add", layout.range, "via", layout.address)


def disconnect(layout: Layout) -> None:
    subprocess.run(["ip", "link", "delete", layout.device], capture_output=True, check=False)


def enter(pid: int) -> list[str]:
    """What a command begins with that is to run on the cluster's network, with the host's files."""
    return ["nsenter", f"--target={pid}", "--net", "--"]


def run(*command: str) -> str:
    """Its output. Raises OSError."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise OSError(f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout
