import base64
import hashlib
import hmac
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict

from gateway.twilio_signature import signature_ok

CORPUS = (
    Path(__file__).parents[2].parent / "shared" / "corpora" / "c_twilio_payloads.jsonl"
)

TOKEN = "not a real token"
URL = "https://heed.example/webhooks/twilio/inbound"
FORM = {"From": "+14155550134", "Body": "STOP", "To": "+12125550100"}


def signed(url, form=FORM, token=TOKEN):
    text = url + "".join(name + form[name] for name in sorted(form))
    digest = hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


@pytest.mark.parametrize(
    ("given_url", "signed_url"),
    [
        (URL, URL),
        (URL + "#rc=5&rp=all", URL),
        ("https://heed.example:443/x?a=%C3%A9", "https://heed.example/x?a=%C3%A9"),
        ("https://heed.example/x?a=b", "https://heed.example:443/x?a=b"),
        ("http://heed.example/x", "http://heed.example:80/x"),
        ("https://heed.example:8443/x", "https://heed.example:8443/x"),
        ("https://heed.example:8443/x", "https://heed.example/x"),
        ("https://u:p@heed.example:8443/x", "https://heed.example:8443/x"),
        ("https://u:p@heed.example/x", "https://u:p@heed.example/x"),
        ("https://heed.example?a=1", "https://heed.example:443?a=1"),
        ("https://[::1]:8443/x", "https://[::1]/x"),
        ("https://[::1]/x", "https://[::1]:443/x"),
        ("http://heed.example/a@b:c", "http://heed.example:80/a@b:c"),
    ],
)
def test_each_way_that_twilio_spells_one_url_is_accepted(given_url, signed_url):
    assert signature_ok(TOKEN, given_url, FORM, signed(signed_url))


@pytest.mark.parametrize(
    ("token", "url", "form", "signature"),
    [
        (TOKEN, URL, FORM, signed(URL, token="another")),
        (TOKEN, URL, {**FORM, "Body": "START"}, signed(URL)),
        (TOKEN, URL, {}, signed(URL)),
        (TOKEN, URL + "/", FORM, signed(URL)),
        (TOKEN, URL, FORM, signed(URL.replace("https", "http"))),
        (TOKEN, URL.replace("heed", "HEED"), FORM, signed(URL)),
        (TOKEN, URL, FORM, signed(URL).lower()),
        (TOKEN, URL, FORM, signed(URL) + " "),
        (TOKEN, URL, FORM, signed(URL.replace("example/", "example:444/"))),
        (TOKEN, URL, FORM, ""),
        ("", URL, FORM, signed(URL, token="")),
    ],
)
def test_anything_else_is_refused(token, url, form, signature):
    assert not signature_ok(token, url, form, signature)


@pytest.mark.parametrize(
    ("url", "form", "signature"),
    [
        (URL, FORM, None),
        (URL, FORM, b"bytes"),
        (URL, FORM, "é"),
        (URL, FORM, "\ud800"),
        (URL, {**FORM, "Body": "\ud800"}, "x"),
        (URL, {**FORM, "Body": None}, "x"),
        (URL, {**FORM, 1: "x"}, "x"),
        (URL, None, "x"),
        ("https://heed.example:99999/x", FORM, signed("https://heed.example:99999/x")),
        ("https://heed.example:abc/x", FORM, signed("https://heed.example:abc/x")),
        ("https://[::1/x", FORM, signed("https://[::1/x")),
        ("https:///x", FORM, signed("https:///x")),
        ("", FORM, signed("")),
        ("\ud800", FORM, "x"),
        (None, FORM, "x"),
    ],
)
def test_hostile_input_is_refused_and_raises_nothing(url, form, signature):
    assert signature_ok(TOKEN, url, form, signature) is False


@given(st.text(), st.text(), st.dictionaries(st.text(), st.text()), st.text())
def test_no_text_at_all_raises(token, url, form, signature):
    assert signature_ok(token, url, form, signature) is False
    assert signature_ok(token, "https://" + url, form, signature) is False


def test_repeated_fields_count_once_each_as_the_vendor_counts_them():
    form = MultiDict([("Body", "STOP"), ("Body", "HI"), ("Body", "HI")])
    signature = signed(URL, {"Body": "HIBodySTOP"})

    assert signature_ok(TOKEN, URL, form, signature)
    assert RequestValidator(TOKEN).validate(URL, form, signature)


ORDINARY = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
PATHS = st.text("abcXYZ019-._~%/", max_size=20)


@given(
    st.sampled_from(["https", "http"]),
    st.sampled_from(["", ":80", ":443", ":8443"]),
    PATHS,
    st.sampled_from(["", "?a=1", "?a=%C3%A9&b="]),
    st.dictionaries(ORDINARY, ORDINARY, max_size=5),
    st.sampled_from(["right", "ported", "portless", "wrong"]),
)
def test_the_vendors_own_validator_agrees(scheme, port, path, query, form, how):
    url = f"{scheme}://heed.example{port}/{path}{query}"
    bare = url.replace(port, "", 1) if port else url
    standard = ":443" if scheme == "https" else ":80"
    signature = {
        "right": signed(url, form),
        "ported": signed(bare.replace(".example", ".example" + standard, 1), form),
        "portless": signed(bare, form),
        "wrong": signed(url, {**form, "x": "y", "z": ""}),
    }[how]

    theirs = RequestValidator(TOKEN).validate(url, form, signature)

    assert signature_ok(TOKEN, url, form, signature) == theirs


# The one vector with a JSON body: it is not a form, and its URL carries no bodySHA256.
JSON_BODY = "json body but url has no bodySHA256"


@pytest.mark.skipif(not CORPUS.exists(), reason="shared/corpora is absent")
def test_every_published_vector_is_judged_as_published():
    rows = [json.loads(line) for line in CORPUS.read_text("utf-8").split("\n") if line]
    vectors = [row for row in rows if row["record_type"] == "signature_vector"]
    forms = [row for row in vectors if row["description"] != JSON_BODY]

    for row in forms:
        assert (
            signature_ok(row["auth_token"], row["url"], row["params"], row["signature"])
            is row["expected_valid"]
        ), row["text"]
    assert (len(vectors), len(forms)) == (15, 14)
