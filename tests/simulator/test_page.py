import re

import pytest
import requests

CLINIC, PAT = "+14155550100", "+14155550134"


def page(simulator, path="/"):
    with requests.get(simulator.base + path, timeout=5) as answer:
        assert answer.status_code == 200
        return answer.text


def press(simulator, path, follow=True, headers=None, **form):
    with requests.post(
        simulator.base + path, form, timeout=5, allow_redirects=follow, headers=headers
    ) as answer:
        return answer.status_code, answer.text


def test_a_person_texts_from_a_phone_and_reads_the_answer(simulator):
    simulator.put(f"phones/{PAT}", {"label": "Pat", "carrier": "att"})

    status, shown = press(
        simulator, "/phones/%2B14155550134/texts", to=CLINIC, body="HELP"
    )
    simulator.idle()
    later = page(simulator, "/?phone=%2B14155550134")

    assert status == 200
    assert re.search(r'class="bubble sent">.*?HELP', shown, re.S)
    assert "Reply STOP to unsubscribe" in later
    assert "from the vendor itself" in later
    assert "(415) 555-0134" in later


def test_everything_shown_is_escaped(simulator):
    hostile = "<img src=x onerror=alert(1)>{{7*7}}\"'"
    simulator.put(f"phones/{PAT}", {"label": hostile})
    simulator.put(f"numbers/{CLINIC}", {"friendly_name": hostile})

    simulator.text(hostile)
    shown = page(simulator, "/?phone=%2B14155550134&problem=%3Cb%3Ebad")

    assert "<img" not in shown
    assert "<b>bad" not in shown
    assert "{{7*7}}" in shown
    assert "&lt;img src=x onerror=alert(1)&gt;" in shown


def test_the_page_is_safe_under_a_strict_policy(simulator):
    with requests.get(simulator.base + "/", timeout=5) as answer:
        policy = answer.headers["Content-Security-Policy"]
        shown = answer.text

    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert not re.search(r"\son\w+=|style=|<style|javascript:", shown)
    sources = re.findall(r'(?:src|href|action)="([^"]+)"', shown)
    assert sources
    assert all(source.startswith(("/", "#", "data:,")) for source in sources)


def test_a_carrier_is_moved_and_a_phone_set_by_hand(simulator):
    moved, _ = press(simulator, "/campaigns/maple-care/att", status="SUSPENDED")
    added, shown = press(
        simulator, "/phones", phone="(415) 555-0177", carrier="tmobile", label="Ana"
    )
    settled, _ = press(
        simulator,
        "/phones/%2B14155550177/settings",
        carrier="att",
        line_type="mobile",
        behaviour="unreachable",
    )

    assert (moved, added, settled) == (200, 200, 200)
    assert "Ana" in shown
    campaign = simulator.ask("GET", "/sim/campaigns")[0]
    assert campaign["carriers"]["att"] == "SUSPENDED"
    phone = simulator.ask("GET", "/sim/phones/+14155550177")
    assert (phone["carrier"], phone["behaviour"]) == ("att", "unreachable")
    assert phone["label"] == "Ana"


@pytest.mark.parametrize(
    ("path", "form", "says"),
    [
        ("/phones/%2B14155550134/texts", {"to": CLINIC, "body": ""}, "Write something"),
        ("/phones/%2B14155550134/texts", {"to": "+1999", "body": "x"}, "Nobody has"),
        ("/phones", {"phone": "12"}, "ten digits"),
        ("/campaigns/none/att", {"status": "REVIEW"}, "no campaign"),
    ],
)
def test_what_cannot_be_done_is_said(simulator, path, form, says):
    _, shown = press(simulator, path, **form)

    assert re.search(rf'role="alert">[^<]*{says}', shown)


def test_another_site_cannot_press_a_button(simulator):
    path, form = "/phones/%2B14155550134/texts", {"to": CLINIC, "body": "STOP"}

    status, _ = press(
        simulator, path, headers={"Origin": "https://evil.example"}, **form
    )
    own, _ = press(simulator, path, headers={"Origin": simulator.base}, **form)

    assert (status, own) == (403, 200)
    assert len(simulator.screen()) >= 1


def test_an_empty_world_says_what_to_do(simulator):
    simulator.ask("POST", "/sim/reset")

    assert "No phone yet" in page(simulator)


BIRCH = "+12125550100"
ABEL, THEO, ZOE = "+19175550133", "+14155550113", "+19175550135"


@pytest.fixture
def two_clinics(simulator):
    """Theo and Zoe text with Maple Dental in California, Abel with Birch in New York."""
    simulator.put(f"numbers/{CLINIC}", {"friendly_name": "Maple Dental"})
    account = simulator.ask("GET", "/sim/numbers")[0]["account_sid"]
    birch = {"friendly_name": "Birch Eye Care", "account_sid": account}
    simulator.put(f"numbers/{BIRCH}", birch)
    for phone, label, home in (
        (ZOE, "Zoe", CLINIC),
        (ABEL, "Abel", BIRCH),
        (THEO, "Theo", CLINIC),
    ):
        simulator.put(f"phones/{phone}", {"label": label, "home": home})
    return simulator


def names(shown):
    return re.findall(r'class="(?:name|clinic)">([^<]+)<', shown)


def test_phones_stand_by_clinic_and_name_the_first_clinic_first(two_clinics):
    assert names(page(two_clinics)) == [
        "Maple Dental",
        "Theo",
        "Zoe",
        "Birch Eye Care",
        "Abel",
    ]


@pytest.mark.parametrize("find", ["theo", "415) 555-0113", "%2B14155550113"])
def test_a_phone_is_found_by_its_name_or_number(two_clinics, find):
    shown = page(two_clinics, f"/?find={find}")

    assert names(shown) == ["Maple Dental", "Theo"]
    assert '<h2 id="phone-name">Theo</h2>' in shown
    assert "No texts yet with Maple Dental" in shown


def test_a_search_that_finds_nothing_says_so(two_clinics):
    shown = page(two_clinics, "/?find=nobody")

    assert names(shown) == []
    assert "No phone fits." in shown


@pytest.mark.parametrize(
    ("phone", "clinic", "zone"), [(THEO, CLINIC, "P[SD]T"), (ABEL, BIRCH, "E[SD]T")]
)
def test_times_are_those_of_the_clinic(two_clinics, phone, clinic, zone):
    two_clinics.ask("POST", f"/sim/phones/{phone}/texts", {"to": clinic, "body": "C"})

    shown = page(two_clinics, f"/?phone=%2B{phone[1:]}")

    assert re.search(rf"\d+:\d\d [AP]M {zone}</time>", shown)
