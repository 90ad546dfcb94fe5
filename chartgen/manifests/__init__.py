"""What Helm prints, as objects."""
