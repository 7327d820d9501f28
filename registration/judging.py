"""Everything that is found of a draft: in its texts, beside what the clinic really
sends, and on its website where somebody has looked.  Reads only.
"""

from dataclasses import dataclass

from sqlmodel import Session

from registration.checks.check import check, in_order
from registration.checks.finding import Finding, again
from registration.checks.in_use import in_use_findings
from registration.drafts import content_of
from registration.known import texts_in_use
from registration.models import SubmissionDraft
from registration.submission import Submission
from registration.website_looks import last_of_draft
from registration.website_models import WebsiteLook


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    findings: tuple[Finding, ...]  # the worst first
    site_seen: bool  # the website was looked at for exactly these bytes
    look: WebsiteLook | None  # the newest, done or waiting


def judge(session: Session, draft: SubmissionDraft) -> Judged:
    texts = judge_texts(session, draft.clinic_id, content_of(draft))
    look = last_of_draft(session, draft)
    seen = (
        look is not None
        and look.done_at is not None
        and look.content_sha256 == draft.content_sha256
    )
    kept = (again(fields) for fields in look.findings) if look and seen else ()
    site = tuple(finding for finding in kept if finding is not None)
    return Judged(findings=in_order((*texts, *site)), site_seen=seen, look=look)


def judge_texts(
    session: Session, clinic_id: int, submission: Submission
) -> tuple[Finding, ...]:
    texts = texts_in_use(session, clinic_id)
    return (*check(submission), *in_use_findings(submission, texts))
