"""How fast Heed is on this machine, as ratios to what the same machine could do.

`python -m bench` runs everything once, interleaved, and prints medians.  It is no test:
nothing fails here.
"""
