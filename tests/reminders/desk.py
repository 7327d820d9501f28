"""The desk's pages over Pat of Maple and Sam of Birch: what their tests share."""

import io

from sqlmodel import col, select

from clinics.models import Patient, StaffAction
from consent.disclosures import newest
from consent.models import Grade, Topic
from consent.record import opt_in
from consent.standing import line_state, lock_line
from tests.conftest import NOW, PAT

DESK, ADMIN = "desk@maple-dental.example", "admin@maple-dental.example"
BIRCH = "desk@birch-eye.example"
LIST = "/desk/maple-dental/patients"
OLD = PAT  # her number before it changes
PDF = b"%PDF-1.7\n% signed\n%%EOF\n"


def database(pages):
    return pages.extensions["heed"].database


def id_of(pages, name):
    with database(pages).reading() as session:
        return session.exec(
            select(Patient.id).where(col(Patient.given_name) == name)
        ).one()


def of(pages, name, page=""):
    return f"{LIST}/{id_of(pages, name)}{page}"


def word(pages, cast, phone=PAT):
    with database(pages).reading() as session:
        return line_state(session, cast.maple.clinic_id, phone).word


def said(pages, cast, change, *facts):
    with database(pages).writing() as writing:
        lock_line(writing, cast.maple.clinic_id, PAT)
        return change(writing, cast.maple.clinic_id, PAT, *facts, NOW)


def actions(pages):
    with database(pages).reading() as session:
        return [one.action for one in session.exec(select(StaffAction))]


def form(pages, cast, **changes):
    with database(pages).reading() as session:
        paper = newest(session, cast.maple.clinic_id, "paper", "en")
        verbal = newest(session, cast.maple.clinic_id, "verbal", "en")
    return {
        "paper": {
            "care": "1",
            "signed_on": "2026-11-30",
            "wording": paper.sha256 if paper else "",
            "scan": (io.BytesIO(PDF), "form.pdf"),
            **changes,
        },
        "verbal": {
            "said_yes": "1",
            "wording": verbal.sha256 if verbal else "",
            "seen_stop": "0",
            **changes,
        },
    }


def person(place, number, given, family, phone=None, **more):
    return Patient(
        clinic_id=place.clinic_id,
        external_id=f"M-{number}",
        given_name=given,
        family_name=family,
        phone=phone or f"+1206555{number:04}",
        updated_at=NOW,
        **more,
    )


def stored(database, *people):
    with database.writing() as session:
        session.add_all(people)
        session.flush()
        return [one.id for one in people]


def agreed(database, place, phone, *topics):
    with database.writing() as session:
        lock_line(session, place.clinic_id, phone)
        for topic in topics or (Topic.care,):
            opt_in(session, place.clinic_id, phone, topic, Grade.recorded, {}, NOW)
