"""The table, its second half: policies, terms and forms, each with what is wrong."""

from tests.registration.sites import (
    BOX,
    CLAUSE,
    COLLECTED,
    FOOT,
    HARD,
    HOME,
    LINKS,
    OUT,
    SHARING,
    SMALL,
    TERMS,
    TEXTS,
    Answer,
    Case,
    form,
    policy,
    to,
)

LINK = frozenset({"terms.no_privacy_link"})  # the policy it leads to is gone


def about_policy(name, gives, page, **more):
    return Case(name, gives, {"/privacy": page}, **more)


def about_terms(name, gives, old, new=""):
    assert old in TERMS
    return Case(name, gives, {"/sms-terms": TERMS.replace(old, new)})


def about_form(name, gives, *parts, **more):
    return Case(name, gives, {"/join": form(*parts, **more)})


def box(attributes="", words="I agree to text messages with appointment reminders."):
    return f'<label><input type="checkbox" {attributes}> {words}</label>'


POLICIES = (
    about_policy("policy-404", "policy.broken", Answer("", 404), also=LINK),
    about_policy("policy-500", "policy.broken", Answer("", 500), also=LINK),
    about_policy("policy-empty", "policy.broken", "", also=LINK),
    about_policy(
        "policy-login",
        "policy.broken",
        "<form>Password <input type=password></form>",
        also=LINK,
    ),
    about_policy(
        "policy-soon",
        "policy.placeholder",
        "<h1>Privacy policy</h1><p>Under construction</p>",
    ),
    about_policy("policy-home", "policy.elsewhere", to("/")),
    about_policy(
        "policy-away", "policy.elsewhere", to("https://sound.example/privacy")
    ),
    about_policy(
        "policy-pdf", "page.document", Answer(b"%PDF-1.7", kind="application/pdf")
    ),
    about_policy(
        "policy-scripts", "page.scripted", "<div id=root></div><script></script>"
    ),
    Case("policy-http", "policy.http", policy="http://policy-http.example/privacy"),
    Case(
        "downgraded",
        "policy.http",
        {"https:/privacy": to("http://downgraded.example/privacy")},
    ),
    about_policy(
        "no-texting",
        "policy.no_texting",
        policy(
            COLLECTED,
            "<p>We use your data to run the practice.</p>",
            OUT.replace("Reply STOP to opt out", "You may opt out"),
        ),
        also=frozenset({"policy.no_clause"}),
    ),
    about_policy("no-clause", "policy.no_clause", policy(COLLECTED, TEXTS, OUT)),
    about_policy(
        "general-clause",
        "policy.general_clause",
        policy(
            COLLECTED,
            TEXTS,
            "<p>We never sell your information to third parties.</p>",
            OUT,
        ),
    ),
    about_policy("shares", "policy.shares", policy(COLLECTED, TEXTS, SHARING, OUT)),
    about_policy(
        "loophole",
        "policy.shares",
        policy(
            COLLECTED,
            TEXTS,
            "<p>Mobile numbers are not shared with third parties except our marketing partners.</p>",
            OUT,
        ),
    ),
    about_policy("no-collection", "policy.no_collection", policy(TEXTS, CLAUSE, OUT)),
    about_policy("no-way-out", "policy.no_way_out", policy(COLLECTED, TEXTS, CLAUSE)),
    about_policy(
        "no-opt-out",
        "policy.no_opt_out",
        policy(COLLECTED, TEXTS, CLAUSE, "<p>Ask us to have your data deleted.</p>"),
    ),
    about_policy(
        "no-removal",
        "policy.no_removal",
        policy(COLLECTED, TEXTS, CLAUSE, "<p>Reply STOP to opt out.</p>"),
    ),
    about_policy(
        "unfilled",
        "policy.unfilled",
        policy(COLLECTED, TEXTS, CLAUSE, OUT, "<p>Write to [Your Company Name].</p>"),
    ),
    about_policy(
        "hard", "policy.hard", policy(COLLECTED, TEXTS, CLAUSE, OUT, HARD, HARD)
    ),
    Case(
        "policy-missing",
        "policy.missing",
        {"/": HOME.replace("Privacy Policy", "Legal").replace("/privacy", "/x")},
        policy="",
        also=frozenset({"policy.not_linked", "site.no_policy"}),
    ),
)
TERMS_PAGES = (
    Case("terms-404", "terms.broken", {"/sms-terms": Answer("", 404)}),
    Case(
        "terms-soon",
        "terms.placeholder",
        {"/sms-terms": "<h1>Terms</h1><p>Coming soon</p>"},
    ),
    Case("terms-home", "terms.elsewhere", {"/sms-terms": to("/")}),
    Case(
        "terms-general",
        "terms.no_section",
        {
            "/sms-terms": f"<h1>Terms of use of Alder Dental</h1><p>You may read this website as long as you like. The law of Oregon applies.</p>{FOOT}"
        },
    ),
    about_terms(
        "terms-kinds",
        "terms.no_kinds",
        "appointment reminders and confirmations",
        "something",
    ),
    about_terms("terms-frequency", "terms.no_frequency", "Message frequency varies."),
    about_terms("terms-rates", "terms.no_rates", "Message and data rates may apply."),
    about_terms("terms-stop", "terms.no_opt_out", "Reply STOP to opt out."),
    about_terms(
        "terms-privacy",
        "terms.no_privacy_link",
        '<a href="/privacy">Privacy Policy</a>',
        "Privacy Policy",
    ),
    about_terms("terms-help", "terms.no_help", "Reply HELP for help or call", "Call"),
)
FORMS = (
    Case(
        "form-none",
        "form.none",
        {
            "/join": f"<h1>Alder Dental</h1><p>Call us to get text reminders of your visits.</p>{FOOT}"
        },
    ),
    Case(
        "form-login",
        "page.login",
        {"/join": "<form>Sign in <input type=password></form>"},
    ),
    about_form("ticked", "form.ticked", box("checked")),
    about_form("required", "form.required", box("required")),
    about_form(
        "bundled",
        "form.bundled_channels",
        box("", "I agree to text messages and e-mails with appointment reminders."),
    ),
    about_form(
        "with-terms",
        "form.bundled_terms",
        box(
            "",
            "I agree to the terms of use and to text messages with appointment reminders.",
        ),
    ),
    about_form(
        "mixed",
        "form.mixed",
        box("", "I agree to text messages with reminders and special offers."),
    ),
    about_form(
        "no-box",
        "form.no_box",
        "<p>By joining you agree to text messages with appointment reminders.</p>",
    ),
    about_form(
        "form-kinds",
        "form.no_kinds",
        box("", "I agree to text messages from Alder Dental."),
        SMALL.replace("receiving care", "anything"),
    ),
    about_form(
        "form-frequency",
        "form.no_frequency",
        BOX,
        SMALL.replace("Message frequency varies. ", ""),
    ),
    about_form(
        "form-rates",
        "form.no_rates",
        BOX,
        SMALL.replace("Message and data rates may apply. ", ""),
    ),
    about_form(
        "form-help", "form.no_help", BOX, SMALL.replace("Reply HELP for help, r", "R")
    ),
    about_form(
        "form-stop", "form.no_stop", BOX, SMALL.replace(", reply STOP to opt out", "")
    ),
    about_form(
        "form-condition",
        "form.condition",
        BOX,
        SMALL.replace("Consent is not a condition of receiving care.", ""),
    ),
    about_form(
        "form-privacy", "form.no_privacy", links=LINKS.replace('"/privacy"', '"#"')
    ),
    about_form("form-terms", "form.no_terms", links='<a href="/privacy">Privacy</a>'),
    about_form(
        "hidden-words",
        "form.no_rates",
        BOX,
        SMALL.replace(
            "Message and data rates may apply.",
            '<span style="display:none">Message and data rates may apply.</span>',
        ),
    ),
)
PAGE_CASES = (*POLICIES, *TERMS_PAGES, *FORMS)
