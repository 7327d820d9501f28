import json
from datetime import timedelta

import pytest
from sqlmodel import select

from clinics.models import Language, Patient, Task
from consent.models import ConsentDetail, PageLink
from consent.page_links import KEPT, LASTS, make, of_token
from gateway.models import Message, MessageKind
from kernel.errors import Invalid
from kernel.hashing import sha256_hex
from registration.models import WordingKind
from registration.wordings import add as add_wording
from tests.conftest import NOW, PAT
from tests.gateway.own_pages import token_in
from tests.texted import texts

ADDRESS = "https://texts.example"
CONFIRM = WordingKind.opt_in_confirmation
LINKED = "{clinic}: you will get appointment texts. Yours: {receipt} STOP to opt out."
SPANISH = "{clinic}: recibira mensajes. Suyo: {receipt} STOP: no recibir mas."


def all_of(database, table):
    with database.reading() as reading:
        return list(reading.exec(select(table)))


def says(database, place, text, language=Language.en, kind=CONFIRM):
    with database.writing() as writing:
        where = (place.clinic_id, place.campaign_id)
        add_wording(writing, *where, kind, language, text, NOW)


def test_a_confirmation_carries_a_link_where_its_wording_has_a_place(database, cast):
    says(database, cast.maple, LINKED)

    texts(database, cast.maple, "START", our_address=ADDRESS)

    (sent,) = all_of(database, Message)
    (link,) = all_of(database, PageLink)
    token = token_in(sent.body)
    assert sent.kind is MessageKind.opt_in_confirmation
    assert f"Yours: {ADDRESS}/p/{token} STOP" in sent.body
    assert link.token_hash == sha256_hex(token.encode())
    assert (link.clinic_id, link.phone) == (cast.maple.clinic_id, PAT)
    assert (link.made_by, link.language) == (None, "en")
    assert link.expires_at == NOW + LASTS
    assert token not in json.dumps(
        [one.detail for one in all_of(database, ConsentDetail)]
    )


def test_a_wording_without_a_place_is_sent_as_before(database, cast):
    texts(database, cast.maple, "START", our_address=ADDRESS)

    (sent,) = all_of(database, Message)
    assert "/p/" not in sent.body
    assert all_of(database, PageLink) == []


def test_other_answers_and_other_clinics_make_no_link(database, cast):
    says(database, cast.maple, LINKED)

    texts(database, cast.birch, "START", our_address=ADDRESS)
    texts(database, cast.maple, "HELP", our_address=ADDRESS)
    texts(database, cast.maple, "STOP", our_address=ADDRESS)

    assert len(all_of(database, Message)) == 3
    assert all_of(database, PageLink) == []


def test_the_link_speaks_the_patients_language(database, cast):
    says(database, cast.maple, LINKED)
    says(database, cast.maple, SPANISH, Language.es)
    with database.writing() as writing:
        writing.add(
            Patient(
                clinic_id=cast.maple.clinic_id,
                external_id="1",
                given_name="Vera",
                family_name="Lee",
                phone=PAT,
                language=Language.es,
                updated_at=NOW,
            )
        )

    texts(database, cast.maple, "START", our_address=ADDRESS)

    assert "Suyo: https" in all_of(database, Message)[0].body
    assert [one.language for one in all_of(database, PageLink)] == ["es"]


def test_a_placeholder_is_never_sent_as_it_is(database, cast):
    says(database, cast.maple, LINKED)

    texts(database, cast.maple, "START")  # nobody says where our pages are

    assert all_of(database, Message) == []
    (task,) = all_of(database, Task)
    assert "public address is not known" in task.sentence


@pytest.mark.parametrize("kind", sorted(set(WordingKind) - {CONFIRM}))
def test_only_the_confirmation_may_have_a_link(database, cast, kind):
    with pytest.raises(Invalid, match="only the opt-in"):
        says(database, cast.maple, LINKED, kind=WordingKind(kind))


def made(database, place, at=NOW, by=None, phone=PAT):
    with database.writing() as writing:
        return make(writing, place.clinic_id, phone, "en", at, by)


def lasts_until(database, token):
    with database.reading() as reading:
        return of_token(reading, token).expires_at


def test_the_desks_link_ends_the_older_ones_of_this_phone_and_clinic_only(
    database, cast
):
    old = [made(database, cast.maple), made(database, cast.maple, by="desk@x.example")]
    others = [
        made(database, cast.birch),
        made(database, cast.maple, phone="+12065550112"),
    ]
    soon = NOW + timedelta(minutes=1)

    new = made(database, cast.maple, soon, "desk@x.example")
    in_a_text = made(database, cast.maple, soon)

    assert [lasts_until(database, one) for one in old] == [NOW, soon]
    assert {lasts_until(database, one) for one in others} == {NOW + LASTS}
    assert (
        lasts_until(database, new) == lasts_until(database, in_a_text) == soon + LASTS
    )


def test_a_link_is_131_bits_of_chance_and_goes_when_it_is_long_over(database, cast):
    tokens = {made(database, cast.maple) for _ in range(20)}
    later = NOW + LASTS + KEPT + timedelta(seconds=1)

    made(database, cast.birch, later)
    kept = len(all_of(database, PageLink))
    made(database, cast.maple, later)

    assert {len(one) for one in tokens} == {22}
    assert all(one.isascii() and one.isalnum() for one in tokens)
    assert len(tokens) == 20
    assert kept == 21
    assert len(all_of(database, PageLink)) == 2
