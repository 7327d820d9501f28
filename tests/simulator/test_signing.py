import hashlib
import hmac
from base64 import b64encode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from simulator.signing import registry_signature, twilio_signature


def test_the_published_example_is_reproduced():
    form = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+14158675310",
        "Digits": "1234",
        "From": "+14158675310",
        "To": "+18005551212",
    }

    signature = twilio_signature(
        "12345", "https://example.com/myapp.php?foo=1&bar=2", form
    )

    assert signature == "L/OH5YylLD5NRKLltdqwSvS0BnU="


@pytest.mark.parametrize(
    ("configured", "requested"),
    [
        ("http://127.0.0.1:5000/in", "http://127.0.0.1:5000/in"),
        ("https://heed.example/in#rc=5&rp=all", "https://heed.example/in"),
        ("https://heed.example/in?a=%20b#ct=1", "https://heed.example/in?a=%20b"),
        ("https://user:pass@heed.example/in", "https://heed.example/in"),
    ],
)
def test_fragment_and_password_are_not_signed(configured, requested):
    form = {"Body": "STOP", "From": "+14155550134"}

    signature = twilio_signature("token", configured, form)

    assert RequestValidator("token").validate(requested, form, signature)
    assert not RequestValidator("token").validate(requested + "x", form, signature)


@settings(max_examples=100, deadline=None)
@given(
    st.dictionaries(
        st.text(min_size=1, max_size=8),
        st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
        max_size=5,
    )
)
def test_the_official_validator_agrees_on_any_form(form):
    url = "https://heed.example/webhooks/twilio/inbound"
    form = {name: value for name, value in form.items() if name.isprintable()}

    assert RequestValidator("t").validate(url, form, twilio_signature("t", url, form))


def test_a_registry_event_is_signed_over_its_canonical_form():
    url = "https://heed.example/webhooks/tcr"
    body = {"mnoId": 10017, "eventType": "X", "mnoName": "AT&T", "mock": False}
    canonical = '{"eventType":"X","mnoId":10017,"mnoName":"AT&T","mock":false}'

    digest = hmac.new(b"secret", (url + canonical).encode(), hashlib.sha1).digest()

    assert registry_signature("secret", url, body) == b64encode(digest).decode()
