"""What the voice service adds to what it stands before."""
