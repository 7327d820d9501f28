"""The form fields that Twilio posts with a text and with a status.  Pure."""

from datetime import datetime

from simulator.things import FINAL_STATUSES, Message, Number

API_VERSION = "2010-04-01"


def inbound_form(message: Message, number: Number) -> dict[str, str]:
    """An incoming text.  The places are where the numbers were issued, as at Twilio."""
    form = {
        "ToCountry": "US",
        "ToState": "CA",
        "SmsMessageSid": message.sid,
        "NumMedia": str(len(message.media)),
        "ToCity": "",
        "FromZip": "",
        "SmsSid": message.sid,
        "FromState": "CA",
        "SmsStatus": "received",
        "FromCity": "",
        "Body": message.body,
        "FromCountry": "US",
        "To": message.to,
        "ToZip": "",
        "NumSegments": str(message.segments),
        "MessageSid": message.sid,
        "AccountSid": message.account_sid,
        "From": message.sender,
        "ApiVersion": API_VERSION,
    }
    for index, url in enumerate(message.media):
        form |= {f"MediaUrl{index}": url, f"MediaContentType{index}": "image/jpeg"}
    if number.messaging_service_sid:
        form["MessagingServiceSid"] = number.messaging_service_sid
    if message.opt_out_type:
        form["OptOutType"] = message.opt_out_type
    return form


def status_form(message: Message) -> dict[str, str]:
    """A status callback for the message's present status."""
    form = {
        "SmsSid": message.sid,
        "SmsStatus": message.status,
        "MessageStatus": message.status,
        "To": message.to,
        "MessageSid": message.sid,
        "AccountSid": message.account_sid,
        "From": message.sender,
        "ApiVersion": API_VERSION,
    }
    if message.messaging_service_sid:
        form["MessagingServiceSid"] = message.messaging_service_sid
    if message.error_code is not None:
        form["ErrorCode"] = str(message.error_code)
    if message.status in FINAL_STATUSES:
        done = datetime.fromisoformat(message.updated)
        form["RawDlrDoneDate"] = done.strftime("%y%m%d%H%M")
    return form
