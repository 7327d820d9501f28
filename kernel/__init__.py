"""How do we touch the outside, and the small facts everyone shares."""
