"""What goes into every pack besides the records: its own check and its README.

`verify.py` stands alone on purpose: it imports nothing of ours.
"""
