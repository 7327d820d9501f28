"""A stand-in for Twilio, TCR, three carriers and patients' phones.

A separate program that speaks HTTP only: it imports none of Heed and none of
Heed imports it.  What it accepted is the truth in fault tests.
"""
