"""An environment of a chart, for tests that look at no files."""

from __future__ import annotations

from pathlib import Path

from chartgen.model import Target

PROD = Target("charts/web", Path("charts/web"), "prod", "web", "default", ())
