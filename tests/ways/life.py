"""A machine that goes every way into consent and out of it, in any order, and after
each step compares the line with what the people of the story really said."""

import itertools

from hypothesis import strategies as some
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from consent import at_desk
from consent.models import Topic
from consent.replay import replay
from consent.standing import Word
from tests.torture.checks import ledger_faults
from tests.ways.doors import Doors

STOPS = ("STOP", "stop.", "ALTO", "unsubscribe", "please stop texting me", "CANCEL")
STARTS = ("START", "unstop")
DOUBTS = ("do you ever stop", "wrong number", "not interested")
ASIDES = ("HELP", "see you soon", "the bus stop is near", "C", "R")
WORDS = (*STOPS, *STARTS, *DOUBTS, *ASIDES, "YES", "YES")
MORE = (Topic.reviews, Topic.marketing)
BY_HAND = (at_desk.SIGNED, at_desk.SPOKEN)

a_phone = some.integers(0, 2)
some_words = some.sampled_from(WORDS)
more_topics = some.sets(some.sampled_from(MORE))


def machine(database, cast, now):
    lives = itertools.count()

    class Life(RuleBasedStateMachine):
        def __init__(self):
            super().__init__()
            self.doors = Doors(database, cast.maple, next(lives), now)
            self.phones, self.stood = self.doors.phones, self.doors.stood
            self.late, self.brought = [], []
            self.overtaken = set()  # phones whose texts came in another order
            self.asked = {phone: set() for phone in self.phones}

        # A text of hers: at once, late, twice, or never until we ask.

        @rule(which=a_phone, body=some_words)
        def text(self, which, body):
            phone = self.phones[which]
            waits = any(item.from_phone == phone for item in self.late)
            before = self.stood(phone)
            self.bring(self.doors.texted(phone, body))
            if waits or phone in self.overtaken:
                self.overtaken.add(phone)
            else:
                self.understood(phone, body, before, self.stood(phone))

        @rule(which=a_phone, body=some_words)
        def text_whose_webhook_is_late(self, which, body):
            self.late.append(self.doors.texted(self.phones[which], body))

        @precondition(lambda self: self.late)
        @rule(pick=some.randoms())
        def late_webhook(self, pick):
            item = self.late.pop(pick.randrange(len(self.late)))
            self.overtaken.add(item.from_phone)
            self.bring(item)
            if item.body in STOPS:
                assert not self.stood(item.from_phone).agreed

        @precondition(lambda self: self.brought)
        @rule(pick=some.randoms())
        def webhook_again(self, pick):
            before = self.doors.all_stood()
            self.doors.bring(pick.choice(self.brought))
            assert self.doors.all_stood() == before

        @rule()
        def compare(self):
            """With the vendor's list: what never came is heard, and the order counts."""
            assert self.doors.compared().failed == 0
            self.brought += self.late
            self.late = []
            for phone in self.phones:
                if self.last_word_is_stop(phone):
                    assert not self.stood(phone).agreed
            self.overtaken = set()

        def bring(self, item):
            self.doors.bring(item)
            self.brought.append(item)

        # Through the clinic.

        @rule(which=a_phone, more=more_topics)
        def web_form(self, which, more):
            phone = self.phones[which]
            before = self.stood(phone)
            self.doors.filled_in(phone, (Topic.care, *sorted(more)))
            after = self.stood(phone)
            assert (after.held, after.agreed) == (before.held, before.agreed)
            stopped = Word.opted_out in before.words.values()
            assert not stopped or after.words == before.words

        @rule()
        def requests_leave(self):
            for phone in self.doors.asked_by_text():
                words = self.stood(phone).words
                waiting = {t for t, word in words.items() if word is Word.pending}
                self.asked[phone] |= waiting

        @rule(which=a_phone)
        def reminder_asks_about_the_visit(self, which):
            """From then on YES may mean the visit."""
            before = self.doors.all_stood()
            self.doors.reminded(self.phones[which])
            assert self.doors.all_stood() == before

        @rule(which=a_phone, more=more_topics, after_stop=some.booleans())
        def paper(self, which, more, after_stop):
            phone, topics = self.phones[which], [Topic.care, *more]
            before = self.stood(phone)
            taken = self.doors.signed(phone, topics, after_stop=after_stop)
            doubted = before.held or Word.opted_out in before.words.values()
            assert not (taken and doubted and not after_stop)
            self.granted(phone, before, topics if taken else None)

        @rule(which=a_phone, saw_the_stop=some.booleans())
        def spoken_yes(self, which, saw_the_stop):
            phone = self.phones[which]
            before = self.stood(phone)
            taken = self.doors.said_yes(phone, saw_the_stop=saw_the_stop)
            assert taken is saw_the_stop
            self.granted(phone, before, at_desk.SPOKEN_TOPICS if taken else None)

        @rule(which=a_phone)
        def spoken_stop(self, which):
            self.doors.told_stop(self.phones[which])
            self.stopped(self.phones[which])

        @rule(which=a_phone)
        def imported_list(self, which):
            phone = self.phones[which]
            before = self.stood(phone)
            self.doors.imported(phone)
            free = before.words[Topic.care] is Word.none
            topics = [Topic.care] if free else None
            self.granted(phone, before, topics, settles=False)

        @rule(which=a_phone)
        def vendor_refuses(self, which):
            """Of a phone that is stopped already it tells nothing new."""
            phone = self.phones[which]
            before = self.stood(phone)
            self.doors.refused(phone)
            if before.words[Topic.care] is Word.opted_out:
                assert self.stood(phone) == before
            else:
                self.stopped(phone)

        @rule(which=a_phone)
        def new_number(self, which):
            new, before = self.phones[which], self.doors.all_stood()
            left = self.doors.renumbered(new)
            after = self.doors.all_stood()
            if new != left:
                assert not after.pop(left).agreed
                before.pop(left)
            assert after == before

        # What must hold.

        @invariant()
        def the_ledger_says_the_same(self):
            with database.reading() as session:
                for phone in self.phones:
                    replayed = replay(self.doors.history(session, phone))
                    stood = self.stood(phone)
                    assert bool(replayed.held_seq) is stood.held
                    assert {t: replayed.word(t) for t in Topic} == stood.words

        def teardown(self):
            self.compare()
            assert self.doors.kept() == {i.sid for i in self.doors.vendor.listed}
            with database.reading() as session:
                assert not ledger_faults(session)

        def understood(self, phone, body, before, after):
            """Of texts that come in order it is known exactly what they do."""
            waiting = Word.pending in before.words.values()
            if body in STOPS:
                self.stopped(phone)
            elif body in STARTS:
                assert (after.words[Topic.care], after.held) == (Word.opted_in, False)
                assert after.agreed <= before.agreed | {Topic.care} | self.asked[phone]
            elif body == "YES":
                self.agreed_by_yes(phone, before, after)
            elif body in ASIDES:
                assert after == before
            elif body != "not interested" or not waiting:
                assert (after.held, after.words) == (True, before.words)

        def agreed_by_yes(self, phone, before, after):
            """It answers a question, or undoes a STOP; else it is no opt-in."""
            care = before.words[Topic.care]
            if care in (Word.opted_out, Word.pending):
                assert (after.words[Topic.care], after.held) == (Word.opted_in, False)
            may = before.agreed | self.asked[phone]
            assert after.agreed <= (may if care is Word.none else may | {Topic.care})

        def stopped(self, phone):
            after = self.stood(phone)
            assert (after.agreed, after.held) == (set(), False)
            assert after.words[Topic.care] is Word.opted_out
            self.asked[phone] = set()

        def granted(self, phone, before, topics, *, settles=True):
            after = self.stood(phone)
            if topics is None:
                assert after == before
                return
            assert after.agreed == before.agreed | set(topics)
            assert after.held is (before.held and not settles)

        def last_word_is_stop(self, phone):
            """By the vendor's list, where nothing but her texts ever opted in."""
            words = [
                item.body
                for item in self.doors.vendor.listed
                if item.from_phone == phone and item.body in (*STOPS, *STARTS, "YES")
            ]
            return bool(words) and words[-1] in STOPS and not self.by_hand(phone)

        def by_hand(self, phone):
            with database.reading() as session:
                entries = self.doors.history(session, phone)
            return any((e.facts or {}).get("method") in BY_HAND for e in entries)

    return Life
