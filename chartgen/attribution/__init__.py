"""Why something differs: which values keys make a change, found by experiment."""
