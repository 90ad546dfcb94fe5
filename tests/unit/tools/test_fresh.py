"""tools/fresh.py: which Pythons it finds, what of a machine is seen on a fresh one, and what it says at the end."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tools import bare, fresh
from tools.fresh import Outcome, Step

PASSED = Outcome("3.11.2", (Step("make diff", 0, 12.3), Step("make test", 0, 401)))
BROKEN = Outcome("3.13.5", (Step("make diff", 0, 12.3), Step("make test", 2, 300)))
ABSENT = Outcome("3.12", why="no python3.12 on this machine")
ASKED = "-c import sys; print(sys.base_prefix)"


def saying(answers: dict[str, str]) -> Callable[..., str]:
    """A machine that answers these command lines, and has no other programs."""
    return lambda *words: answers.get(" ".join(words), "")


def test_all_promised_pythons_are_run_unless_some_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert fresh.parse([]).versions == fresh.promised() == ["3.11", "3.12", "3.13"]
    assert fresh.parse(["3.12"]).versions == ["3.12"]
    with pytest.raises(SystemExit, match="2"):
        fresh.parse(["3.9", "3.12"])
    assert "3.9 is not promised: there are 3.11, 3.12, 3.13" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("answers", "prefix"),
    [
        ({f"python3.12 {ASKED}": "/opt/python"}, Path("/opt/python")),
        ({"pyenv prefix 3.12": "/opt/pyenv", f"/opt/pyenv/bin/python {ASKED}": "/opt/pyenv"}, Path("/opt/pyenv")),
        ({"uv python find 3.12": "/opt/uv/python", f"/opt/uv/python {ASKED}": "/opt/uv"}, Path("/opt/uv")),
        # with it would come all else that this machine has
        ({f"python3.12 {ASKED}": "/usr"}, None),
        ({}, None),
    ],
)
def test_a_python_of_this_machine_is_found_as_its_owner_keeps_it(answers: dict[str, str], prefix: Path | None) -> None:
    assert fresh.interpreter("3.12", saying(answers)) == prefix


def test_debians_own_python_is_taken_where_a_debian_has_it() -> None:
    base, root = fresh.machines("3.11", {}) or pytest.fail("none")
    assert (base.suite, root.programs) == ("bookworm", ())
    assert "python3" in base.packages
    assert bare.make(base)[-1] == "bookworm"


def test_what_leads_to_registries_is_handed_on_and_nothing_else(tmp_path: Path) -> None:
    led = {"PIP_INDEX_URL": "https://index.example", "https_proxy": "http://me:secret@proxy.example"}
    led |= {"SSL_CERT_FILE": str(tmp_path), "GOPROXY": "off", "TERM": "dumb"}
    rest = {"REQUIRE_ALL": "1", "PIP_CACHE_DIR": str(tmp_path), "HOME": "/", "GOPATH": "/", "PYTHONPATH": "/"}
    assert bare.handed(led | rest) == led
    assert bare.Shown("ro", tmp_path, tmp_path) in bare.ways_out(led)


def test_a_command_is_the_users_in_namespaces_that_end_with_whoever_made_them(tmp_path: Path) -> None:
    shown = bare.Shown("ro", tmp_path, Path("/opt/python"))
    command = bare.Root(tmp_path / "root", (shown,), ("/opt/python/bin",)).command(["make", "diff"])
    assert command[: len(bare.SPACES)] == bare.SPACES
    mounts, user = (part.split() for part in " ".join(command).split('"$@"\n sh ')[1].split(" -- "))
    assert mounts == [str(tmp_path / "root"), "ro", str(tmp_path), "/opt/python"]
    assert {f"--reuid={bare.UID}", f"--chdir={bare.CHECKOUT}"} < set(user)
    assert user[-3:] == ["PATH=/opt/python/bin:/usr/local/bin:/usr/bin:/bin", "make", "diff"]


def test_a_checkout_is_copied_with_its_history_and_what_has_been_changed_since(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    source.mkdir()
    for name in ("kept", "changed", "removed"):
        (source / name).write_text("before")
    (source / ".gitignore").write_text("ignored\n")
    for words in ("init", "add .", "-c user.name=a -c user.email=a@b commit --message first"):
        subprocess.run(["git", "-C", source, *words.split()], check=True, capture_output=True)
    (source / "removed").unlink()
    (source / "folder").mkdir()
    (source / "folder" / "new").symlink_to("nowhere")
    for name in ("changed", "ignored"):
        (source / name).write_text("after")
    fresh.check_out(source, target)
    assert sorted(path.name for path in target.iterdir()) == [".git", ".gitignore", "changed", "folder", "kept"]
    assert ((target / "kept").read_text(), (target / "changed").read_text()) == ("before", "after")
    assert (target / "folder" / "new").readlink() == Path("nowhere")
    assert subprocess.check_output(["git", "-C", target, "log", "--format=%s"], text=True) == "first\n"


def test_the_last_lines_say_what_passed_what_failed_and_what_was_not_run() -> None:
    assert str(PASSED) == "3.11.2: make diff passed after 12 s, make test passed after 401 s"
    assert str(BROKEN) == "3.13.5: make diff passed after 12 s, make test failed with status 2 after 300 s"
    assert str(ABSENT) == "3.12: not run: no python3.12 on this machine"


@pytest.mark.parametrize(
    ("outcomes", "required", "status"),
    [([PASSED], "1", 0), ([PASSED, BROKEN], "", 1), ([PASSED, ABSENT], "", 0), ([PASSED, ABSENT], "1", 1)],
)
def test_a_python_that_is_not_to_be_had_fails_where_everything_is_required(
    outcomes: list[Outcome], required: str, status: int
) -> None:
    assert fresh.status(outcomes, {"REQUIRE_ALL": required}) == status


def test_without_root_it_says_what_it_needs_root_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert fresh.main([], {}) == 2
    assert "needs root, to unpack a Debian, to mount and to change the user" in capsys.readouterr().err
