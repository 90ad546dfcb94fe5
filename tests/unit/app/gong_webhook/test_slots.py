"""Numbers for running processes."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from app.errors import ConfigError
from app.gong_webhook import slots

# takes a number, says which, and lives until its input ends
HOLDER = """
import sys
from pathlib import Path
from app.errors import ConfigError
from app.gong_webhook import slots
print(slots.take(Path(sys.argv[1])), flush=True)
sys.stdin.read()
"""


@contextmanager
def holder(folder: Path) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    command = [sys.executable, "-c", HOLDER, str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield int(process.stdout.readline()), process
        process.kill()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    slots.prepare(tmp_path / "run" / "metrics")
    return tmp_path / "run" / "metrics"


def test_processes_have_different_numbers_and_a_killed_ones_is_free_again(folder: Path) -> None:
    with ExitStack() as stack:
        numbers = [stack.enter_context(holder(folder)) for _ in range(3)]
        assert [number for number, _ in numbers] == [1, 2, 3]
        numbers[1][1].send_signal(signal.SIGKILL)
        numbers[1][1].wait()
        assert stack.enter_context(holder(folder))[0] == 2


def test_only_files_of_ended_processes_are_forgotten_and_counters_stay(folder: Path) -> None:
    files = ["counter_1.db", "counter_2.db", "gauge_livesum_1.db", "gauge_livesum_2.db", "gauge_livemostrecent_2.db"]
    with holder(folder), holder(folder) as (_, second):
        for name in files:
            (folder / name).touch()
        second.kill()
        second.wait()
        slots.forget_ended(folder)
        assert sorted(path.name for path in folder.glob("*.db")) == [
            "counter_1.db",
            "counter_2.db",
            "gauge_livesum_1.db",
        ]


def test_a_start_forgets_earlier_runs_and_no_running_process(folder: Path) -> None:
    with holder(folder), holder(folder) as (_, second):
        second.kill()
        second.wait()
        for name in ("counter_1.db", "counter_2.db", "counter_12.db"):
            (folder / name).touch()
        slots.prepare(folder)
        # a number that nobody ever took is not ours
        assert sorted(path.name for path in folder.glob("*.db")) == ["counter_1.db", "counter_12.db"]


def test_who_takes_a_number_goes_on_with_its_counters_but_not_with_its_gauges(folder: Path) -> None:
    for name in ("counter_1.db", "gauge_livesum_1.db"):
        (folder / name).touch()
    with holder(folder) as (number, _):
        assert number == 1
        assert [path.name for path in folder.glob("*.db")] == ["counter_1.db"]


def test_a_folder_is_in_use_as_long_as_a_process_has_a_number_in_it(folder: Path) -> None:
    assert not slots.in_use(folder)
    with holder(folder) as (_, process):
        assert slots.in_use(folder)
        process.kill()
        process.wait()
        assert not slots.in_use(folder)


def test_a_folder_of_another_user_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.getuid", lambda: folder.stat().st_uid + 1)
    monkeypatch.setattr("app.gong_webhook.slots.ROOT", -1)
    with pytest.raises(ConfigError, match="belongs to another user"):
        slots.prepare(folder)


def test_others_cannot_look_into_the_folder(folder: Path) -> None:
    assert folder.stat().st_mode & 0o077 == 0
