"""Comparisons of which a side is no set of files, but a release that Helm recorded, or what stands in a cluster."""
