"""Updates to the patients of a day: what staff wrote, and which visits it reached."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel


class DayUpdate(SQLModel, table=True):
    """One update.  Written first, sent by a second step, taken back until it leaves."""

    __table_args__ = (sa.Index("ix_dayupdate_clinic_id_day", "clinic_id", "day", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    clinic_id: int = Field(foreign_key="clinic.id")
    day: date  # of the visits, by the clinic's clock
    provider: str = ""  # "" = all
    location: str = ""
    starts_from: str = ""  # "13:00": visits that begin then or later
    starts_before: str = ""
    text_en: str
    text_es: str = ""  # "" = Spanish readers get the English text
    health_note: str | None = None  # why words about health may stand in it
    written_by: str
    written_at: datetime
    confirmed_by: str | None = None
    confirmed_at: datetime | None = None
    leaves_at: datetime | None = None  # the end of the time to think again
    number_id: int | None = Field(default=None, foreign_key="sendernumber.id")
    taken_back_by: str | None = None
    taken_back_at: datetime | None = None


class UpdatedVisit(SQLModel, table=True):
    """A visit that an update speaks of.  Visits of one phone share one text."""

    __table_args__ = (
        sa.UniqueConstraint("clinic_id", "update_id", "appointment_id"),
        sa.Index("ix_updatedvisit_message_id", "message_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    clinic_id: int = Field(foreign_key="clinic.id")
    update_id: int = Field(foreign_key="dayupdate.id", index=True)
    appointment_id: int = Field(foreign_key="appointment.id", index=True)
    patient_id: int = Field(foreign_key="patient.id")
    phone: str  # E.164
    message_id: int | None = Field(default=None, foreign_key="message.id")
    skipped_why: str | None = None  # there is no text for it: the reason
