"""From HTML to a `Page`.  Run by itself it confines itself first: see `page_reading`."""

import json
import re
import resource
import sys
from dataclasses import asdict
from urllib.parse import urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from registration.checks.page import Box, Form, Link, Page

SECONDS = 3  # of work
MEMORY = 512 * 1024 * 1024
LONGEST = 200_000  # characters of words
MOST_LINKS = 500
MOST_FORMS = 20

# Words of two blocks are not one sentence, whatever stands between them.
BLOCK = re.compile(
    r"(?i)(?=</?(?:p|div|li|h[1-6]|tr|br|section|ul|ol|td|th|label|option|header|footer"
    r"|nav|form|dt|dd|hr|main|article|button)\b)"
)
UNSEEN = 'script,style,noscript,template,svg,[hidden],[style*="display:none"]'
AROUND = "nav,footer,body>header,[role=navigation],[role=contentinfo]"
PHONE = re.compile(r"(?i)phone|mobile|\bcell|\btel\b|tel[eé]fono|celular")
DECLARED = re.compile(rb"(?i)<meta[^>]{0,200}charset\s*=\s*[\"']?([\w-]{2,40})")
CHARSETS = re.compile(
    r"utf-?8|utf-?16(?:le|be)?|us-ascii|iso-?8859-(?:[1-9]|1[013-6])|latin-?1"
    r"|(?:windows|cp)-?125\d|shift[_-]jis|gbk|gb2312|gb18030|big5|euc-(?:jp|kr)"
)
REFRESH = re.compile(r"(?i)^\s*(\d{1,4})\s*[;,]\s*url\s*=\s*['\"]?([^'\"]+)")
AT_ONCE = 10  # seconds; later is news for who is reading
SPARSE = 200  # characters
BESIDE = 600
NOWHERE = ("javascript:", "about:", "data:")
FIELDS = "input,select,textarea"


def parse(body: bytes, at: str, charset: str = "") -> Page:
    """Bytes that are no text of their charset are shown as a reader sees them: �."""
    tree = LexborHTMLParser(BLOCK.sub("\n", _decoded(body, charset)))
    base = _base(tree, at)
    scripted = len(tree.css("script")) > 0
    refresh = _refresh(tree, base)
    title = tree.css_first("title")
    root = tree.css_first("html")
    language = (root.attributes.get("lang") or "") if root else ""
    for node in tree.css(UNSEEN):
        if node.tag != "html":  # hidden until a script shows it
            node.decompose()
    words = _words(tree.body)[:LONGEST]
    links, forms = _links(tree.body, base, MOST_LINKS), _forms(tree, base)
    for node in tree.css(AROUND):
        node.decompose()
    return Page(
        title=" ".join(title.text().split())[:300] if title else "",
        words=words,
        language=language[:20],
        prose=_words(tree.body)[:LONGEST],
        links=links,
        forms=forms,
        refresh=refresh,
        scripted=scripted and len(words) < SPARSE,
    )


def _decoded(body: bytes, charset: str) -> str:
    declared = DECLARED.search(body[:2048])
    named = charset or (declared.group(1).decode("ascii") if declared else "utf-8")
    # Python knows encodings that are none of the web, and some take very long.
    known = CHARSETS.fullmatch(named.casefold()) is not None
    try:
        return body.decode(named if known else "utf-8", "replace")
    except LookupError:  # a spelling that Python does not have
        return body.decode("utf-8", "replace")


def _base(tree: LexborHTMLParser, at: str) -> str:
    base = tree.css_first("base[href]")
    return _absolute(at, base.attributes.get("href") or "") or at if base else at


def _absolute(base: str, href: str) -> str | None:
    """None for a link that leads nowhere."""
    href = href.strip()
    if not href or href.startswith("#") or href.casefold().startswith(NOWHERE):
        return None
    try:
        found = urljoin(base, href)
        urlsplit(found)
    except ValueError:
        return None
    return found[:2000]


def _refresh(tree: LexborHTMLParser, base: str) -> str | None:
    for node in tree.css("meta[http-equiv]"):
        if (node.attributes.get("http-equiv") or "").casefold() != "refresh":
            continue
        told = REFRESH.match(node.attributes.get("content") or "")
        if told and int(told.group(1)) <= AT_ONCE:
            return _absolute(base, told.group(2))
    return None


def _words(node: LexborNode | None) -> str:
    if node is None:
        return ""
    lines = (" ".join(line.split()) for line in node.text(separator="").splitlines())
    return "\n".join(filter(None, lines))


def _links(node: LexborNode | None, base: str, most: int) -> tuple[Link, ...]:
    found = []
    every = node.css("a,area") if node is not None else []
    # A footer stands last: of too many links the first and the last ones are kept.
    for one in (
        every if len(every) <= most else every[: most // 2] + every[-most // 2 :]
    ):
        given = one.attributes
        images = " ".join(image.attributes.get("alt") or "" for image in one.css("img"))
        said = (one.text(separator=" "), given.get("aria-label"), given.get("title"))
        words = " ".join(" ".join(filter(None, (*said, images))).split())[:200]
        url = _absolute(base, given.get("href") or "")
        if words or url:
            found.append(Link(words, url))
    return tuple(found)


def _forms(tree: LexborHTMLParser, base: str) -> tuple[Form, ...]:
    """A page whose fields stand in no form is one form."""
    nodes = [node for node in tree.css("form") if node.css_first(FIELDS)]
    if not nodes and tree.body is not None and tree.body.css_first(FIELDS):
        nodes = [tree.body]
    return tuple(_form(tree, node, base) for node in nodes[:MOST_FORMS])


def _form(tree: LexborHTMLParser, node: LexborNode, base: str) -> Form:
    fields = node.css("input")[:100]
    return Form(
        words=_words(node)[: BESIDE * 20],
        boxes=tuple(_box(tree, one) for one in fields if _kind(one) == "checkbox"),
        links=_links(node, base, 50),
        asks_phone=any(map(_is_phone, fields)),
        asks_password=any(_kind(one) == "password" for one in fields),
    )


def _kind(field: LexborNode) -> str:
    return (field.attributes.get("type") or "text").casefold()


def _is_phone(field: LexborNode) -> bool:
    given, kind = field.attributes, _kind(field)
    named = " ".join(given.get(key) or "" for key in ("name", "id", "autocomplete"))
    named = named.replace("_", " ").replace("-", " ")
    said = kind in ("text", "number") and PHONE.search(named) is not None
    return kind == "tel" or said


def _box(tree: LexborHTMLParser, box: LexborNode) -> Box:
    given = box.attributes
    return Box(
        words=_beside(tree, box),
        ticked="checked" in given,
        required="required" in given or given.get("aria-required") == "true",
    )


def _beside(tree: LexborHTMLParser, box: LexborNode) -> str:
    """Its label, the label around it, or what its nearest neighbours say."""
    name = box.attributes.get("id")
    if name:
        for label in tree.css("label[for]"):
            if label.attributes.get("for") == name:
                return _words(label)[:BESIDE]
    around = box.parent
    for _ in range(4):
        if around is None or around.tag in ("form", "body"):
            break
        if around.tag == "label" or _words(around):
            return _words(around)[:BESIDE]
        around = around.parent
    return ""


def main() -> None:
    """The page on standard input; its address and its charset as arguments."""
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    at, charset = sys.argv[1:3]
    sys.stdout.write(json.dumps(asdict(parse(sys.stdin.buffer.read(), at, charset))))


if __name__ == "__main__":
    main()
