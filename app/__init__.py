"""The two services that the charts deploy."""
