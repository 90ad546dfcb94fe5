"""Files: targets, resolved to what Helm must be told, and where in a chart something is written."""
