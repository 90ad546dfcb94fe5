"""What was found → a stream: one format a module."""
