"""Everything that is found of a submission: in its texts, and beside what the clinic
really sends.  Reads only.
"""

from sqlmodel import Session

from registration.checks.check import check, in_order
from registration.checks.finding import Finding
from registration.checks.in_use import in_use_findings
from registration.known import texts_in_use
from registration.submission import Submission


def judge(
    session: Session, clinic_id: int, submission: Submission
) -> tuple[Finding, ...]:
    """The worst first."""
    texts = texts_in_use(session, clinic_id)
    return in_order((*check(submission), *in_use_findings(submission, texts)))
