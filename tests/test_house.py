"""The rules of the house: sizes, and files that must agree with each other."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def tracked() -> list[Path]:
    """The files that git tracks or would; in an unpacked archive, which has no git, all but what make makes."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listing.returncode == 0:
        return sorted(path for name in listing.stdout.split("\0") if name and (path := ROOT / name).is_file())
    made = re.compile(r"\.venv|\.tools|\.hypothesis|dist|__pycache__|\..*_cache|\.git")
    return sorted(
        path
        for path in ROOT.rglob("*")
        if path.is_file() and not any(made.fullmatch(part) for part in path.relative_to(ROOT).parts)
    )


FILES = tracked()


def named(pattern: str) -> list[str]:
    return [name for path in FILES if re.search(pattern, name := path.relative_to(ROOT).as_posix())]


def lines(name: str) -> int:
    return len((ROOT / name).read_text().splitlines())


@pytest.mark.parametrize(
    ("pattern", "bound"),
    [
        (r"(?<!kube/_table)\.py$", 250),  # that table is data, written by tools/kube_table.py
        (r"^charts/[^/]+/templates/.*\.yaml$", 150),
        (r"^charts/[^/]+/values-[^/]+\.yaml$", 40),
        (r"_helpers\.tpl$", 60),
    ],
)
def test_no_file_is_longer_than_its_bound(pattern: str, bound: int) -> None:
    assert named(pattern), "the pattern matches nothing"
    assert {name: lines(name) for name in named(pattern) if lines(name) > bound} == {}


@pytest.mark.parametrize("name", named(r"\.py$"))
def test_functions_have_at_most_40_lines_and_modules_say_what_they_are(name: str) -> None:
    module = ast.parse((ROOT / name).read_text())
    functions = [node for node in ast.walk(module) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    assert [f"{f.name}:{f.lineno}" for f in functions if (f.end_lineno or 0) - f.lineno >= 40] == []
    assert ast.get_docstring(module)


def overwritten(node: ast.AST) -> str:
    """Whose attribute a piece of code sets or deletes, as it is written there; an object may set its own."""
    if isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load):
        return "" if isinstance(node.value, ast.Name) and node.value.id == "self" else ast.unparse(node)
    if isinstance(node, ast.Call) and re.fullmatch(r"(.*\.)?(set|del)attr", ast.unparse(node.func)):
        return ast.unparse(node.args[0])
    return ""


@pytest.mark.parametrize("name", named(r"^tests/(unit/chartgen|cli)/.*\.py$"))
def test_what_a_test_of_chartgen_sets_is_a_parameter(name: str) -> None:
    """The standard library's own, such as `sys.stdout`, can be had in no other way."""
    found = map(overwritten, ast.walk(ast.parse((ROOT / name).read_text())))
    assert [what for what in found if what and not what.startswith(("'os.", "'sys.", "'tempfile."))] == []


def test_no_file_names_a_registry_host_or_a_path_of_somebodys_machine() -> None:
    traces = re.compile(r"pypi\.org|pythonhosted|proxy\.golang|sum\.golang|/(?:home|Users|root|work)/\w", re.ASCII)
    texts = {path: path.read_text(errors="replace") for path in FILES if path != Path(__file__)}
    assert {path.relative_to(ROOT): found[0] for path, text in texts.items() if (found := traces.search(text))} == {}


def project() -> dict[str, list[str]]:
    """What each lock is made of, by its name: the requirements that pyproject.toml names."""
    data = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups = data["dependency-groups"]
    runtime = data["project"]["dependencies"] + data["build-system"]["requires"]
    pipecat = groups["voice"] + [requirement for requirement in groups["pipecat"] if isinstance(requirement, str)]
    dev = runtime + groups["gong"] + pipecat + groups["test"] + groups["cluster"] + groups["lint"]
    others = {name: groups[name] for name in ("gong", "voice", "sbom", "fakesnow", "go", "lock")}
    return {"runtime": runtime, "dev": dev, "pipecat": pipecat} | others


def pins(lock: str) -> dict[str, str]:
    """Versions by name, the newest where they depend on the version of Python."""
    text = (ROOT / "requirements" / f"{lock}.txt").read_text()
    return dict(sorted(re.findall(r"^([\w.-]+)==(\S+)", text, re.MULTILINE)))


@pytest.mark.parametrize(("lock", "requirements"), project().items())
def test_a_lock_pins_every_requirement_of_pyproject_within_its_bounds(lock: str, requirements: list[str]) -> None:
    pinned = pins(lock)
    for requirement in requirements:
        bounds = re.match(r"([\w.-]+)(?:\[[\w,]+\])?(?:>=([\d.]+))?(?:,<([\d.]+))?", requirement)
        assert bounds is not None
        name, low, high = bounds.groups()
        assert name in pinned, f"{requirement}: run `make lock`"
        assert version(low or "0") <= version(pinned[name]) < version(high or "9999"), f"{requirement}: run `make lock`"


def version(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split(".")))


@pytest.mark.parametrize("lock", ["runtime", "gong", "voice", "pipecat"])
def test_locks_pin_the_same_versions_so_that_tests_run_what_users_get(lock: str) -> None:
    assert pins(lock).items() <= pins("dev").items()


def test_every_pin_has_a_hash() -> None:
    for lock in project():
        text = (ROOT / "requirements" / f"{lock}.txt").read_text()
        pinned = len(re.findall(r"^[\w.-]+==", text, re.MULTILINE))
        assert len(re.findall(r"^[\w.-]+==.*\\\n    --hash=sha256:", text, re.MULTILINE)) == pinned > 0


def targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def test_make_help_lists_every_target() -> None:
    told = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert set(re.findall(r"^  make ([a-z-]+)", told, re.MULTILINE)) == targets()


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", ".ci/run"])
def test_every_make_command_in_a_page_is_a_target(page: str) -> None:
    commands = set(re.findall(r"(?:^\s*(?:\$ )?|`)make ([a-z-]+)", (ROOT / page).read_text(), re.MULTILINE))
    assert commands, "the page names no target"
    assert commands <= targets()
