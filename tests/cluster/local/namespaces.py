"""The namespaces in which a cluster lives: processes, mounts and a network, which end with their first process."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import suppress
from ipaddress import ip_network
from pathlib import Path

from . import memory, record
from .layout import FIRST_NETWORK, NETWORKS, Layout, device

LIMIT_SECONDS = 30.0
# of a device's alias
MOST_LETTERS = 255
DEVICES = Path("/sys/class/net")
OWNED_BY = "local cluster "
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
    """The process id, on the host, of the supervisor in its new namespaces. Raises OSError."""
    spaces = ["--net", "--mount", "--pid", "--ipc", "--uts", "--propagation=private"]
    unshare = ["unshare", *spaces, "--mount-proc", "--fork", "--kill-child"]
    command = [*direct(), *memory.collection(), *unshare, "sh", "-euc", PREPARE, "sh"]
    arguments = [layout.state, sys.executable, Path(__file__).with_name("supervisor.py"), layout.control]
    log = layout.logs / "supervisor.log"
    outer = Path("/proc", run("sh", "-c", DETACHED, "sh", str(log), *command, *map(str, arguments)).strip())
    deadline = time.monotonic() + LIMIT_SECONDS
    while not layout.control.exists():
        if not outer.exists() or time.monotonic() > deadline:
            raise OSError(f"the cluster's first process did not start: {log.read_text()}")
        time.sleep(0.01)
    return int((outer / "task" / outer.name / "children").read_text().split()[0])


# the cluster is no child of whoever brings it up
DETACHED = 'log=$1; shift; setsid "$@" </dev/null >>"$log" 2>&1 & echo $!'
# the cluster's own are /run, what the kubelet reads of the kernel, and the folders that no option of the kubelet and of
# containerd names: logs of pods, sockets of device plugins, results of network plugins
PREPARE = """
mount --make-rshared /
mount -t tmpfs tmpfs /run
for folder in log lib/kubelet lib/cni; do
  mkdir -p "/var/$folder" "$1/var/$folder"
  mount --bind "$1/var/$folder" "/var/$folder"
done
for file in "$1"/kernel/*; do mount --bind "$file" "/proc/sys/$(basename "$file" | tr : /)"; done
ip link set lo up
echo 1 > /proc/sys/net/ipv4/ip_forward
exec "$2" "$3" "$4"
"""


def write(layout: Layout) -> None:
    folder = layout.state / "kernel"
    folder.mkdir()
    for name, value in KERNEL.items():
        (folder / name.replace("/", ":")).write_text(f"{value}\n")


# in one program: whoever waits for it may be killed between the two
CABLE = """
ip link add "$1" type veth peer name "$1-in"
ip link set "$1" alias "$2" || { ip link delete "$1"; exit 1; }
"""


def reserve(state: Path) -> int:
    """The first of our networks that nobody on this machine uses, taken by making its cable. Raises OSError."""
    routes = [
        line.split()[0] for line in run("ip", "-4", "route", "show", "table", "all", "type", "unicast").splitlines()
    ]
    taken = [ip_network(route, strict=False) for route in routes if route[0].isdigit()]
    for number in range(FIRST_NETWORK, FIRST_NETWORK + NETWORKS):
        if any(ip_network(f"10.{number}.0.0/16").overlaps(network) for network in taken):
            continue
        _reclaim(device(number), state)
        try:
            run("sh", "-euc", CABLE, "sh", device(number), alias(state))
        except OSError as error:
            if "File exists" not in str(error):
                raise
        else:
            return number
    raise OSError(f"each of 10.{FIRST_NETWORK} to 10.{FIRST_NETWORK + NETWORKS - 1} is in use on this machine")


def _reclaim(name: str, state: Path) -> None:
    """Remove a device that a cluster had which was killed before it had a record, by which `down` would find it."""
    owner = _owner(name)
    if owner is None:
        return
    if owner == state or not owner.parent.exists():
        _delete(name)
        return
    # where somebody is at work, the record is only not written yet
    with suppress(BlockingIOError), record.alone(owner, record.AT_ONCE):
        if _owner(name) == owner and not (owner / record.NAME).exists():
            _delete(name)


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
    _delete(layout.device)


def _delete(name: str) -> None:
    subprocess.run(["ip", "link", "delete", name], capture_output=True, check=False)


def is_anothers(layout: Layout) -> bool:
    """Whether a cluster has the network that this one, whose processes are gone, had before."""
    try:
        found = (DEVICES / layout.device / "ifalias").read_text().strip()
    except FileNotFoundError:
        return False
    return found != alias(layout.state)


def alias(state: Path) -> str:
    """Tells whose a device is."""
    return f"{OWNED_BY}{state}"[-MOST_LETTERS:]


def _owner(name: str) -> Path | None:
    """The folder of the cluster whose device it is, where that can be told."""
    try:
        found = (DEVICES / name / "ifalias").read_text().strip()
    except FileNotFoundError:
        return None
    return Path(found.removeprefix(OWNED_BY)) if found.startswith(f"{OWNED_BY}/") else None


def direct() -> list[str]:
    """What a command begins with that is to reach the cluster itself, whatever proxy the environment names."""
    proxies = [name for name in os.environ if name.lower().endswith("_proxy")]
    return ["env", *(word for name in proxies for word in ("-u", name))]


def enter(pid: int) -> list[str]:
    """What a command begins with that is to run on the cluster's network, with the host's files."""
    return ["nsenter", f"--target={pid}", "--net", "--"]


def run(*command: str) -> str:
    """Its output. Raises OSError."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise OSError(f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout
