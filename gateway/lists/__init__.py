"""A vendor's lists of numbers: who is opted out there, and which numbers were given up."""
