"""Which objects of two renders are the same one, and what differs between them."""
