"""What must be right before a clinic's first live number, each with what to do.

Reads rows and judges; `flask doctor --clinic SLUG` shows it.  Nothing is changed, and
nobody is called.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from clinics.models import Clinic, VendorAccount
from consent.models import Disclosure
from gateway.findings import Finding, Level
from kernel.phone import shown
from kernel.settings import Settings
from registration.board import CampaignLine, board
from registration.brand_words import PROVEN
from registration.brands import brand_of, meaning_of
from registration.layers import newest as newest_version
from registration.models import WordingKind
from registration.number_list import NumberLine, all_numbers
from registration.wordings import in_use

# What a patient may be sent in the first hour.
NEEDED = (
    WordingKind.reminder,
    WordingKind.opt_in_request,
    WordingKind.opt_in_confirmation,
    WordingKind.stop_confirmation,
    WordingKind.help,
)


def before_the_first_text(
    session: Session, clinic: Clinic, settings: Settings, now: datetime
) -> list[Finding]:
    clinic_id = clinic.id or 0
    campaigns = [
        one
        for one in board(session, clinic_id, now, clinic.time_zone)
        if one.expired_at is None
    ]
    numbers = all_numbers(session, now, clinic_id=clinic_id)
    return [
        _account(session, clinic_id),
        *_brand(session, clinic_id, campaigns),
        *_campaigns(campaigns, settings),
        *_numbers(numbers),
        *_wordings(session, clinic_id, campaigns, numbers),
        _consent_words(session, clinic_id),
    ]


def _account(session: Session, clinic_id: int) -> Finding:
    account = session.get(VendorAccount, clinic_id)
    if account is None:
        said = "The clinic has no Twilio account of its own. Set it on its page."
        return Finding("account", Level.problem, said)
    if account.halted_since is not None:
        said = f"Twilio refuses the account: {account.halted_why}. Mend it there."
        return Finding("account", Level.problem, said)
    return Finding("account", Level.ok, "The clinic has a Twilio account of its own.")


def _brand(
    session: Session, clinic_id: int, campaigns: Sequence[CampaignLine]
) -> Iterator[Finding]:
    brand = brand_of(session, clinic_id)
    if brand is None:
        yield Finding("brand", Level.problem, "No brand is registered yet.")
    elif brand.identity in PROVEN:
        yield Finding("brand", Level.ok, f"{brand.legal_name} is {brand.identity}.")
    elif any(newest_version(session, one.id) is None for one in campaigns):
        # Registered elsewhere: its carriers have spoken, its brand never here.
        said = f"What the registry says of {brand.legal_name} is not recorded here."
        yield Finding("brand", Level.warning, said)
    else:
        word = meaning_of(brand.identity)
        yield Finding("brand", Level.problem, f"{word.meaning} {word.next_action}")


def _campaigns(
    campaigns: Sequence[CampaignLine], settings: Settings
) -> Iterator[Finding]:
    if not campaigns:
        said = "There is no campaign. Register one under Registrations."
        yield Finding("campaign", Level.problem, said)
    for line in campaigns:
        active = [one.label for one in line.carriers if one.active]
        waiting = [one for one in line.carriers if not one.active]
        if not waiting:
            said = f"'{line.ref}' is ACTIVE on every carrier."
            yield Finding("carriers", Level.ok, said)
        else:
            level = Level.warning if active else Level.problem
            said = " ".join(one.sentence for one in waiting)
            yield Finding("carriers", level, f"'{line.ref}': {said}")
        if line.tcr_id is None or not settings.tcr_api_base:
            yield Finding(
                "registry",
                Level.warning,
                f"The Campaign Registry cannot be asked about '{line.ref}'. Record what "
                "its portal says, with evidence, every 30 days.",
            )


def _numbers(numbers: Sequence[NumberLine]) -> Iterator[Finding]:
    if not numbers:
        said = "There is no texting number. Add one under Numbers."
        yield Finding("number", Level.problem, said)
    for one in numbers:
        name = shown(one.phone)
        if one.campaign is None:
            said = f"{name} serves no campaign. Attach it to one."
            yield Finding("number", Level.problem, said)
        elif one.connected_at is None:
            said = f"{name} is not connected: its texts do not reach Heed."
            yield Finding("number", Level.problem, said)
        elif one.registered is False:
            said = (
                f"{name} is not registered for its campaign yet: carriers turn its "
                "texts back (30034, 30035). Wait until Twilio lists it."
            )
            yield Finding("number", Level.problem, said)
        elif one.gap:
            said = f"Replies to {name} are not known to be complete, so nothing leaves."
            yield Finding("number", Level.problem, said)
        else:
            said = f"{name} is connected. {one.who}: text HELP to it once to make sure."
            yield Finding("number", Level.ok, said)


def _wordings(
    session: Session,
    clinic_id: int,
    campaigns: Sequence[CampaignLine],
    numbers: Sequence[NumberLine],
) -> Iterator[Finding]:
    served = {one.campaign_id for one in numbers}
    for line in campaigns:
        if line.id not in served:
            continue
        kinds = {one.kind for one in in_use(session, clinic_id, line.id)}
        lacking = [kind.value.replace("_", " ") for kind in NEEDED if kind not in kinds]
        if lacking:
            said = f"'{line.ref}' has no wording for: {', '.join(lacking)}."
            yield Finding("wordings", Level.problem, said)
        else:
            said = f"'{line.ref}' has a wording for each first text."
            yield Finding("wordings", Level.ok, said)


def _consent_words(session: Session, clinic_id: int) -> Finding:
    found = session.exec(
        select(Disclosure.id).where(col(Disclosure.clinic_id) == clinic_id).limit(1)
    ).first()
    if found is None:
        said = "No words to agree to are published, so nobody can opt in on the web."
        return Finding("consent", Level.problem, said)
    return Finding("consent", Level.ok, "The words that patients agree to are there.")
