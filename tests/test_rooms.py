"""Where things stand: the tests of chartgen mirror its rooms."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[1]
CHARTGEN = ROOT / "chartgen"
TESTS = ROOT / "tests" / "unit" / "chartgen"


def modules() -> set[str]:
    return {path.relative_to(CHARTGEN).with_suffix("").as_posix() for path in CHARTGEN.rglob("*.py")}


def test_each_test_file_stands_where_its_module_does() -> None:
    names = (path.relative_to(TESTS).with_suffix("") for path in TESTS.rglob("test_*.py"))
    mirrored = {(name.parent / name.name.removeprefix("test_")).as_posix() for name in names}
    assert mirrored, "there are no tests"
    assert mirrored - modules() == set()
