"""The library that is loaded ahead is the one that the SDK loads."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import helm_python

from chartgen.helm import preload

if TYPE_CHECKING:
    import pytest


def test_the_library_is_the_one_that_the_sdk_loads() -> None:
    """Another one would put two Go runtimes into one process."""
    assert preload.library() == Path(helm_python.library_path)


def test_a_library_that_the_user_names_is_left_to_the_sdk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HELM_C_LIB", "/elsewhere")
    assert preload.library() is None


def test_without_the_sdk_there_is_nothing_to_load() -> None:
    code = "import sys; sys.modules['helm_python'] = None; from chartgen.helm import preload; preload.begin()"
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_go_collects_less_often_unless_told_otherwise() -> None:
    code = "import os; from chartgen.helm import preload; preload.begin(); print(os.environ['GOGC'])"
    printed = [
        subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, env=env).stdout
        for env in ({}, {"GOGC": "50"})
    ]
    assert printed == ["400\n", "50\n"]
