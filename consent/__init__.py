"""May we text this person, and can we prove it."""
