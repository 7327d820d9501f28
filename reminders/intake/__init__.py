"""Appointments from what a clinic has: files, line by line, problems named."""
