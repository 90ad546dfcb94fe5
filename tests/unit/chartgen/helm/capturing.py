"""Programs in which Helm's log is captured."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[4]
RENDER = """
import json
from pathlib import Path
from chartgen.helm import sdk
from chartgen.model import Target
target = Target("web", Path(sys.argv[1]), "prod", "web", "default", ())
chart = sdk.open_chart(target)
over = json.loads('{"hosts": {"a": 1}, "deep": {"er": "text"}}')
render = lambda: chart.render(target, over)
"""
"""Renders the chart that is named; `render` does so again."""
SIDE_BY_SIDE = """
from threading import Event, Thread
done = Event()
def other():
    while not done.is_set():
        chart.render(target, {})
others = [Thread(target=other) for _ in range(3)]
for each in others: each.start()
render()
print({len(log.said(render)) for _ in range(20)})
done.set()
for each in others: each.join()
"""
"""Asks what a render makes Helm say, while others of the chart go on; prints how many things."""
FLOOD = """
line = b"2026/12/01 11:54:58 warning: skipped value for web.a: Not a table.\\n"
for _ in range(20_000):
    os.write(2, line)
print(log.said(lambda: os.write(2, line)))
"""
"""Logs more than a megabyte."""
CRASH = """
import ctypes
from helm_python import _native
call = _native.lib.helm_values_from_yaml
call.argtypes = [ctypes.c_void_p] * 3
call(0x123456789000, ctypes.byref(ctypes.c_void_p()), ctypes.byref(ctypes.c_void_p()))
"""
"""Has Go read what is not there."""
PYTHON = """
import os, subprocess, sys
sys.stderr.reconfigure(encoding="utf-8", errors="surrogateescape")
kind = lambda: (sys.stderr.line_buffering, sys.stderr.write_through, type(sys.stderr.buffer), sys.stderr.isatty())
before = kind()
from chartgen.helm import log
log.capture()
print(kind() == before, sys.stderr.fileno() > 2)
print("\\xe9 \\udcff", file=sys.stderr)
os.system("echo child >&2")
subprocess.run([sys.executable, "-c", "import os; os.write(2, b'grandchild')"], stderr=sys.stderr)
raise SystemExit(3)
"""
"""Writes to standard error in all the ways of Python, once it has told whether that is as before."""


def run(code: str, *arguments: str | Path, stderr: int = subprocess.PIPE) -> subprocess.CompletedProcess[str]:
    """Python with the library loaded and what Helm logs captured."""
    begun = "import os, sys\nfrom chartgen.helm import log, preload\npreload.begin()\nlog.capture()\n"
    return subprocess.run(
        [sys.executable, "-c", begun + code, *map(str, arguments)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
        check=False,
        timeout=60,
    )
