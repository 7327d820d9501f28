"""What each role finds in the menu, as a table.

Names pages and decides nothing: who may open one, its own decorator says.
"""

from dataclasses import dataclass

from clinics.models import Role


@dataclass(frozen=True, slots=True)
class Entry:
    endpoint: str
    words: str
    icon: str  # of Bootstrap Icons


DESK = (
    Entry("today.today", "Today", "sun"),
    Entry("reminders.switch", "Reminders", "bell"),
    Entry("patients.patients", "Patients", "people"),
    Entry("appointments.appointments", "Appointments", "calendar3"),
    Entry("updates.updates", "Day update", "megaphone"),
    Entry("inbox.inbox", "Inbox", "chat-left-text"),
    Entry("tasks.tasks", "Tasks", "check2-square"),
    Entry("debt.debt", "Whom to ask", "person-check"),
    Entry("mend.mend", "Mend numbers", "telephone-x"),
    Entry("cards.cards", "Opt-in card", "qr-code"),
    Entry("desk_number.number", "Number", "telephone"),
)
AUDIT = (
    Entry("records.records", "Records", "journal-text"),
    Entry("exports.exports", "Export", "file-earmark-zip"),
    Entry("disclosures.disclosures", "Wordings", "file-text"),
    Entry("packs.verify", "Verify", "shield-check"),
    Entry("actions.actions", "Staff actions", "clock-history"),
)
GUIDE = Entry("guide.overview", "Guide", "book")
STANDING = Entry("standing.standing", "Registration", "clipboard-check")
PEOPLE = Entry("staff.staff", "Staff", "person-badge")
MENU: dict[Role, tuple[Entry, ...]] = {
    Role.front_desk: DESK,
    Role.clinic_admin: (*DESK, STANDING, GUIDE, PEOPLE, *AUDIT),
    Role.auditor: AUDIT,
    Role.operator: (
        Entry("operator.clinics", "Clinics", "hospital"),
        Entry("campaigns.campaigns", "Campaigns", "broadcast"),
        Entry("desk.registrations", "Registrations", "clipboard-check"),
        Entry("drafts.all_drafts", "Drafts", "pencil-square"),
        Entry("numbers.numbers", "Numbers", "telephone"),
        Entry("use_case.use_case", "Use case", "ui-checks"),
        Entry("codes.codes", "Rejection codes", "search"),
        Entry("operator_tasks.tasks", "Tasks", "check2-square"),
        GUIDE,
        Entry("operator_staff.staff", "Staff", "person-badge"),
        Entry("operator_actions.actions", "Staff actions", "clock-history"),
    ),
}


# Pages that stand under another topic's entry, by blueprint.
UNDER = {
    "at_desk": "patients",
    "calls": "today",
    "rehearse": "reminders",
    "outcomes": "reminders",
    "why": "patients",
    "come_back": "patients",
    "field_maps": "appointments",
    "imports": "patients",
    "reviews": "reminders",
    "texts": "reminders",
    "invitations": "patients",
    "hours": "inbox",
    "uploads": "appointments",
    "answers": "appointments",
    "websites": "campaigns",
    "website_pause": "operator",
    "wordings": "campaigns",
    "status_imports": "campaigns",
    "moves": "numbers",
    "buying": "numbers",
    "number": "numbers",
    "moments": "records",
    "remedies": "drafts",
    "examples": "drafts",
    "try_out": "drafts",
    "desk_work": "desk",
    "handing": "desk",
    "rejecting": "desk",
}


def current(entry: Entry, endpoint: str) -> str:
    """What `aria-current` says of an entry: the page itself, a page under it, or ""."""
    if entry.endpoint == endpoint:
        return "page"
    topic = endpoint.partition(".")[0]
    here = entry.endpoint.partition(".")[0] == UNDER.get(topic, topic)
    return "true" if here else ""


def home(role: Role) -> str:
    """The first page of a role, as an endpoint."""
    return MENU[role][0].endpoint
