"""Every web address that stands anywhere in a submission, and where (R98)."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlsplit

from linkify_it import LinkifyIt
from tldextract import TLDExtract

from registration.submission import Submission

OPENERS = "[{<"  # what stands for a part that differs from text to text


@dataclass(frozen=True, slots=True)
class Mention:
    """`field` is a path of the submission, `span` where in it the address stands."""

    url: str
    field: str
    span: tuple[int, int] | None = None


def addresses(submission: Submission) -> list[Mention]:
    """In the order of the form; the same address in two places is two mentions."""
    return [*_of_their_own(submission), *_in_texts(submission)]


def _of_their_own(submission: Submission) -> Iterator[Mention]:
    """Fields that are an address and nothing else."""
    campaign = submission.campaign
    fields = [
        ("brand.website", submission.brand.website),
        ("campaign.privacy_policy_url", campaign.privacy_policy_url),
        ("campaign.terms_url", campaign.terms_url),
    ]
    fields += [
        (f"opt_in_proof[{number}].url", proof.url)
        for number, proof in enumerate(submission.opt_in_proof)
    ]
    for field, text in fields:
        if text.strip():
            yield Mention(with_scheme(text), field)


def _in_texts(submission: Submission) -> Iterator[Mention]:
    campaign = submission.campaign
    texts = [
        ("campaign.description", campaign.description),
        ("campaign.message_flow", campaign.message_flow),
    ]
    texts += [
        (f"campaign.samples[{number}]", sample)
        for number, sample in enumerate(campaign.samples)
    ]
    texts += [
        ("campaign.opt_in_message", campaign.opt_in_message),
        ("campaign.opt_out_message", campaign.opt_out_message),
        ("campaign.help_message", campaign.help_message),
    ]
    for field, text in texts:
        for url, span in links_in(text):
            yield Mention(url, field, span)


def links_in(text: str) -> list[tuple[str, tuple[int, int]]]:
    """Addresses in running text, with or without https://; no e-mail addresses."""
    found = []
    for match in _finder().match(text) or ():
        if match.schema in ("mailto:", "ftp:"):
            continue
        url = "https:" + match.url[5:] if not match.schema else match.url
        url = f"https:{url}" if url.startswith("//") else url
        found.append((_without_placeholder(url), (match.index, match.last_index)))
    return found


def with_scheme(text: str) -> str:
    text = text.strip()
    return text if "://" in text else f"https://{text}"


def _without_placeholder(url: str) -> str:
    """A link that differs per patient can only be opened at its root."""
    marked = [url.index(opener) for opener in OPENERS if opener in url]
    if not marked:
        return url
    parts = urlsplit(url[: min(marked)])
    return f"{parts.scheme}://{parts.netloc}/"


@cache
def _finder() -> LinkifyIt:
    return LinkifyIt()


@cache
def _suffixes() -> TLDExtract:
    # The list that came with the package: a check must not wait for another server.
    return TLDExtract(
        cache_dir=None, suffix_list_urls=(), include_psl_private_domains=True
    )


def site(url_or_host: str) -> str:
    """The domain somebody owns: `www.maple.com` and `book.maple.com` are one site."""
    try:
        host = urlsplit(url_or_host).hostname if "://" in url_or_host else url_or_host
    except ValueError:
        host = None
    host = (host or "").casefold().rstrip(".")
    owned = _suffixes()(host).top_domain_under_public_suffix
    return owned or ".".join(host.split(".")[-2:])
