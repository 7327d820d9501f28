"""The only way in and out."""
