"""Finding words in what was written for a reviewer: lists of a table, names, links.

Every search is one pass over the text.  Spans are those of the text as it came.
"""

import csv
import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from importlib.resources import files

Span = tuple[int, int]

ENDS = re.compile(r"[.!?:;\n\u2022\"“”'‘()\[\]-]")
SENTENCE = re.compile(r"[^.!?\n]{1,600}[.!?\n]?")
WORD = re.compile(r"[^\W_](?:[^\W_]|['’&-](?=[^\W_])){0,60}")
# Without a scheme only what ends as addresses of businesses do: "Dr.Lee" is none.
URL = re.compile(
    r"(?<![\w@.-])(?:https?://[^\s<>\"'”’)\]]{1,500}"
    r"|(?:[a-z0-9-]{1,63}\.){1,4}(?:com|org|net|edu|gov|health|care|dental|clinic|doctor"
    r"|io|co|us|info|biz|app|site|page|link|online|ly|gl|to|me|cc|id|at|gd|ee|example|test)"
    r"(?:/[^\s<>\"'”’)\]]{0,500})?(?![\w@]))",
    re.IGNORECASE,
)
PHONE = re.compile(
    r"(?<![\w/.-])(?:\+?1[ .-]?)?\(?\d{3}\)?[ .-]?\d{3}[ .-]?\d{4}(?![\w/])"
)
EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}")
PLACEHOLDER = re.compile(r"\[[^\[\]\n]{1,40}\]|\{[^{}\n]{1,40}\}|<[^<>\n]{1,40}>")
OF_A_NAME = re.compile(
    r"\b(?:brand|business|clinic|practice|company|office|hospital|pharmacy)\b", re.I
)
LEGAL_FORMS = re.compile(
    r"[\s,]+(?:inc|llc|l\.l\.c|pllc|p\.l\.l\.c|pc|p\.c|p\.a|pa|corp|corporation|co|ltd"
    r"|llp|lp|pllp|incorporated|company|p\.s|ps|s\.c|sc|plc|p\.l\.c|apc|chartered"
    r"|a professional corporation)\.?$",
    re.IGNORECASE,
)
BLANKS = re.compile(r"\W+")


def left_open(text: str) -> Span | None:
    """The first placeholder; `[ ]` is a box to tick."""
    holes = (
        hole.span() for hole in PLACEHOLDER.finditer(text) if hole[0][1:-1].strip()
    )
    return next(holes, None)


@lru_cache(maxsize=64)
def folded(text: str) -> str:
    """Small letters, straight apostrophes and single blanks, each at its old place."""
    return "".join(_fold(char) for char in text)


def _fold(char: str) -> str:
    if char in "’‘`´":
        return "'"
    if char.isspace():
        return " "
    small = char.lower()
    return small if len(small) == 1 else char


def find(name: str, text: str) -> Iterator[Span]:
    """Where a word of the list `name` of `data/check_words.csv` stands in `text`."""
    pattern = _lists().get(name)
    if pattern is None:
        raise KeyError(f"There is no list '{name}' in check_words.csv.")
    return (match.span() for match in pattern.finditer(folded(text)))


def first(name: str, text: str) -> Span | None:
    return next(find(name, text), None)


def has(name: str, text: str) -> bool:
    return first(name, text) is not None


def listed(name: str) -> frozenset[str]:
    """The words of a list themselves, to compare with as a whole."""
    return frozenset(row["words"] for row in _rows() if row["list"] == name)


def opts_in_by_word(text: str) -> Span | None:
    """Where somebody texts a word to opt in: STOP and HELP are words to leave by."""
    for span in find("keyword_opt_in", text):
        after = folded(text[span[1] : span[1] + 12]).strip(" \"'“”")
        if not after.startswith(("stop", "help")):
            return span
    return None


def sentences(text: str) -> Iterator[tuple[int, str]]:
    """Each with where it starts.  A dot inside an address parts nothing."""
    masked = URL.sub(lambda url: "x" * len(url[0]), text)
    return ((part.start(), text[slice(*part.span())]) for part in _parts(masked))


def _parts(text: str) -> Iterator[re.Match[str]]:
    return SENTENCE.finditer(text)


def names_sender(text: str, names: Iterable[str] = ()) -> bool:
    """Is the sender named?  Where nobody says who it is, any proper name will do, or a
    placeholder for one."""
    known = [one for name in names if (one := comparable(name))]
    if known:
        said = f" {_spoken(text)} "
        return any(f" {name} " in said for name in known)
    holes = PLACEHOLDER.findall(text)
    return any(OF_A_NAME.search(hole) for hole in holes) or _proper_name(text)


def comparable(name: str) -> str:
    """Without the legal form: 'Riverside Family Medicine, PLLC' signs without it."""
    return _spoken(LEGAL_FORMS.sub("", name.strip()))


def _spoken(text: str) -> str:
    """However it is written: `St. Mary's & Sons` as `st marys and sons`."""
    parts = unicodedata.normalize("NFKD", folded(text).replace("'", ""))
    plain = "".join(char for char in parts if not unicodedata.combining(char))
    return BLANKS.sub(" ", plain.replace("&", " and ")).strip()


def without_names(text: str, names: Iterable[str]) -> str:
    """Blanks where a known name stands: `Cedar Urgent Care` presses nobody."""
    for name in names:
        spoken = LEGAL_FORMS.sub("", name.strip())
        if len(spoken) > 2:
            written = re.compile(re.escape(spoken), re.IGNORECASE)
            text = written.sub(lambda found: " " * len(found[0]), text)
    return text


def _proper_name(text: str) -> bool:
    """A word with a capital that only a name explains."""
    plain = PLACEHOLDER.sub(lambda hole: " " * len(hole[0]), text)
    plain = URL.sub(lambda url: " " * len(url[0]), plain)
    before, run = None, 0
    for word in WORD.finditer(plain):
        starts = before is None or ENDS.search(plain, before.end(), word.start())
        run = 0 if starts else run
        if _capital(word[0]):
            run += 1
            if not starts or run > 1 or _labels(plain, word):
                return True
        else:
            run = 0
        before = word
    return False


def _labels(text: str, word: re.Match[str]) -> bool:
    """`Harbor: your code …` or `Lakeside PT: …`, at the very start."""
    label, colon, _ = text[word.end() : word.end() + 40].partition(":")
    return not text[: word.start()].strip() and bool(colon) and len(label.split()) < 5


def _capital(word: str) -> bool:
    mixed = word[0].isupper() and not word.isupper()
    return mixed and folded(word) not in _not_names()


@cache
def _not_names() -> frozenset[str]:
    return frozenset(row["words"] for row in _rows() if row["list"] == "no_name")


@cache
def _lists() -> dict[str, re.Pattern[str]]:
    by_list: dict[str, list[str]] = {}
    for row in _rows():
        by_list.setdefault(row["list"], []).append(row["words"])
    return {name: pattern_of(words) for name, words in by_list.items()}


def pattern_of(words: Iterable[str]) -> re.Pattern[str]:
    """A tree of letters, so that a place in the text costs few looks however long the
    list is.  `*` at the end takes any ending of the word; a blank is one to three."""
    at_a_word, anywhere = _Tree(), _Tree()  # "20% off" is "% off" as well
    for word in words:
        (at_a_word if word[0].isalnum() else anywhere).add(word)
    branches = [rf"(?<!\w){at_a_word.written()}"] if at_a_word.next else []
    branches += [anywhere.written()] if anywhere.next else []
    return re.compile("|".join(branches))


class _Tree:
    __slots__ = ("end", "next")

    def __init__(self) -> None:
        self.next: dict[str, _Tree] = {}
        self.end = ""  # what must follow, where a word ends here

    def add(self, word: str) -> None:
        stem, any_ending = word.removesuffix("*"), word.endswith("*")
        node = self
        for char in stem:
            node = node.next.setdefault(char, _Tree())
        node.end = r"\w{0,20}(?!\w)" if any_ending else node.end or r"(?!\w)"

    def written(self) -> str:
        """The longer word first."""
        branches = [_sign(char) + tree.written() for char, tree in self.next.items()]
        branches += [self.end] if self.end else []
        return branches[0] if len(branches) == 1 else f"(?:{'|'.join(branches)})"


def _sign(char: str) -> str:
    return " {1,3}" if char == " " else re.escape(char)


@cache
def _rows() -> tuple[dict[str, str], ...]:
    text = files("registration").joinpath("data/check_words.csv").read_text("utf-8")
    return tuple(csv.DictReader(text.splitlines()))
