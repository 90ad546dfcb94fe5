"""`python -m app.dv_pipecat`."""

from __future__ import annotations

from app.stopping import heed_sigterm

heed_sigterm()
# only now: what it imports takes its time
from app.dv_pipecat.cli import main  # noqa: E402

main()
