"""Of processes that ask for an image at once, one builds it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from threading import Event

from tests.cluster.images import Built, once
from tests.images.building import Builder

# for whoever builds beside the other to be seen; it ends no wait that goes well
LOOK_SECONDS = 0.3


class Having(Builder):
    """Any image."""

    def has(self, image: str) -> bool:  # noqa: ARG002
        return True


def test_who_asks_while_an_image_is_built_is_given_that_one(tmp_path: Path) -> None:
    builder, begun, asked = Having(tmp_path), Event(), Event()

    def make() -> Built:
        begun.set()
        asked.wait()
        return Built("image:1", "first")

    with ThreadPoolExecutor() as pool:
        first = pool.submit(once, builder, "made", make)
        begun.wait()
        second = pool.submit(once, builder, "made", lambda: Built("image:1", "second"))
        early = wait([second], timeout=LOOK_SECONDS).done
        asked.set()
        assert not early
        assert [first.result().id, second.result().id] == ["first", "first"]
    assert once(builder, "made", lambda: Built("image:1", "third")).id == "first"
    assert sorted(path.name for path in (tmp_path / "made").iterdir()) == ["made", "made.lock"]


def test_a_build_that_was_ended_leaves_no_note(tmp_path: Path) -> None:
    builder = Having(tmp_path)
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / "made.new").write_text('["imag')
    assert once(builder, "made", lambda: Built("image:1", "second")).id == "second"
