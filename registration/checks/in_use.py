"""A submission beside the texts that the clinic really sends (R78, R94)."""

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from registration.checks.finding import Finding, found
from registration.checks.sample import plain
from registration.checks.words import has
from registration.submission import Submission

ALIKE = 0.55  # a sample instantiates a text: names, days and times differ
LONGEST = 1600  # characters that are compared
KINDS = {  # of wordings, and what a description must then speak of
    "reminder": ("purposes_reminder", "appointment reminders"),
}


def in_use_findings(
    submission: Submission, texts: Sequence[tuple[str, str]]
) -> Iterator[Finding]:
    """`texts` are kinds and wordings in use.  Without any, nothing can be said."""
    sent = [plain(text[:LONGEST]) for _, text in texts]
    if not any(kind == "reminder" for kind, _ in texts):
        return
    for number, sample in enumerate(submission.campaign.samples):
        if sample.strip() and not like_one(plain(sample[:LONGEST]), sent):
            yield found("in_use.sample", f"campaign.samples[{number}]")
    for kind, (words, name) in KINDS.items():
        leaves = any(kind == one for one, _ in texts)
        if leaves and not has(words, submission.campaign.description):
            yield found("in_use.purpose", "campaign.description", kinds=name)


def like_one(sample: str, texts: Sequence[str], alike: float = ALIKE) -> bool:
    """Both sides as `plain` leaves them."""
    for text in texts:
        matcher = SequenceMatcher(None, sample, text, autojunk=False)
        if matcher.real_quick_ratio() >= alike and matcher.ratio() >= alike:
            return True
    return False
