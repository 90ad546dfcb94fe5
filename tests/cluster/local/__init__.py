"""A real Kubernetes without docker: see README.md."""

from __future__ import annotations

from .building import Failed, build, is_built
from .cluster import Running, attach, down, up
from .machine import lacking

__all__ = ["Failed", "Running", "attach", "build", "down", "is_built", "lacking", "up"]
