"""What the operator's and the clinic's pages of an office number do alike: one step with
its words, the letter, the scan, the link.

No route of its own.
"""

from collections.abc import Callable
from datetime import date
from typing import Any

from flask import Response, flash, redirect, request, url_for
from sqlmodel import Session

from clinics.models import Clinic
from clinics.web import here, me, noted
from consent.attachments import LARGEST, kept
from consent.web import hand_out
from kernel.asked import read_day
from kernel.clock import local_time
from kernel.errors import Conflict, Invalid, NotFound
from kernel.mail import NotSent, send
from kernel.web import heed
from registration import moves, signing
from registration.letter import letter_of, pdf
from registration.moves import NotYet
from registration.number_models import NumberMove

FORM_BYTES = 64 * 1024  # around the file
Step = Callable[[Session], object]
Page = Callable[..., Any]


def act(step: Step, action: str, subject: str, done: str, after: str) -> Any:
    """One step in one transaction, written down; a no is told where it was asked."""

    def work(writing: Session) -> object:
        outcome = step(writing)
        if not isinstance(outcome, NotYet):
            noted(writing, action, subject)
        return outcome

    try:
        outcome = heed().database.retrying(work)
    except (Invalid, Conflict) as mistake:
        outcome = NotYet((str(mistake),))
    if isinstance(outcome, NotYet):
        flash(str(outcome), "problem")
    else:
        flash(done, "done")
    return redirect(after, 303)


def release(move: int, after: str) -> Any:
    day = asked_day("day")
    if day is None:
        return refused("Choose the day on which the other platform lets it go.", after)

    def step(writing: Session) -> object:
        return moves.agree_release(
            writing, here().id, move, day, me().email, heed().now()
        )

    said = f"{day:%A, %B} {day.day}, {day.year}"
    told = f"The release is agreed for {said}. A task comes a business day before it."
    return act(step, "release agreed", f"{move} {day}", told, after)


def tick(move: int, after: str, keys: frozenset[str]) -> Any:
    item = request.form.get("item", "")
    if item not in keys:
        return refused("Choose a line of the cut-over list.", after)

    def step(writing: Session) -> object:
        return moves.tick(writing, here().id, move, item, me().email, heed().now())

    return act(step, "cut-over line done", f"{move} {item}", "Noted as done.", after)


def scan(move: int, after: str) -> Any:
    file, day = request.files.get("scan"), asked_day("signed_on")
    if day is None:
        return refused("Write the day that stands under the letter.", after)
    brought = signing.Scan(
        content=file.read(LARGEST + 1) if file else b"",
        file_name=(file.filename or "") if file else "",
        signer=request.form.get("signer", ""),
        signer_title=request.form.get("signer_title", ""),
        signed_on=day,
    )

    def step(writing: Session) -> object:
        return signing.sign_by_scan(
            writing, here().id, move, brought, me().email, heed().now()
        )

    told = "The signed letter is kept. The number may be hosted now."
    return act(step, "letter signed", f"{move} scan", told, after)


def link(move: int, after: str, page: Page) -> Any:
    """Mailed where that can be; else it stands in this one answer and nowhere else."""
    email = request.form.get("email", "").strip()

    def step(writing: Session) -> str | NotYet:
        by, now = me().email, heed().now()
        made = signing.make_link(writing, here().id, move, by, now)
        if isinstance(made, str):
            noted(writing, "link to sign", str(move))
        return made

    token = heed().database.retrying(step)
    if isinstance(token, NotYet):
        flash(str(token), "problem")
        return redirect(after, 303)
    path = url_for("signing.letter", token=token)
    address = heed().settings.public_base_url.rstrip("/") + path
    lost = "" if not email else _mail(email, address)
    if email and not lost:
        flash(f"A link to sign the letter was mailed to {email}.", "done")
        return redirect(after, 303)
    return page(move, link=address, lost=lost)


def _mail(to: str, address: str) -> str:
    """Why it was not sent; empty when it was."""
    settings = heed().settings
    until = local_time(heed().now() + signing.LINK_LASTS, here().time_zone)
    sent = send(
        settings,
        to,
        f"A letter to sign for {here().name}",
        f"{here().name} wants to text its patients from its office number.\nFor that, "
        f"somebody who may decide about the number signs a letter.\n\nRead it and sign "
        f"it here:\n{address}\n\nThe link works once, until {until}. Do not pass it "
        "on.\n\nIf you expected no such mail, do nothing, and tell the clinic.\n",
    )
    return sent.why if isinstance(sent, NotSent) else ""


def letter_pdf(move: int) -> Response:
    """The letter as it is to be signed, to print."""
    with heed().database.reading() as reading:
        found = _found(reading, move)
        letter = letter_of(found, reading.get_one(Clinic, here().id))
        written = found.created_at
    if letter is None:
        raise NotFound("The letter is not written yet. Fill in its company and signer.")
    answer = Response(pdf(letter, None, written), mimetype="application/pdf")
    name = f"{here().slug}-letter-of-authorization.pdf"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def signed_letter(move: int) -> Response:
    with heed().database.reading() as reading:
        sha256 = _found(reading, move).letter_sha256
        if sha256 is None:
            raise NotFound("The letter is not signed yet.")
        file = kept(reading, here().id, sha256)
    return hand_out(file, f"{here().slug}-signed-letter")


def asked_day(name: str) -> date | None:
    try:
        return read_day(request.form.get(name, ""))
    except Invalid:
        return None


def refused(sentence: str, after: str) -> Any:
    flash(sentence, "problem")
    return redirect(after, 303)


def _found(session: Session, move_id: int) -> NumberMove:
    found = session.get(NumberMove, move_id)
    if found is None or found.clinic_id != here().id:
        raise NotFound("The clinic brings no such number over.")
    return found
