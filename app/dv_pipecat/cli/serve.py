"""What runs until it is stopped."""

from __future__ import annotations

import gc
import os
import resource
import sys
import webbrowser
from functools import partial
from threading import Thread

import click

from app.dv_pipecat.settings import Settings
from app.environment import read

# new objects that have not gone, and how many such rounds make a longer one: https://docs.python.org/3/library/gc.html
COLLECTED_AFTER = (10_000, 10, 100)


@click.command()
@click.option("--open", "opens", is_flag=True, help="Show the page in a browser, where there is one.")
def serve(opens: bool) -> None:  # noqa: FBT001  click hands a switch over as a bool
    """Hold conversations on HOST and PORT, with the page at /pc/, health and /metrics."""
    from app.dv_pipecat.service import Service

    settings = read(Settings, os.environ)
    service = Service(settings, partial(_show, f"http://localhost:{settings.port}/pc/") if opens else _nothing)
    _allow_sockets()
    _spare_the_garbage_collector()
    service.run()


def _spare_the_garbage_collector() -> None:
    """All clients wait while it looks at every object of every session; what the modules hold it need not look at."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECTED_AFTER)


def _show(page: str) -> None:
    click.echo(f"The page is at {page}; Ctrl-C stops the service.", err=True)
    # elsewhere webbrowser may start one in this terminal
    if sys.platform in {"darwin", "win32"} or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        Thread(target=webbrowser.open, args=[page], daemon=True).start()


def _nothing() -> None:
    pass


def _allow_sockets() -> None:
    """As many as the system lets a process have: the soft limit is a courtesy to programs that use select."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
