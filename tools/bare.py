"""A bare Debian for tools/fresh.py: made once, unpacked for each use, entered as an ordinary user."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

USER, UID = "somebody", 1000
HOME = Path("/home", USER)
CHECKOUT = HOME / "checkout"
PATHS = ("/usr/local/bin", "/usr/bin", "/bin")
# what leads to package registries from this machine, be it through a company's proxy; the caches are our own
HANDED = re.compile(
    r"PIP_(?!CACHE_DIR)|GO(PROXY|FLAGS|SUMDB|PRIVATE|NOPROXY|NOSUMDB|INSECURE)$|SSL_CERT_|GIT_SSL_|.*_(PROXY|CA_BUNDLE)$"
)
CERTIFICATES = Path("/etc/ssl/certs")
SHOWN = (CERTIFICATES, Path("/etc/hosts"), Path("/etc/resolv.conf"), Path("/etc/pip.conf"))
# with our own end all processes and mounts are gone, whatever ended us
SPACES = ["setpriv", "--pdeathsig=KILL", "unshare", "--mount", "--pid", "--ipc", "--fork", "--kill-child"]
# its first process stays root and waits: who changes its user outlives its parent
ENTER = """
root=$1; shift
mount -t proc proc "$root/proc"
mount --rbind /sys "$root/sys"
mount -t tmpfs -o mode=755,nosuid tmpfs "$root/dev"
for name in full null random tty urandom zero; do
  touch "$root/dev/$name"
  mount --bind "/dev/$name" "$root/dev/$name"
done
mkdir "$root/dev/pts" "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666,mode=0620,gid=5 devpts "$root/dev/pts"
for folder in dev/shm tmp; do mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs "$root/$folder"; done
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
ln -s fd/0 "$root/dev/stdin"
ln -s fd/1 "$root/dev/stdout"
ln -s fd/2 "$root/dev/stderr"
while [ "$1" != -- ]; do
  mount --bind -o "$1" "$2" "$root$3"
  shift 3
done
shift
chroot "$root" "$@"
"""


class Base(NamedTuple):
    """`packages`: what there is beside the packages that every Debian has."""

    suite: str
    packages: tuple[str, ...]


class Shown(NamedTuple):
    """What of this machine is to be seen. `mode`: ro or rw."""

    mode: str
    source: Path
    target: Path


class Root(NamedTuple):
    """`folder`: where it is unpacked; `programs`: where they are looked for before the usual places."""

    folder: Path
    shown: tuple[Shown, ...]
    programs: tuple[str, ...] = ()

    def at(self, path: Path) -> Path:
        """Where a path in it is on this machine."""
        return self.folder / path.relative_to("/")

    def command(self, words: Sequence[str]) -> list[str]:
        """What runs these words in it, as the user, in the checkout."""
        user = ["/usr/bin/setpriv", f"--reuid={UID}", f"--regid={UID}", "--clear-groups", "--inh-caps=-all"]
        user += ["/usr/bin/env", f"--chdir={CHECKOUT}", f"HOME={HOME}", f"USER={USER}", f"LOGNAME={USER}"]
        user += ["SHELL=/bin/sh", f"PATH={os.pathsep.join([*self.programs, *PATHS])}"]
        mounts = [str(word) for each in self.shown for word in each]
        return [*SPACES, "sh", "-euc", ENTER, "sh", str(self.folder), *mounts, "--", *user, *words]


def make(base: Base) -> list[str]:
    """The command line that does, but for the archive that it makes."""
    user = f'--customize-hook=chroot "$1" useradd --create-home --shell /bin/sh --uid {UID} {USER}'
    return ["mmdebstrap", "--quiet", "--variant=minbase", f"--include={','.join(base.packages)}", user, base.suite]


def archive(base: Base, folder: Path) -> Path:
    """Made where it is not there yet, or was made otherwise. Raises CalledProcessError."""
    command = make(base)
    found = folder / f"{base.suite}-{sha256(' '.join(command).encode()).hexdigest()[:12]}.tar"
    if not found.exists():
        print(f"making a bare Debian ({base.suite}), once", flush=True)
        partial = folder / "partial.tar"
        subprocess.run([*command, partial], check=True)
        partial.rename(found)
    return found


def unpack(found: Path, root: Root) -> None:
    """With places for what is to be seen. Raises CalledProcessError."""
    root.folder.mkdir()
    # /dev is mounted, and devices cannot be made everywhere
    subprocess.run(["tar", "-x", "-C", root.folder, "--exclude=./dev/*", "-f", found], check=True)
    root.at(CHECKOUT).mkdir()
    for _, source, target in root.shown:
        for folder in reversed(target.parents):
            root.at(folder).mkdir(exist_ok=True)
            # the user has to get there
            root.at(folder).chmod(root.at(folder).stat().st_mode | 0o111)
        if source.is_dir():
            root.at(target).mkdir(exist_ok=True)
        else:
            root.at(target).touch()


def handed(environment: Mapping[str, str]) -> dict[str, str]:
    """What of the environment reaches the user; in the environment, as a proxy's address may hold a password."""
    return {name: value for name, value in environment.items() if name == "TERM" or HANDED.match(name.upper())}


def ways_out(environment: Mapping[str, str]) -> Iterator[Shown]:
    """What this machine reaches package registries by: its resolver, its certificates, and what variables name."""
    named = [Path(value) for value in handed(environment).values() if value.startswith("/")]
    for path in dict.fromkeys([*SHOWN, *named]):
        if path.exists() and CERTIFICATES not in path.parents:
            yield Shown("ro", path, path)
