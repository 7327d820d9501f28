"""What a reviewer would turn down, found before anything is submitted.  Pure."""
