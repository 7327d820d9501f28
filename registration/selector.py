"""From what a clinic really texts to the use case it must register.

Pure.  It picks the narrowest declaration that names every purpose, because carriers
hold a campaign to its use case for good (R132); it registers nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from consent.models import Topic
from kernel.carriers import LABELS, Carrier
from registration.bands import Days, days_of
from registration.carrier_review import Expected, Review, expected_reviews
from registration.checks.finding import Code
from registration.questionnaire import AGENTS, Answers, Question
from registration.usecases import UseCase, covers, spelled, use_cases

# T-Mobile takes 2,000 segments a day under LOW_VOLUME; a text has two at times, and
# every patient may be with T-Mobile (Bandwidth support 12823101).
FEW_A_DAY = 1_000
NO_EIN, APART, RESELLER = "no_ein", "separate_numbers", "reseller"
MISMATCH = (Code("series", "2000"), Code("dca2", "602"), Code("twilio", "30893"))
BINDING = (
    "The use case is binding: once submitted it cannot be changed, and another one needs "
    "a new campaign."
)
PROMOTION_INSIDE = Code("dca1", "8200")


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """One campaign to register."""

    use_case: UseCase
    sub_use_cases: tuple[str, ...]
    texts: tuple[Question, ...]
    reviews: Mapping[Carrier, Review]
    notes: tuple[str, ...]

    @property
    def name(self) -> str:
        return spelled(self.use_case.code, self.sub_use_cases)

    @property
    def both_kinds(self) -> bool:
        return len({one.promotional for one in self.texts}) == 2

    @property
    def reviewers(self) -> tuple[str, ...]:
        """The carriers that will surely look themselves."""
        return tuple(
            LABELS[carrier]
            for carrier, review in self.reviews.items()
            if review.expected is Expected.required
        )

    @property
    def standard_path(self) -> bool:
        return not self.use_case.special and not self.reviewers

    @property
    def days(self) -> Days:
        """Until the last carrier has spoken."""
        every = [review.days for review in self.reviews.values()]
        return Days(max(d.least for d in every), max(d.most for d in every))

    @property
    def path(self) -> str:
        return _path(self)

    @property
    def codes(self) -> tuple[Code, ...]:
        """What a mismatch is most likely turned down with (R137)."""
        promotional = any(one.promotional for one in self.texts)
        return MISMATCH if promotional else (*MISMATCH, PROMOTION_INSIDE)

    @property
    def consequence(self) -> str:
        return (
            f"Whatever goes beyond {self.name} does not match what was registered: "
            "reviewers reject it, carriers filter it, and another use case needs a new "
            "campaign with its fee and its whole review."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    declarations: tuple[Declaration, ...]
    smaller: Declaration | None  # LOW_VOLUME instead of the only one, where it fits
    left_out: tuple[Question, ...]  # cannot be registered by this sender
    notes: tuple[str, ...]


def choose(answers: Answers) -> Choice:
    """Nothing ticked gives no declaration."""
    if NO_EIN in answers.facts:
        return _without_ein(answers)
    shared = [one for one in answers.texts if not _case(one).special]
    alone = [one for one in answers.texts if _case(one).special]
    found = [
        declaration
        for group in _pools(shared, answers)
        for declaration in _declare(group, answers)
    ]
    found += [_declaration(one.use_case, (), (one,), answers) for one in alone]
    return Choice(
        declarations=tuple(found),
        smaller=_smaller(found, answers),
        left_out=(),
        notes=_notes(found, answers),
    )


def _case(text: Question) -> UseCase:
    return use_cases()[text.use_case]


def _pools(shared: Sequence[Question], answers: Answers) -> list[list[Question]]:
    """What leaves from one pool of numbers is one campaign (R134)."""
    kinds = [shared]
    if APART in answers.facts:
        kinds = [[one for one in shared if one.promotional is p] for p in (False, True)]
    return [list(kind) for kind in kinds if kind]


def _declare(texts: Sequence[Question], answers: Answers) -> list[Declaration]:
    """The narrowest use case that takes all of `texts`, else one that lists them."""
    if AGENTS in answers.facts:
        return [_declaration("AGENTS_FRANCHISES", (), texts, answers)]
    common = frozenset.intersection(*(one.accepted for one in texts))
    primary = [one.use_case for one in texts]
    listed = [code for code in common if use_cases()[code].listed_as_sub]
    if listed:
        best = min(listed, key=lambda code: (-primary.count(code), code))
        return [_declaration(best, (), texts, answers)]
    subs = tuple(dict.fromkeys(primary))
    most = use_cases()["MIXED"].max_subs
    if len(subs) > most:
        first, rest = subs[:most], subs[most:]
        parts = (
            [one for one in texts if one.use_case in part] for part in (first, rest)
        )
        return [found for part in parts for found in _declare(part, answers)]
    both = len({one.promotional for one in texts}) == 2
    small = answers.practice == "single" and _few(answers) and not both
    return [_declaration("LOW_VOLUME" if small else "MIXED", subs, texts, answers)]


def _few(answers: Answers) -> bool:
    return answers.texts_a_day is not None and answers.texts_a_day <= FEW_A_DAY


def _smaller(found: Sequence[Declaration], answers: Answers) -> Declaration | None:
    if len(found) != 1 or not _few(answers) or found[0].use_case.special:
        return None
    only = found[0]
    if only.use_case.code == "LOW_VOLUME":
        return None
    subs = tuple(dict.fromkeys(one.use_case for one in only.texts))
    return _declaration("LOW_VOLUME", subs, only.texts, answers)


def _without_ein(answers: Answers) -> Choice:
    code = "SOLE_PROPRIETOR"
    taken = tuple(one for one in answers.texts if code in one.accepted)
    found = [_declaration(code, (), taken, answers)] if taken else []
    return Choice(
        declarations=tuple(found),
        smaller=None,
        left_out=tuple(one for one in answers.texts if one not in taken),
        notes=_notes(found, answers),
    )


def _declaration(
    code: str, subs: tuple[str, ...], texts: Sequence[Question], answers: Answers
) -> Declaration:
    flags = {*answers.facts, *(one.key for one in texts)}
    return Declaration(
        use_case=use_cases()[code],
        sub_use_cases=subs,
        texts=tuple(texts),
        reviews=expected_reviews(code, flags),
        notes=_conditions(code, subs, texts),
    )


def _conditions(
    code: str, subs: tuple[str, ...], texts: Sequence[Question]
) -> tuple[str, ...]:
    """What must hold for this declaration to pass."""
    notes = []
    if len({one.promotional for one in texts}) == 2:
        kinds = "; ".join(one.inside for one in texts)
        notes.append(f"The opt-in text names every kind of text: {kinds}.")
    if any(one.use_case == "MARKETING" for one in texts):
        notes.append(
            "Promotions count as standard only with documented consent: a box of their "
            "own, unticked, whose words and time are kept."
        )
    if code == "LOW_VOLUME":
        notes.append("It cannot be made larger: more texts need a new campaign.")
    if not any(covers(code, subs, topic) for topic in Topic):
        notes.append(
            "Heed sends nothing under it: its own texts are about care, reviews, offers."
        )
    return tuple(notes)


def _notes(found: Sequence[Declaration], answers: Answers) -> tuple[str, ...]:
    notes = []
    if len(found) > 1:
        notes.append(
            f"{len(found)} campaigns, each with numbers of its own: these texts may "
            "not share one."
        )
    if RESELLER in answers.facts:
        notes.append(
            "Register the clinic as the brand, not the company that sends: a reseller's "
            "name is turned down (Twilio 30894)."
        )
    if NO_EIN in answers.facts:
        notes.append(
            "Without an EIN a single practitioner has one campaign and one number. "
            "Who has an EIN, and every group, registers as a company instead."
        )
    return tuple(notes)


def _path(one: Declaration) -> str:
    likely = [
        LABELS[carrier]
        for carrier, review in one.reviews.items()
        if review.expected is Expected.likely
    ]
    if one.reviewers:
        who = " and ".join(
            part for part in (", ".join(one.reviewers[:-1]), one.reviewers[-1]) if part
        )
        return (
            f"MNO review required: {who} look at it themselves. Count with {one.days}; "
            "no carrier promises a day."
        )
    kind = (
        "A special use case without MNO review"
        if one.use_case.special
        else ("The standard path, the most predictable one")
    )
    more = f" {' and '.join(likely)} may look too: then {one.days}." if likely else ""
    return (
        f"{kind}: automatic checks, then the aggregators, {days_of('standard')}." + more
    )
