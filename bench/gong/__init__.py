"""The Gong webhook service: acknowledging, draining, starting."""
