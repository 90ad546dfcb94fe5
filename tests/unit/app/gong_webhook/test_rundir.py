"""The folder of a running service: its mark of a drain, and a folder that cannot be used."""

from __future__ import annotations

import fcntl
from collections.abc import Callable
from pathlib import Path

import pytest

from app.errors import ConfigError
from app.gong_webhook import rundir


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "run"


def test_the_mark_of_an_earlier_run_is_taken_off(folder: Path) -> None:
    rundir.prepare(folder)
    rundir.drain(folder)
    assert rundir.draining(folder).exists()
    rundir.prepare(folder)
    assert not rundir.draining(folder).exists()


def test_the_mark_of_a_running_service_stays_when_another_one_tries_to_start(folder: Path) -> None:
    rundir.prepare(folder)
    with (folder / "1.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        rundir.drain(folder)
        rundir.prepare(folder)
        assert rundir.draining(folder).exists()


def test_a_preparation_leaves_no_file_that_a_reader_could_take_for_metrics(folder: Path) -> None:
    rundir.prepare(folder)
    assert list(folder.iterdir()) == []


def test_a_drain_that_comes_before_the_service_makes_its_folder_for_the_owner_alone(folder: Path) -> None:
    rundir.drain(folder)
    assert folder.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("use", [rundir.prepare, rundir.drain])
def test_a_folder_that_cannot_be_made_is_a_mistake_of_run_dir(folder: Path, use: Callable[[Path], None]) -> None:
    folder.write_text("in the way")
    for unusable in (folder, folder / "below", Path("/proc/no-such-folder")):
        with pytest.raises(ConfigError, match=f"RUN_DIR: {unusable} cannot be used: ."):
            use(unusable)


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="only Linux has a folder that not even root can write")
def test_a_folder_that_cannot_be_written_is_a_mistake_of_run_dir() -> None:
    for use in (rundir.prepare, rundir.drain):
        with pytest.raises(ConfigError, match="RUN_DIR: /proc "):
            use(Path("/proc"))
