"""Charts as archives: as `helm package` makes them, and as somebody who means harm might."""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Mapping

LINKS = (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE)
"""What an archive may hold beside files and folders."""


def packed(members: Mapping[str, str | bytes], folder: str = "sub/") -> bytes:
    """An archive of these files, each below a folder."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, text in members.items():
            data = text.encode() if isinstance(text, str) else text
            member = tarfile.TarInfo(folder + name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


def sparse(size: int) -> bytes:
    """An archive whose one file says to hold so many bytes, of which none is there."""
    header = tarfile.TarInfo("sub/values.schema.json")
    header.size = size
    return gzip.compress(header.tobuf(tarfile.GNU_FORMAT) + bytes(1024))


def linking() -> bytes:
    """An archive of links and devices, and a schema."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for kind in LINKS:
            member = tarfile.TarInfo(f"sub/{kind!r}")
            member.type, member.linkname = kind, "/etc/passwd"
            archive.addfile(member)
        archive.addfile(tarfile.TarInfo("sub/values.schema.json"))
    return buffer.getvalue()
