"""A submission that every check passes, and how to spoil one field of it."""

import json
from copy import deepcopy

from registration.submission import Submission, read_submission

FIELDS = {
    "brand": {
        "legal_name": "Tidewater Family Dental, PLLC",
        "dba": "Tidewater Dental",
        "ein": "93-1234567",
        "entity_type": "PRIVATE_PROFIT",
        "vertical": "HEALTHCARE",
        "website": "https://tidewater.example",
        "address": {
            "street": "12 Harbor Road",
            "city": "Astoria",
            "state": "OR",
            "zip": "97103",
        },
        "contact": {
            "name": "Ines Vega",
            "email": "ines@tidewater.example",
            "phone": "(503) 325-0199",
        },
    },
    "campaign": {
        "use_case": "ACCOUNT_NOTIFICATION",
        "sub_use_cases": [],
        "description": "Tidewater Dental, a dental practice in Astoria, Oregon, sends "
        "appointment confirmations and reminders by text to its own patients who ticked "
        "the optional box on the form at https://tidewater.example/texts and then "
        "replied YES.",
        "message_flow": "Patients enter their mobile number on the web form at "
        "https://tidewater.example/texts and tick an optional box that is unticked when "
        "the page opens. Beside it stands: “I agree to receive appointment texts from "
        "Tidewater Dental. Message frequency varies. Message and data rates may apply. "
        "Reply HELP for help, STOP to opt out. Consent is not a condition of care.” A "
        "text then asks them to reply YES, and a confirmation text follows at once.",
        "samples": [
            "Tidewater Dental: your visit is on [date] at [time]. Reply C to confirm or "
            "X if you cannot come. Reply STOP to opt out.",
            "Tidewater Dental: thank you, your appointment on [date] is confirmed. "
            "Reply HELP for help, STOP to opt out.",
        ],
        "opt_in_message": "Tidewater Dental: you are subscribed to appointment texts. "
        "Msg frequency varies. Msg & data rates may apply. Reply HELP for help, STOP to "
        "cancel.",
        "opt_out_message": "Tidewater Dental: you are unsubscribed and will receive no "
        "more messages. Reply START to rejoin.",
        "help_message": "Tidewater Dental: for help call (503) 325-0199. Reply STOP to "
        "cancel.",
        "opt_in_keywords": ["START", "YES"],
        "opt_out_keywords": ["STOP", "UNSUBSCRIBE", "CANCEL", "END", "QUIT"],
        "help_keywords": ["HELP", "INFO"],
        "privacy_policy_url": "https://tidewater.example/privacy",
        "terms_url": "https://tidewater.example/sms-terms",
    },
    "opt_in_proof": [{"kind": "web", "url": "https://tidewater.example/texts"}],
    "fee_receipt": "R-1001",
}


def submission(**changes: object) -> Submission:
    """`campaign__samples=[…]` puts another value there."""
    fields = deepcopy(FIELDS)
    for path, value in changes.items():
        *parents, last = path.split("__")
        place = fields
        for name in parents:
            place = place[name]
        place[last] = value
    return read_submission(json.dumps(fields).encode())
