"""A repository to run the program in."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import files
from tests.archives import BASE


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """The small one of base.txt."""
    folder = tmp_path / "repository"
    files.write(folder, BASE)
    return folder
