"""Receives Gong's call events, never loses one, enriches them through Gong's API and stores them in Snowflake."""

__version__ = "0.1.0"
