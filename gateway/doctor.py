"""What is wrong with this installation, and what to do about it: one sentence each.

Pure: `gateway.symptoms` looks, this judges.  In development much is a warning that
would be a problem where patients are texted.
"""

from collections.abc import Iterator
from datetime import timedelta

from gateway.findings import Finding, Level, Silent, Symptoms
from kernel.db import journal_mode

BACKUP_VALID = timedelta(hours=26)  # a daily one, and two hours for being late
COMPARED_VALID = timedelta(hours=26)  # once a day, and two hours for being late
CLOCK_OFF = 5.0  # seconds; then leases and windows go wrong
SURELY_OFF = 60.0
LITTLE, VERY_LITTLE = 2_000_000_000, 200_000_000  # bytes free
SHORT_TOKEN = 16
WEAK, DISTINCT = 32, 10  # of SECRET_KEY, as production demands


def examine(seen: Symptoms) -> list[Finding]:
    worse = Level.problem if seen.production else Level.warning
    return [
        _settings(seen),
        _public_address(seen, worse),
        _secrets(seen, worse),
        *_health(seen),
        _sqlite(seen),
        _disk(seen),
        _keys(seen),
        _files(seen, worse),
        _webhook(seen, worse),
        _time(seen, worse),
        _compared(seen),
        _backup(seen, worse),
        _mail(seen),
        _carriers(seen),
        _accounts(seen),
        _quarantine(seen),
    ]


def _settings(seen: Symptoms) -> Finding:
    if seen.production:
        return Finding("settings", Level.ok, "HEED_ENV is production.")
    return Finding(
        "settings",
        Level.warning,
        "HEED_ENV is development. Set it to production before patients are texted.",
    )


def _public_address(seen: Symptoms, worse: Level) -> Finding:
    url = seen.public_base_url
    if url.startswith("https://"):
        return Finding("public address", Level.ok, f"{url} is safe.")
    said = f"PUBLIC_BASE_URL is '{url}'. Set it to the https:// address Twilio calls."
    return Finding("public address", worse, said)


def _secrets(seen: Symptoms, worse: Level) -> Finding:
    weak = []
    if len(seen.secret_key) < WEAK or len(set(seen.secret_key)) < DISTINCT:
        weak.append("SECRET_KEY is missing or weak. Set it to 32 random characters.")
    if 0 < len(seen.metrics_token) < SHORT_TOKEN:
        weak.append(f"METRICS_TOKEN is short. Give it {SHORT_TOKEN} characters.")
    if not seen.parent_account:
        weak.append(
            "TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN are not both set. Set them, or "
            "calls for numbers that are no clinic's cannot be believed."
        )
    if weak:
        return Finding("secrets", worse, " ".join(weak))
    return Finding("secrets", Level.ok, "The secrets are there and long enough.")


DO = {
    "database": "Look at the disk and at DATABASE_URL: nothing is taken or sent.",
    "migrations": "",  # the detail says it
    "clock": "Start Heed, or 'flask clock': nothing is planned without it.",
    "inbound": "Nothing leaves until Twilio's list was compared. Look at the accounts "
    "and the network, or run 'flask tick'.",
}


def _health(seen: Symptoms) -> Iterator[Finding]:
    """What `/readyz` asks."""
    for check in seen.health:
        if check.name in DO:
            level = Level.ok if check.ok else Level.problem
            advice = "" if check.ok else DO[check.name]
            detail = check.detail[:1].upper() + check.detail[1:]
            yield Finding(check.name, level, f"{detail}. {advice}".strip())


def _sqlite(seen: Symptoms) -> Finding:
    version = ".".join(map(str, seen.sqlite_version))
    if seen.dialect != "sqlite":
        return Finding("engine", Level.ok, "PostgreSQL.")
    if journal_mode(seen.sqlite_version) == "WAL":
        return Finding("engine", Level.ok, f"SQLite {version}, with its WAL.")
    return Finding(
        "engine",
        Level.warning,
        f"SQLite {version} can damage a WAL, so Heed works without one and slower: "
        "readers and writers wait for each other. Install a wheel of pysqlite3, or "
        "use PostgreSQL.",
    )


def _disk(seen: Symptoms) -> Finding:
    level = Level.ok
    if seen.free_bytes < LITTLE:
        level = Level.problem if seen.free_bytes < VERY_LITTLE else Level.warning
    said = f"{seen.free_bytes / 1e9:.1f} GB are free in DATA_DIR."
    advice = "" if level is Level.ok else " Make room: a full disk takes no STOP."
    return Finding("disk", level, said + advice)


def _keys(seen: Symptoms) -> Finding:
    file = seen.keys_file
    if seen.keys_mode is None:
        said = f"'{file}' is missing. Put it back from its safe place."
        return Finding("keys", Level.problem, said)
    if seen.sealed_shut:
        return Finding(
            "keys",
            Level.problem,
            f"'{file}' does not open the token of {_listed(seen.sealed_shut)}. Put the "
            "keys there that belong to this database, or set the account anew.",
        )
    if seen.keys_mode & 0o077:
        said = f"Others may read '{file}'. Run: chmod 600 '{file}'"
        return Finding("keys", Level.problem, said)
    said = f"'{file}' opens what is sealed. Keep a copy of it in another safe place."
    return Finding("keys", Level.ok, said)


def _files(seen: Symptoms, worse: Level) -> Finding:
    if not seen.open_files:
        return Finding("files", Level.ok, "Only we may read our files.")
    said = f"Others on this machine may read {_listed(seen.open_files)}."
    return Finding("files", worse, f"{said} Take their rights away (chmod go-rwx).")


def _webhook(seen: Symptoms, worse: Level) -> Finding:
    url, answer = seen.public_base_url, seen.webhook
    if isinstance(answer, Silent):
        said = f"No signed call could be made through {url}: {answer.why}"
        return Finding("webhook", worse, said)
    if answer.status == 200 and answer.ours:
        said = f"A signed call through {url} arrives as it was signed."
        return Finding("webhook", Level.ok, said)
    if answer.status in (301, 302, 303, 307, 308):
        why = "is sent on to another address. Set PUBLIC_BASE_URL to that one"
    elif not answer.ours:
        why = "is answered by something else. Let the proxy pass /webhooks/ on to Heed"
    else:
        why = (
            "arrives, but no longer as it was signed. Let the proxy change neither "
            "path nor body, and set PUBLIC_BASE_URL to exactly what Twilio calls"
        )
    said = f"A signed call through {url} {why} (HTTP {answer.status})."
    return Finding("webhook", Level.problem, said)


def _time(seen: Symptoms, worse: Level) -> Finding:
    if isinstance(seen.vendor_clock, Silent):
        said = f"Twilio's clock could not be read: {seen.vendor_clock.why}"
        return Finding("time", worse, said)
    off = abs(seen.vendor_clock)
    said = f"This machine's clock and Twilio's are {off:.0f} seconds apart."
    if off <= CLOCK_OFF:
        return Finding("time", Level.ok, said)
    level = Level.problem if off > SURELY_OFF else Level.warning
    return Finding("time", level, f"{said} Let the machine keep time by NTP.")


def _compared(seen: Symptoms) -> Finding:
    """Never more than a warning: what comes in is watched every five minutes."""
    never, at = seen.compared
    ask = "Run 'flask consent compare CLINIC', and see whether it says why."
    if never:
        said = f"{never} clinics were never compared with Twilio."
        return Finding("comparison", Level.warning, f"{said} {ask}")
    if at is None:
        said = "No number is connected, so nothing is compared with Twilio."
        return Finding("comparison", Level.ok, said)
    hours = max(0, (seen.now - at) / timedelta(hours=1))
    said = f"Every clinic was compared with Twilio {hours:.0f} hours ago or later."
    if seen.now - at <= COMPARED_VALID:
        return Finding("comparison", Level.ok, said)
    said = (
        f"A clinic was compared with Twilio {hours:.0f} hours ago, for the last time."
    )
    return Finding("comparison", Level.warning, f"{said} {ask}")


def _backup(seen: Symptoms, worse: Level) -> Finding:
    if seen.backup_at is None:
        said = "No backup was made yet. Run 'flask backup FILE' every day."
        return Finding("backup", worse, said)
    hours = (seen.now - seen.backup_at) / timedelta(hours=1)
    said = f"The newest verified backup is {max(0, hours):.0f} hours old."
    if seen.now - seen.backup_at <= BACKUP_VALID:
        return Finding("backup", Level.ok, said)
    return Finding("backup", worse, f"{said} Run 'flask backup FILE' every day.")


def _mail(seen: Symptoms) -> Finding:
    if isinstance(seen.mail, Silent):
        said = f"The mail server cannot be reached ({seen.mail.why}). Look at SMTP_URL."
        return Finding("mail", Level.problem, said)
    if seen.mail:
        return Finding("mail", Level.ok, "The mail server answers.")
    said = "SMTP_URL is not set, so links to sign in are shown to be copied."
    return Finding("mail", Level.warning, said)


def _carriers(seen: Symptoms) -> Finding:
    if seen.stale:
        return Finding(
            "carriers",
            Level.problem,
            f"Not confirmed for 24 hours: {_listed(seen.stale)}. Texts to their phones "
            "wait. Look at TCR_API_BASE and its key, or run 'flask registration poll'.",
        )
    if seen.retype:
        return Finding(
            "carriers",
            Level.warning,
            f"Typed 30 days ago or more: {_listed(seen.retype)}. Look again in the "
            "portal and record what it says.",
        )
    return Finding("carriers", Level.ok, "What the carriers said is not old.")


def _accounts(seen: Symptoms) -> Finding:
    if not seen.halted:
        return Finding("accounts", Level.ok, "Twilio refuses no clinic's account.")
    said = (
        f"Twilio refuses the account of {_listed(seen.halted)}. Nothing leaves there."
    )
    advice = "Mend it at Twilio, then say so with 'flask clinic account'."
    return Finding("accounts", Level.problem, f"{said} {advice}")


def _quarantine(seen: Symptoms) -> Finding:
    if not seen.unseen:
        return Finding("quarantine", Level.ok, "No call waits to be looked at.")
    said = (
        f"{seen.unseen} signed calls could not be taken. See 'flask quarantine list'."
    )
    return Finding("quarantine", Level.warning, said)


def _listed(names: tuple[str, ...], most: int = 5) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
