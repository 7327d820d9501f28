import csv
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.intent import Context, Intent, read

STRANGER = Context(standing="none", open_prompt=None)
OPTED_IN = Context(standing="opted_in", open_prompt=None)
ASKED = Context(standing="opted_in", open_prompt="visit")

ROWS = list(
    csv.DictReader(
        files("gateway").joinpath("data/keywords.csv").read_text("utf-8").splitlines()
    )
)
# 47 CFR 64.1200(a)(10), and what the vendor stops on by itself.
PER_SE = ("stop", "quit", "end", "revoke", "opt out", "cancel", "unsubscribe")
VENDOR = ("STOP", "UNSUBSCRIBE", "END", "QUIT", "STOPALL", "REVOKE", "OPTOUT", "CANCEL")
SPANISH = ("ALTO", "PARAR", "PARE", "PARA", "BAJA", "CANCELAR", "NO MÁS", "no mas")

MUTATIONS = {
    "as it is": lambda word: word,
    "upper": str.upper,
    "title": str.title,
    "punctuated": lambda word: f"{word}!!!",
    "quoted": lambda word: f"“{word}.”",
    "starred": lambda word: f"*{word}*",
    "spaced": lambda word: " ".join(word),
    "dotted": ".".join,
    "full width": lambda word: "".join(
        chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in word
    ),
    "zero width": "\u200b".join,
    "right to left": lambda word: f"\u202e{word}\u202c",
    "emoji": lambda word: f"{word} 🙏🏽",
    "emoji style": lambda word: f"{word}\ufe0f",
    "signed": lambda word: f"{word}\n\nSent from my iPhone",
    "signed es": lambda word: f"{word}\nEnviado desde mi Samsung Galaxy",
    "lines": lambda word: f"\r\n\t{word}\r\n",
    "twice": lambda word: f"{word} {word}",
    "accented": lambda word: word.replace("o", "ó").replace("e", "é"),
    "thrice": lambda word: f"{word}. {word}! {word}",
    "combining": lambda word: word + "\u0301",
    "bold": lambda word: "".join(
        chr(0x1D41A + ord(char) - ord("a")) if "a" <= char <= "z" else char
        for char in word.lower()
    ),
}


def intent(text, context=STRANGER):
    return read(text, context).intent


# Letter by letter it holds "stop"; a second accent makes another word of a Vietnamese one.
LESS = {
    ("UNSTOP", "spaced"): Intent.unsure,
    ("UNSTOP", "dotted"): Intent.unsure,
    ("DỪNG", "combining"): Intent.unsure,
    ("HỦY", "combining"): Intent.unsure,
}
WORDS = [
    row
    for row in ROWS
    if row["class"] in ("stop", "start", "help") and row["keyword"][0].isalpha()
]


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_every_keyword_is_itself_in_any_dress(mutation):
    """All languages of the table, and its phrases: each in each dress and context."""
    wrong = []
    for row in WORDS:
        text = MUTATIONS[mutation](row["keyword"])
        wanted = LESS.get((row["keyword"], mutation), Intent(row["class"]))
        for context in (STRANGER, OPTED_IN, ASKED):
            if intent(text, context) != wanted:
                wrong.append((text, wanted, intent(text, context)))

    assert len(WORDS) >= 100
    assert not wrong


@pytest.mark.parametrize("mutation", MUTATIONS)
@pytest.mark.parametrize("word", [*PER_SE, *VENDOR, *SPANISH])
def test_a_stop_word_is_a_stop_in_any_dress_and_any_context(word, mutation):
    text = MUTATIONS[mutation](word)

    for context in (STRANGER, OPTED_IN, ASKED):
        assert intent(text, context) == Intent.stop, ascii(text)


NOISE = st.text(
    st.one_of(
        st.characters(categories=["Pc", "Pd", "Pe", "Pf", "Pi", "Po", "Ps", "Zs"]),
        st.sampled_from("\u200b\u200d\u2060\u00ad\ufe0f\u202e\u3164\n\t\x00"),
    ),
    max_size=3,
)


@given(st.data(), st.sampled_from([*PER_SE, *VENDOR, *SPANISH]))
def test_case_width_and_marks_between_never_make_less_of_a_stop(data, word):
    text = data.draw(NOISE)
    for char in word:
        wide = chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char
        text += data.draw(st.sampled_from([char, char.upper(), char.lower(), wide]))
        text += data.draw(NOISE)

    assert intent(text, ASKED) == Intent.stop


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["keyword"])
def test_every_row_of_the_table_reads_as_it_says(row):
    reading = read(row["keyword"].lower(), ASKED)
    kind = row["class"]

    if kind == "emergency":
        assert reading.urgent
    elif kind == "yes":
        assert reading.intent == Intent.confirm
    elif kind in ("reassigned", "unsure"):
        assert reading.intent == Intent.unsure
    elif row["match"] == "phrase":
        assert reading.intent == Intent.stop
    else:
        assert reading.intent == kind
        assert reading.rule == "word." + row["rule"]
        assert reading.urgent is False


def test_no_two_rows_say_different_things_of_one_text():
    said = {}
    for row in ROWS:
        if row["match"] != "phrase":
            key = "".join(c for c in row["keyword"].casefold() if c.isalnum())
            assert said.setdefault(key or row["keyword"], row["class"]) == row["class"]
    assert all(row["source"] for row in ROWS)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("please stop texting me", "please stop texting"),
        ("Stop. Thank you", "Stop"),
        ("please S.T.O.P texting", "please S.T.O.P texting"),
        ("s t o p texting me ok", "s t o p texting"),
        ("STOP 12345", "STOP 12345"),
        ("STOOOPPP!!", "STOOOPPP"),
        ("ok stpo pls", "ok stpo pls"),
        ("unsubscrbe", "unsubscrbe"),
        ("Hi. Don’t text me again", "Don’t text"),
        ("please st\u200bo\u00adp me", "please st\u200bo\u00adp me"),
        ("you must leave me alone", "leave me alone"),
        ("no más mensajes", "no más mensajes"),
        ("por favor para", "por favor para"),
        ("Gracias. Cancelar, por favor.", "Cancelar, por favor"),
        ("Take me off your list, doctor", "Take me off"),
    ],
)
def test_plain_words_that_ask_to_stop_are_a_stop(text, part):
    reading = read(text, ASKED)

    assert reading.intent == Intent.stop
    assert reading.rule.startswith(("phrase.", "slip."))
    assert text[slice(*reading.span)].startswith(part)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("I'll stop by at 3", "aside.stop_by"),
        ("where is the bus stop", "aside.bus_stop"),
        ("should I stop taking the ibuprofen", "aside.stop_doing"),
        ("at the end of the day?", "aside.end_of"),
        ("please don't cancel my visit", "aside.dont_stop"),
        ("when do you remove the stitches", "aside.remove"),
        ("ya no puedo comer", "aside.ya_no"),
        ("tengo la presión muy alta", "aside.alto"),
    ],
)
def test_a_stop_word_that_means_something_else_stops_nothing(text, rule):
    reading = read(text, OPTED_IN)

    assert (reading.intent, reading.rule) == (Intent.none, rule)


@pytest.mark.parametrize(
    ("text", "rule", "part"),
    [
        ("do you ever stop or what", "contains.stop", "stop"),
        ("🛑 texting me", "contains.stop_sign", "🛑"),
        ("Liked “lunch” STOP 4 it", "contains.stop", "STOP"),
        ("Thanks \U0001f64f end it", "contains.end", "end"),
        ("STOP start", "contains.stop", "STOP"),
        ("shop", "slip.stop", "shop"),
        ("🖕", "word.middle_finger", "🖕"),
    ],
)
def test_a_stop_word_among_others_is_for_a_person_to_read(text, rule, part):
    reading = read(text, ASKED)

    assert (reading.intent, reading.rule) == (Intent.unsure, rule)
    assert text[slice(*reading.span)] == part


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\x00",
        "\ud800",
        "...",
        "🙏",
        "weekend plans",
        "nonstopper",
        "lunch at 3 pm",
        "gracias para todo",
        "Sent from my iPhone",
        "TD bank or cash?",
        "dungeon",
    ],
)
def test_what_holds_no_word_of_ours_is_none(text):
    reading = read(text, ASKED)

    assert (reading.intent, reading.rule, reading.span) == (Intent.none, "none", (0, 0))
    assert not reading.urgent


OURS = "Maple Dental: visit Tue 3 PM. In an emergency call 911. Reply STOP to opt out"


@pytest.mark.parametrize(
    "text",
    [
        f"Liked “{OURS}”",
        f'Loved "{OURS}"',
        f"Disliked “{OURS}” ",
        f"Laughed at “{OURS}”",
        f"Emphasized “{OURS}”",
        f"Questioned “{OURS}”",
        f"Reacted 😂 to “{OURS}”",
        f"Removed a like from “{OURS}”",
        f"\u200b👍\u200b to “\u200b{OURS}\u200b”",
        f"Le gustó “{OURS}”",
        f"No le gustó «{OURS}»",
    ],
)
def test_a_reaction_that_quotes_us_is_not_her_word(text):
    reading = read(text, ASKED)

    assert (reading.intent, reading.rule) == (Intent.none, "reaction")
    assert not reading.urgent
