"""The table: one website a row, and the rule it must break (None: a sound one)."""

from tests.registration.site_page_cases import PAGE_CASES, about_policy
from tests.registration.site_server import spaces_packed
from tests.registration.sites import (
    COLLECTED,
    ENGLISH_ENOUGH,
    FOOT,
    HOME,
    NESTED,
    NOISE,
    OUT,
    POLICY,
    SHARING,
    SITE,
    SPANISH,
    TANGLED,
    TEXTS,
    UNPACKED,
    Answer,
    Case,
    _drip,
    _endless_continue,
    _endless_headers,
    _half,
    _hang_up,
    _silent,
    _slow_headers,
    _ten_gigabytes,
    form,
    packed,
    policy,
    to,
)

HOME_GONE = frozenset({"policy.not_linked"})
ALL_GONE = frozenset({"policy.broken", "terms.broken"})


def home(name, gives, page, **more):
    return Case(name, gives, {"/": page}, **more)


SOUND = (
    Case("sound", None),
    Case("spanish", None, SPANISH),
    home("gzipped", None, packed(UNPACKED)),
    home(
        "relative-links",
        None,
        HOME.replace('"/privacy"', '"privacy?from=home#top"'),
        policy="/privacy?from=home",
    ),
    home("footer-only", None, f"{ENGLISH_ENOUGH}{FOOT}"),
    home(
        "image-link",
        None,
        HOME.replace(">Privacy Policy<", '><img alt="Privacy Policy" src="p.png"><'),
    ),
    home("www-redirect", None, to("https://sound.example/", 301)),
    Case(
        "moved-policy",
        None,
        {"/privacy": to("/legal/privacy", 301), "/legal/privacy": POLICY},
    ),
    Case(
        "refresh-policy",
        None,
        {"/privacy": '<meta http-equiv=refresh content="0;url=/p2">', "/p2": POLICY},
    ),
    about_policy(
        "exempted",
        None,
        policy(
            COLLECTED,
            TEXTS,
            SHARING,
            "<p>All of the above exclude text messaging opt-in data and consent.</p>",
            OUT,
        ),
    ),
    about_policy(
        "latin-1",
        None,
        Answer(
            POLICY.replace("Ask", "Señal. Ask").encode("latin-1"),
            kind="text/html; charset=iso-8859-1",
        ),
    ),
    Case(
        "fields-without-form",
        None,
        {
            "/join": form()
            .replace('<form method="post">', "<div>")
            .replace("</form>", "</div>")
        },
    ),
)
UNREACHABLE = (
    home("dead-home", "url.error", Answer("gone", 404)),
    home("server-error", "url.error", Answer("oops", 500)),
    home("bot-block", "url.blocked", Answer("Checking your browser", 403)),
    home(
        "loop",
        "url.redirects",
        to("/again"),
    ),
    home("many-hops", "url.redirects", to("/1")),
    home("to-private", "url.private", to("http://10.0.0.1/")),
    home("to-metadata", "url.private", to("http://169.254.169.254/latest/meta-data/")),
    home("to-file", "url.unreadable", to("file:///etc/passwd")),
    home("to-odd-port", "url.unreadable", to("https://to-odd-port.example:8443/")),
    home(
        "refresh-to-private",
        "url.private",
        '<meta http-equiv="refresh" content="0; url=http://127.0.0.1/">',
    ),
    Case(
        "refresh-loop",
        "url.redirects",
        {
            "/": '<meta http-equiv=refresh content="0;url=/b">',
            "/b": '<meta http-equiv=refresh content="0;url=/">',
        },
    ),
    home("endless-headers", "url.garbled", _endless_headers),
    home("endless-continue", "url.slow", _endless_continue),
    home("drip", "url.slow", _drip),
    home("slow-headers", "url.slow", _slow_headers),
    home("silent", "url.slow", _silent),
    home("half", "page.empty", _half),
    home("hang-up", "url.unreachable", _hang_up),
    home("not-gzip", "url.garbled", packed(b"plain words")),
    home("unasked-packing", "url.garbled", packed(b"x", "br")),
    Case("private-name", "url.private", addresses=("10.1.2.3",), also=ALL_GONE),
    Case(
        "two-faced-name",
        "url.private",
        addresses=("93.184.216.34", "127.0.0.1"),
        also=ALL_GONE,
    ),
    Case(
        "mapped-name",
        "url.private",
        addresses=("::ffff:169.254.169.254",),
        also=ALL_GONE,
    ),
    Case(
        "translated-name", "url.private", addresses=("64:ff9b::a00:1",), also=ALL_GONE
    ),
    Case("wrong-certificate", "url.certificate", also=ALL_GONE),
    Case("no-such-name", "url.unresolved", also=ALL_GONE),
    Case(
        "dead-sample",
        "url.error",
        sample="Alder Dental: see https://dead-sample.example/gone",
    ),
    Case(
        "lost-sample",
        "url.unresolved",
        sample="Alder Dental: see https://nowhere.example/x",
    ),
)
HOMES = (
    home(
        "coming-soon",
        "page.placeholder",
        f"<h1>Alder Dental</h1><p>Coming soon!</p>{FOOT}",
    ),
    home("empty", "page.empty", "", also=HOME_GONE),
    home(
        "login-wall",
        "page.login",
        "<h1>Sign in</h1><form><input name=u><input type=password></form>",
    ),
    home(
        "scripts-only",
        "page.scripted",
        '<div id="root"></div><script src="/app.js"></script>',
    ),
    home("bomb", "page.large", packed(spaces_packed(HOME.encode(), 1000))),
    home("ten-gigabytes", "page.large", _ten_gigabytes),
    home("huge", "page.large", HOME + "<p>word</p>" * 300_000),
    home("nested", "page.heavy", NESTED),
    home("tangled", "page.heavy", TANGLED),
    home("noise", "policy.not_linked", Answer(NOISE)),
    home(
        "no-policy-link",
        "policy.not_linked",
        HOME.replace("Privacy Policy", "Legal").replace("/privacy", "/x"),
    ),
    home("dead-hash", "policy.dead_link", HOME.replace('"/privacy"', '"#"')),
    home(
        "script-link",
        "policy.dead_link",
        HOME.replace('"/privacy"', '"javascript:void(0)"'),
    ),
    home(
        "other-policy",
        "policy.other_link",
        HOME.replace('"/privacy"', '"/old-privacy"'),
    ),
    Case(
        "stranger",
        "site.no_name",
        {path: page.replace("Alder", "Other") for path, page in SITE.items()},
        also=frozenset({"form.no_name"}),
    ),
    Case(
        "no-address",
        "site.no_address",
        {path: page.replace("12 Elm Street", "") for path, page in SITE.items()},
    ),
    home("sells-cbd", "site.prohibited", HOME + "<p>Now with CBD oil</p>"),
    Case("plain-http", "policy.http", scheme="http"),
)
CASES = (*SOUND, *UNREACHABLE, *HOMES, *PAGE_CASES)
