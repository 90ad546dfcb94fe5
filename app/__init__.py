"""The services that the charts deploy, and beside them what they share."""
