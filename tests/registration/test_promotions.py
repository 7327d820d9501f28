import time

import pytest

from consent.models import Topic
from registration.promotions import outside, promotions

CARE = ("ACCOUNT_NOTIFICATION", ())
MIXED = ("MIXED", ("ACCOUNT_NOTIFICATION", "MARKETING"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{clinic}: your visit is Tuesday. 20% off whitening!", "20% off"),
        ("Get $50 off your next visit", "$50 off"),
        (
            "Your visit is Tuesday. Free dental exam for new patients",
            "Free dental exam",
        ),
        ("A FREE  CONSULTATION waits for you", "FREE  CONSULTATION"),
        ("Save $1,500 on implants", "Save $1,500"),
        ("Limited-time pricing", "Limited-time"),
        ("Bring this coupon", "coupon"),
        ("Use promo code SMILE", "promo code"),
        ("Our summer promotion has begun", "promotion"),
        ("All frames are on sale", "are on sale"),
        ("Refer a friend and smile", "Refer a friend"),
        ("Don’t miss out", "Don’t miss out"),
        ("Please leave us a review", "leave us a review"),
        ("Rate your visit: https://maple.example", "Rate your visit"),
        ("Limpieza dental gratis este mes", "Limpieza dental gratis"),
        ("15% de descuento en lentes", "15% de descuento"),
        ("Promocion de verano", "Promocion"),
        ("Déjenos una reseña", "Déjenos una reseña"),
    ],
)
def test_promotional_words_are_found_where_they_stand(text, words):
    found = promotions(text)

    assert [one.words for one in found] == [words]
    start, end = found[0].span
    assert text[start:end] == words


@pytest.mark.parametrize(
    "text",
    [
        "Free parking behind the building.",
        "Free Wi-Fi in the waiting room.",
        "Feel free to call before your exam.",
        "Feel free to bring your own frames.",
        "Our office is off Main St.",
        "We moved to 20 Off Street.",
        "The entrance is on Sale Street.",
        "Our office is on Promontory Road.",
        "Call us toll-free at (800) 555-0100.",
        "Are you free for a check-up on Tuesday?",
        "Please review your forms before your exam.",
        "Your doctor will review the results with you.",
        "Save this number so that you know our texts.",
        "Take exit 20, off I-5.",
        "This is a smoke-free building.",
        "Our exam rooms are fragrance-free; exam at 9.",
        "Interpreters are free of charge.",
        "Symptom free? Then come. Exam at 9.",
        "This text deals with your visit.",
        "Ask for the special entrance on 5th.",
        "We offer interpreters.",
        "Your day off is Monday, so we booked Tuesday.",
        "Turn off your phone, please.",
        "Bring your insurance card and a gift for nobody.",
        "You have a balance of $20. Office hours 9 to 5.",
        "Estacionamiento gratis detrás del edificio.",
        "Le ofrecemos un intérprete sin costo.",
        "Llame gratis al 800 555 0100 antes de su examen.",
        "Siéntase libre de llamar.",
    ],
)
def test_ordinary_words_of_a_clinic_raise_no_alarm(text):
    assert promotions(text) == ()


@pytest.mark.parametrize(
    ("declared", "text", "outlawed"),
    [
        (CARE, "20% off", True),
        (CARE, "Leave us a review", True),
        (("DELIVERY_NOTIFICATION", ()), "Special offer: 20% off", True),
        (("MARKETING", ()), "20% off. Leave us a review", False),
        (MIXED, "20% off. Leave us a review", False),
        (("MIXED", ("CUSTOMER_CARE", "2FA")), "20% off", True),
        (("NEW_SINCE_THEN", ()), "20% off", True),
        (CARE, "See you on Tuesday", False),
    ],
)
def test_r133_a_use_case_without_promotions_allows_none(declared, text, outlawed):
    assert bool(outside(text, *declared)) is outlawed


def test_a_review_request_is_of_another_family_than_an_offer():
    found = promotions("20% off if you write a review")

    assert [one.family for one in found] == [Topic.marketing, Topic.reviews]


@pytest.mark.parametrize(
    "piece", ["free ", "free aaaa ", "save ", "$", "$1", "20%", "limpieza a ", " "]
)
def test_time_grows_with_the_length_and_not_faster(piece):
    """Ten times the text may cost forty times at most; its square would be a hundred."""
    short, long = piece * (2_000 // len(piece)), piece * (20_000 // len(piece))
    promotions(short)

    assert _seconds(long) < 40 * _seconds(short) + 0.05


def _seconds(text):
    started = time.perf_counter()
    promotions(text)
    return time.perf_counter() - started
