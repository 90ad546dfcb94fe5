"""A chart's values: their layers, and the schema that guards them."""
