"""Where targets come from: what a user names on the command line, resolved to what Helm must be told."""
