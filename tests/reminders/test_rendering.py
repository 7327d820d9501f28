from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinics.models import Language
from kernel.segments import measure
from reminders.rendering import KNOWN, Rendered, Unrenderable, Values, check, render
from reminders.visible import as_name, as_words, plain

EN, ES = Language.en, Language.es
ENGLISH = (
    "{clinic}: Hi {first_name}, your visit is {weekday} {date} at {time}, {location}. "
    "Reply C to confirm, R to reschedule or call {phone}. STOP to opt out."
)
SPANISH = (
    "{clinic}: {first_name}, su cita es el {weekday} {date}, {time}, {location}. "
    "Responda C para confirmar o llame al {phone}. STOP para no recibir mensajes."
)
VISIT = Values(
    clinic="Maple Dental",
    clinic_phone="+14155550134",
    first_name="Ana",
    starts_at=datetime(2026, 12, 1, 23, 0, tzinfo=UTC),
    time_zone="America/Los_Angeles",
    show_zone=False,
    location="12 Oak St",
    provider="Dr. Lee",
)


def body(template, values=VISIT, language=EN):
    rendered = render(template, values, language)
    assert isinstance(rendered, Rendered)
    return rendered.body


def test_an_english_reminder_reads_like_one():
    assert body(ENGLISH) == (
        "Maple Dental: Hi Ana, your visit is Tue Dec 1 at 3:00 PM, 12 Oak St. "
        "Reply C to confirm, R to reschedule or call (415) 555-0134. STOP to opt out."
    )


def test_a_spanish_reminder_reads_like_one():
    assert body(SPANISH, language=ES) == (
        "Maple Dental: Ana, su cita es el martes 1 dic, 3:00 PM, 12 Oak St. Responda C "
        "para confirmar o llame al (415) 555-0134. STOP para no recibir mensajes."
    )


@pytest.mark.parametrize("language", [EN, ES])
@pytest.mark.parametrize("month", range(1, 13))
@pytest.mark.parametrize("day", range(1, 8))
def test_no_date_costs_more_than_a_plain_text(language, month, day):
    values = replace(VISIT, starts_at=datetime(2026, month, day, 20, 0, tzinfo=UTC))

    assert measure(body("{weekday} {date} {time}", values, language)).encoding == (
        "GSM-7"
    )


def test_the_zone_is_said_only_where_hers_differs():
    assert body("{time}") == "3:00 PM"
    assert body("{time}", replace(VISIT, show_zone=True)) == "3:00 PM PST"
    assert body("{zone}") == "PST"


def test_midnight_and_noon_are_twelve():
    midnight = replace(VISIT, starts_at=datetime(2026, 12, 1, 8, 0, tzinfo=UTC))
    noon = replace(VISIT, starts_at=datetime(2026, 12, 1, 20, 5, tzinfo=UTC))

    assert body("{time}", midnight) == "12:00 AM"
    assert body("{time}", noon) == "12:05 PM"


def test_what_the_clinic_did_not_say_leaves_no_hole():
    bare = replace(VISIT, first_name="", location=" ", provider="\u200b")

    assert body("{first_name}, {location}, {provider}", bare) == (
        "patient, our office, your care team"
    )
    assert body("{first_name}", bare, ES) == "paciente"


@pytest.mark.parametrize(
    ("template", "named"),
    [
        ("Hi {name}", "{name}"),
        ("{{ config.SECRET_KEY }}", "bracket"),
        ("{patient.__class__}", "{patient.__class__}"),
        ("{first_name.__class__}", "{first_name.__class__}"),
        ("{first_name!r}", "{first_name!r}"),
        ("{first_name:>99999999}", "{first_name:>99999999}"),
        ("{0}", "{0}"),
        ("{}", "{}"),
        ("{ first_name }", "{ first_name }"),
        ("{FIRST_NAME}", "{FIRST_NAME}"),
        ("{first_name", "bracket"),
        ("first_name}", "bracket"),
        ("{{first_name}}", "bracket"),
        ("{% for x in ().__class__.__mro__ %}", "{% for"),
        ("", "empty"),
        ("  ", "empty"),
        ("Hi\n{first_name}", "line break"),
        ("Hi \x00{first_name}", "control character"),
        ("x" * 460, "segments"),
        ("á" * 202, "segments"),
    ],
)
def test_a_wording_that_cannot_be_used_names_what_is_wrong(template, named):
    assert any(named in problem for problem in check(template, EN))
    assert isinstance(render(template, VISIT, EN), Unrenderable)


@pytest.mark.parametrize("text", ["%(first_name)s", "$first_name", "<b>", "100 %"])
def test_other_template_languages_are_only_text(text):
    assert body(text) == text


def test_every_problem_is_named_at_once():
    assert len(check("{name} {surname} }", EN)) == 3


def test_a_wording_is_measured_with_the_longest_values():
    assert check(ENGLISH, EN) == []
    assert check(SPANISH, ES) == []
    assert check(ENGLISH + "x" * 260, EN)
    assert isinstance(render(ENGLISH + "x" * 260, VISIT, EN), Rendered)


def test_a_value_that_looks_like_a_placeholder_stays_a_word():
    sly = replace(VISIT, location="{phone}", clinic="{clinic}")

    assert body("{location} {clinic}", sly) == "phone clinic"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Ana", "Ana"),
        ("  María   José ", "María José"),
        ("Anne-Marie", "Anne-Marie"),
        ("O’Neil", "O'Neil"),
        ("J.R.", "J R"),
        ("Ana http://evil.tld/", "Ana"),
        ("http://evil.tld", ""),
        ("evil.tld", "evil tld"),
        ("evil．tld", "evil tld"),
        ("www.evil", ""),
        ("ana@evil.tld", ""),
        ("Ana 😀", "Ana"),
        ("Ana\u202eanA", "AnaanA"),
        ("A\x00n\x1ba", "Ana"),
        ("Ana\nSTOP", "Ana STOP"),
        ("=HYPERLINK(1)", "HYPERLINK"),
        ("{clinic}", "clinic"),
        ("m" * 3000, "m" * 20),
        ("\ud800", ""),
        ("李", "李"),
    ],
)
def test_a_name_cannot_become_a_link_or_a_bill(name, shown):
    assert as_name(name, 20) == shown


@pytest.mark.parametrize(
    ("place", "shown"),
    [
        ("12 Oak St., Suite 4", "12 Oak St., Suite 4"),
        ("St.Paul", "St. Paul"),
        ("go to evil.tld/x now", "go to now"),
        ("call 10.0.0.1 now", "call now"),
        ("bit.ly/abc", ""),
        ("evil.©tld {a}.{b}", "evil. tld a. b"),
        ("evil.tld©/x now", "now"),
    ],
)
def test_a_place_keeps_its_words_but_no_link(place, shown):
    assert as_words(place, 40) == shown


@given(
    st.lists(st.text(max_size=60), min_size=4, max_size=4),
    st.sampled_from([EN, ES]),
)
def test_no_value_makes_a_checked_wording_fail_or_carry_a_link(texts, language):
    clinic, first, location, provider = texts
    values = replace(
        VISIT, clinic=clinic, first_name=first, location=location, provider=provider
    )

    said = body("{clinic} {first_name} {location} {provider}", values, language)

    assert "://" not in said
    assert "{" not in said
    assert plain(said) == said
    assert not [
        word
        for word in said.split()
        if "." in word.strip(".") and word.rpartition(".")[2][:1].isalpha()
    ]


def test_the_list_of_placeholders_is_short_and_known():
    assert sorted(KNOWN) == [
        *("clinic", "date", "first_name", "location", "phone", "provider"),
        *("time", "weekday", "zone"),
    ]
