"""Measurements of chartgen beside the tools that one would use without it."""
