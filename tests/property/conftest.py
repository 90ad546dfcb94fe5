"""How long properties are tried: the whole folder in seconds; in CI with the same examples each time."""

from __future__ import annotations

import os

from hypothesis import settings

settings.register_profile(
    "property", settings.get_profile("chartgen"), max_examples=100, derandomize=os.environ.get("CI") == "true"
)
settings.load_profile("property")
