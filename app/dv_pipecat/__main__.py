"""`python -m app.dv_pipecat`."""

from __future__ import annotations

from app.dv_pipecat.cli import main

main()
