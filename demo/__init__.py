"""Two invented clinics, and everything started at once: what `make run` shows."""
