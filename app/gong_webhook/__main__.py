"""`python -m app.gong_webhook`."""

from __future__ import annotations

from app.stopping import heed_sigterm

# uvicorn's worker processes import this module too
if __name__ == "__main__":
    heed_sigterm()
    # only now: what it imports takes its time
    from app.gong_webhook.cli import main

    main()
