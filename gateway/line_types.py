"""What kind of line a number is, in words.  A table; pure."""

LINES = {
    "landline": "a landline",
    "fixedVoip": "an internet phone line",
    "tollFree": "a toll-free number",
    "premium": "a premium-rate number",
    "voicemail": "a voicemail box",
    "pager": "a pager",
}
