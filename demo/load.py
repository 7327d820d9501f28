"""Loads the demo: rows of ours, the simulator's side, and the texts of a few phones.

Safe to repeat: what is there already stays as it is.
"""

from dataclasses import dataclass, field

from sqlmodel import Session, col, select

from clinics.models import Clinic
from demo import cast, rows
from demo.simulated import Simulator
from demo.websites import write_websites
from kernel.errors import Invalid
from registration.models import SenderNumber
from registration.numbers import connect
from reminders.tick import Works, ask_registry, hear


@dataclass(slots=True)
class Loaded:
    """What was new."""

    clinics: list[str] = field(default_factory=list)
    visits: int = 0
    texts: int = 0


def load(works: Works, sim_base: str) -> Loaded:
    """Raises NotFound without a simulator, Invalid in production."""
    if works.heed.settings.production:
        raise Invalid("The demo is not loaded in production. Unset HEED_ENV.")
    loaded = Loaded()
    write_websites(works.heed.settings.data_dir / "websites")
    simulator = Simulator(sim_base)
    simulator.set_up()
    for row in cast.clinics():
        _add_clinic(works, row, loaded)
    # Before the numbers are connected: a phone's text waits in the vendor's list and
    # the reconciler brings it, in the order in which it was sent.
    for patient in cast.patients():
        if patient.says:
            said = simulator.text(patient.phone, patient.says_to, patient.says)
            loaded.texts += said
    connect_numbers(works)
    if loaded.clinics or loaded.texts:
        now = works.heed.now()
        ask_registry(works, now)
        hear(works, now)
    return loaded


def is_loaded(works: Works) -> bool:
    with works.heed.database.reading() as session:
        slugs = set(session.exec(select(Clinic.slug)))
    return slugs >= {clinic.slug for clinic in cast.clinics()}


def webhook_url(works: Works) -> str:
    return f"{works.heed.settings.public_base_url.rstrip('/')}/webhooks/twilio/inbound"


def connect_numbers(works: Works) -> None:
    """Twilio calls us where we are today: the port may be another one than before."""
    url = webhook_url(works)
    phones = [number.phone for number in cast.numbers()]
    with works.heed.database.reading() as session:
        numbers = session.exec(
            select(SenderNumber).where(col(SenderNumber.phone).in_(phones))
        ).all()
    for number in numbers:
        number_id = number.id or 0
        sid = works.vendor.number_sid(number.clinic_id, number.phone)
        if sid is None:
            raise Invalid(f"The simulator does not have the number {number.phone}.")
        works.vendor.connect(number.clinic_id, sid, url)
        _note_connected(works, number.clinic_id, number_id)


def _note_connected(works: Works, clinic_id: int, number_id: int) -> None:
    now = works.heed.now()

    def work(session: Session) -> None:
        connect(session, clinic_id, number_id, now)

    works.heed.database.retrying(work)


def _add_clinic(works: Works, row: cast.ClinicRow, loaded: Loaded) -> None:
    now = works.heed.now()

    def work(session: Session) -> int | None:
        if session.exec(select(Clinic).where(col(Clinic.slug) == row.slug)).first():
            return None
        if not session.exec(select(Clinic)).first():
            rows.add_operator(session, now)
        return rows.add_everything(session, row, works.heed.keys, now).added

    visits = works.heed.database.retrying(work)
    if visits is not None:
        loaded.clinics.append(row.slug)
        loaded.visits += visits
