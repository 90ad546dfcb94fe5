"""A cluster, as chartgen asks it: over the connection of the user's own kubectl, by the context of an environment."""
