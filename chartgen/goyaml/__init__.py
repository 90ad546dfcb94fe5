"""YAML as Go reads it, and how deep it may nest."""
