"""What is wrong though Helm takes it: one rule a file, and the registry of every kind of finding."""
