"""`python -m app.gong_webhook`."""

from __future__ import annotations

from app.gong_webhook.cli import main

# uvicorn's worker processes import this module too
if __name__ == "__main__":
    main()
