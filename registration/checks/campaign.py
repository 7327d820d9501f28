"""What a campaign must have, and how its parts agree: use case, samples, keywords,
flags, addresses, proof and fee.  Says nothing of how well it is written (R73).
"""

import re
from collections.abc import Iterator, Sequence

from registration.checks.finding import Finding, found
from registration.checks.sample import is_promotional, plain
from registration.checks.words import PHONE, URL, first, has, opts_in_by_word
from registration.submission import CampaignPart, Proof, Submission
from registration.usecases import use_cases

FEWEST, MOST = 2, 5  # samples (R70); TCR takes five
KEYWORDS_LONG = 255  # characters of a list; Twilio and AWS
# `[link]` and `[phone]` stand for what the flags declare.
LINK_HOLE = re.compile(r"[\[{<][^\]}>\n]{0,20}(?:link|url)[^\]}>\n]{0,20}[\]}>]", re.I)
PHONE_HOLE = re.compile(
    r"[\[{<][^\]}>\n]{0,20}(?:phone|office number)[^\]}>\n]{0,20}[\]}>]", re.I
)
KEYWORD = re.compile(r"[A-Za-z0-9]{1,30}")
SUBS = {"MIXED": (2, 5), "LOW_VOLUME": (1, 5)}
PROOFS = frozenset({"web", "paper", "verbal", "keyword", "pack"})
WAYS = {"web": "web", "paper": "paper", "verbal": "verbal", "keyword": "keyword"}


def campaign_findings(submission: Submission) -> Iterator[Finding]:
    campaign = submission.campaign
    yield from _use_case(campaign)
    yield from _samples(campaign.samples)
    yield from _keywords(campaign)
    yield from _flags(campaign)
    yield from _addresses(campaign)
    yield from _proof(submission.opt_in_proof, campaign.message_flow)
    yield from _marketing(submission)
    if not submission.fee_receipt.strip():
        yield found("fee.unpaid", "fee_receipt")


def _use_case(campaign: CampaignPart) -> Iterator[Finding]:
    at, subs = "campaign.use_case", campaign.sub_use_cases
    if not campaign.use_case.strip():
        yield found("use_case.missing", at)
        return
    known = use_cases()
    if campaign.use_case not in known:
        yield found("use_case.unknown", at, use_case=campaign.use_case)
        return
    few, many = SUBS.get(campaign.use_case, (0, 0))
    if not few <= len(set(subs)) <= many:
        rule = "use_case.subs" if many else "use_case.no_subs"
        yield found(rule, "campaign.sub_use_cases", few=str(few), many=str(many))
    for sub in subs:
        if sub not in known or not known[sub].listed_as_sub:
            yield found("use_case.not_a_sub", "campaign.sub_use_cases", sub=sub)
    if campaign.use_case == "SOLE_PROPRIETOR":
        yield found("use_case.sole_proprietor", at)
    sells = [number for number, text in _texts(campaign) if is_promotional(text)]
    informs = len(sells) < len(campaign.samples)
    if sells and informs and campaign.use_case == "MARKETING":
        yield found("use_case.mixed", at)


def _texts(campaign: CampaignPart) -> Iterator[tuple[int, str]]:
    return enumerate(campaign.samples)


def _samples(samples: Sequence[str]) -> Iterator[Finding]:
    at = "campaign.samples"
    given = [text for text in samples if text.strip()]
    if len(given) < FEWEST:
        yield found("samples.few", at, count=str(len(given)))
    if len(samples) > MOST:
        yield found("samples.many", at, count=str(len(samples)))
    seen: dict[str, int] = {}
    for number, text in enumerate(samples):
        before = seen.setdefault(plain(text), number)
        if text.strip() and before != number:
            other = str(before + 1)
            yield found("samples.twice", f"{at}[{number}]", other=other)
    if given and not any(has("stop", text) for text in given):
        yield found("samples.no_stop", at)


def _keywords(campaign: CampaignPart) -> Iterator[Finding]:
    lists = {
        "opt_in_keywords": (campaign.opt_in_keywords, None),
        "opt_out_keywords": (campaign.opt_out_keywords, "STOP"),
        "help_keywords": (campaign.help_keywords, "HELP"),
    }
    for name, (words, needed) in lists.items():
        at = f"campaign.{name}"
        if needed and needed not in (word.strip().upper() for word in words):
            yield found(f"keywords.{needed.lower()}", at)
        odd = [word for word in words if not KEYWORD.fullmatch(word)]
        if odd:
            yield found("keywords.form", at, words=", ".join(odd)[:80])
        if len(",".join(words)) > KEYWORDS_LONG:
            yield found("keywords.long", at)
    by_word = opts_in_by_word(campaign.message_flow)
    if by_word and not campaign.opt_in_keywords:
        yield found("keywords.opt_in", "campaign.opt_in_keywords")


def _flags(campaign: CampaignPart) -> Iterator[Finding]:
    """Frozen once filed (RT9): a wrong flag is a new campaign."""
    for flag, pattern, holes, said in (
        ("embedded_link", URL, LINK_HOLE, campaign.embedded_link),
        ("embedded_phone", PHONE, PHONE_HOLE, campaign.embedded_phone),
    ):
        at = next(
            (
                (number, match.span())
                for number, text in _texts(campaign)
                if (match := pattern.search(text) or holes.search(text))
            ),
            None,
        )
        if at is not None and not said:
            yield found(f"flags.{flag}_no", f"campaign.samples[{at[0]}]", at[1])
        if at is None and said:
            yield found(f"flags.{flag}_yes", f"campaign.{flag}")
    if campaign.direct_lending:
        yield found("flags.direct_lending", "campaign.direct_lending")
    if campaign.age_gated:
        yield found("flags.age_gated", "campaign.age_gated")


def _addresses(campaign: CampaignPart) -> Iterator[Finding]:
    for name, area in (("privacy_policy_url", "policy"), ("terms_url", "terms")):
        url, at = getattr(campaign, name).strip(), f"campaign.{name}"
        if not url:
            yield found(f"{area}.no_address", at)
        elif not url.lower().startswith("https://"):
            yield found(f"{area}.not_https", at)


def _proof(proofs: Sequence[Proof], flow: str) -> Iterator[Finding]:
    """R14, R93: each way of opting in that is claimed has something to look at."""
    shown = [one for one in proofs if one.url.strip() or one.file.strip()]
    if not shown:
        yield found("proof.missing", "opt_in_proof")
        return
    for number, one in enumerate(proofs):
        if one.kind not in PROOFS:
            yield found("proof.kind", f"opt_in_proof[{number}].kind", kind=one.kind)
        elif one not in shown:
            yield found("proof.empty", f"opt_in_proof[{number}]", kind=one.kind)
    kinds = {one.kind for one in shown}
    for way, words in WAYS.items():
        span = first(f"way_{words}", flow)
        if span and way not in kinds and "pack" not in kinds:
            yield found("proof.way", "campaign.message_flow", span, way=way)


def _marketing(submission: Submission) -> Iterator[Finding]:
    """R84, R135: marketing only where the consent says so, and MIXED says both."""
    campaign = submission.campaign
    subs = set(campaign.sub_use_cases)
    markets = campaign.use_case == "MARKETING" or "MARKETING" in subs
    said = f"{campaign.message_flow}\n{campaign.opt_in_message}"
    if markets and not has("marketing_named", said):
        yield found("use_case.marketing_consent", "campaign.message_flow")
    if markets and subs - {"MARKETING"} and not has("service_named", said):
        yield found("use_case.mixed_consent", "campaign.message_flow")
