"""Where things stand, and how straight the way through them is."""

from __future__ import annotations

import sys
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import CodeType, FrameType
from typing import TYPE_CHECKING, Any

from chartgen.cli import run
from tests import files

if TYPE_CHECKING:
    import pytest

ROOT = Path(__file__).parents[1]
CHARTGEN = ROOT / "chartgen"
TESTS = ROOT / "tests" / "unit" / "chartgen"
KEY = "zebra"
CHART = {
    "chart/Chart.yaml": "apiVersion: v2\nname: web\nversion: 0.1.0\n",
    "chart/values.yaml": f"{KEY}: 1\nother: 1\n",
    "chart/values-prod.yaml": "other: 2\n",
    "chart/templates/cm.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n"
    f'data:\n  v: "{{{{ .Values.{KEY} }}}}"\n',
    "chartgen.yaml": "charts: {web: {path: chart, environments: {stage: {}, prod: {values: [values-prod.yaml]}}}}\n",
}


def modules() -> set[str]:
    return {path.relative_to(CHARTGEN).with_suffix("").as_posix() for path in CHARTGEN.rglob("*.py")}


def test_each_test_file_stands_where_its_module_does_and_has_its_name_or_more_words() -> None:
    names = (path.relative_to(TESTS).with_suffix("") for path in TESTS.rglob("test_*.py"))
    mirrored = {(name.parent / name.name.removeprefix("test_")).as_posix() for name in names}
    assert mirrored, "there are no tests"
    assert [name for name in mirrored if not any(f"{name}_".startswith(f"{each}_") for each in modules())] == []


def shared() -> set[str]:
    """What all rooms share, by the import contract: the lines below `secrets`. No stage of the way, but its words."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (layers,) = (each["layers"] for each in contracts if each.get("containers") == ["chartgen"])
    return {name for line in layers[layers.index("secrets") + 1 :] for name in line.split(" | ")}


def holds(tree: Any, depth: int = 7) -> bool:
    """Whether something is, or leads to, a text with the key."""
    if isinstance(tree, str):
        return KEY in tree
    if depth == 0:
        return False
    below: Iterator[Any] = iter(())
    if isinstance(tree, Mapping):
        below = (part for pair in tree.items() for part in pair)
    elif isinstance(tree, list | tuple | set | frozenset):
        below = iter(tree)
    elif type(tree).__module__.startswith("chartgen"):
        below = iter(getattr(tree, "__dict__", {}).values())
    return any(holds(part, depth - 1) for part in below)


class Walk:
    """The functions of chartgen that are handed the key, each where it first is, as a profiler sees them called."""

    def __init__(self) -> None:
        self._known: set[CodeType] = set()
        self.rooms: list[str] = []

    def __call__(self, frame: FrameType, event: str, _: object) -> None:
        code = frame.f_code
        if event != "call" or code in self._known or not code.co_filename.startswith(str(CHARTGEN)):
            return
        sys.setprofile(None)  # looking at what is handed over calls functions too
        handed = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount + 2]
        if not code.co_name.startswith("<") and any(holds(frame.f_locals.get(name)) for name in handed):
            self._known.add(code)
            room = Path(code.co_filename).relative_to(CHARTGEN).parts[0].removesuffix(".py")
            if room not in shared() and self.rooms[-1:] != [room]:
                self.rooms.append(room)
        sys.setprofile(self)


def test_a_values_key_passes_few_rooms_and_does_not_go_back_and_forth(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    files.write(tmp_path, CHART)
    monkeypatch.chdir(tmp_path)
    walk, before = Walk(), sys.getprofile()
    sys.setprofile(walk)
    try:
        assert run(["diff", "stage", "prod", "--set", f"{KEY}=2"]) == 0
    finally:
        sys.setprofile(before)
    assert f"{KEY}  1 → 2" in capsys.readouterr().out
    print(f"{len(walk.rooms)} stays in {len(set(walk.rooms))} rooms: {' → '.join(walk.rooms)}")
    assert (walk.rooms[0], walk.rooms[-1]) == ("cli", "report")
    assert len(set(walk.rooms)) <= 10
    assert {room: stays for room, stays in Counter(walk.rooms).items() if stays > 4} == {}
