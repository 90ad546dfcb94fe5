"""The version of a chart before today's, out of the repository's history."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cluster.test_charts_versions import chart_at, git, version_before


@pytest.mark.parametrize("chart", ["dv-pipecat", "gong-webhook"])
def test_the_version_before_has_another_chart(chart: str, tmp_path: Path) -> None:
    version = version_before(chart)
    assert (chart_at(version, chart, tmp_path) / "Chart.yaml").exists()
    changed = git("diff", "--name-only", version, "HEAD", "--", f"charts/{chart}").stdout.decode().split()
    assert [name for name in changed if not name.endswith(".md")]


@pytest.mark.parametrize(("value", "raised"), [("1", pytest.fail.Exception), ("", pytest.skip.Exception)])
def test_a_history_that_is_missing_fails_where_everything_is_required(
    value: str, raised: type[BaseException], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUIRE_ALL", value)
    with pytest.raises(raised, match="needs the history"):
        chart_at("0" * 40, "dv-pipecat", tmp_path)
