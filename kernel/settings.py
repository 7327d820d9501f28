"""All settings, from the environment, once.  A bad value ends the start with one
sentence that names the variable, the value and the choices."""

import contextlib
import os
import secrets
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from kernel.mail import read_sender, read_server
from kernel.visible import visible

SECRETS = (
    "TWILIO_ACCOUNT_SID",
    "SECRET_KEY",
    "TWILIO_AUTH_TOKEN",
    "TWILIO_AUTH_TOKEN_NEXT",
    "TCR_API_SECRET",
    "SMTP_URL",
    "METRICS_TOKEN",
)
CHOICES = {
    "DATABASE_URL": "sqlite:///FILE or postgresql://USER@HOST/NAME",
    "HEED_ENV": "development or production",
    "HEED_EMBEDDED": "1 or 0",
    "PORT": "a whole number from 1 to 65535",
    "SIM_PORT": "a whole number from 1 to 65535",
    "HEED_SENDERS": "a whole number from 1 to 256",
    "WEB_CONCURRENCY": "a whole number from 1 to 64",
    "VENDOR_VERIFIED": "1 or 0",
    "HEED_PROXIES": "how many proxies stand before Heed, 0 to 5",
    "SMTP_URL": "smtp://USER:PASSWORD@HOST:587 or smtps://…, or unset",
    "MAIL_FROM": "the address that mails come from, such as Heed <heed@clinic.com>",
    "LOG_LEVEL": "DEBUG, INFO, WARNING or ERROR",
    "PUBLIC_BASE_URL": "http(s)://HOST without user, query or fragment",
    "TWILIO_API_BASE": "http(s)://HOST:PORT, or unset for the real Twilio",
    "TCR_API_BASE": "http(s)://HOST/PATH, or unset",
    "SEGMENT_PRICE": "US dollars for one segment, such as 0.0118, or unset",
    "TWILIO_ACCOUNT_SID": "AC and 32 hexadecimal digits",
}

DEMO_FILE = "demo.env"  # in DATA_DIR: written by `make run`


class BadSetting(Exception):
    """The sentence to print before stopping."""


class Settings(BaseSettings):
    """Frozen; field names are the environment's variables in lower case."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_prefix="")

    heed_env: Literal["development", "production"] = "development"
    database_url: Annotated[str, Field(repr=False)] = ""
    data_dir: Path = Path("var")
    port: Annotated[int, Field(ge=1, le=65535)] = 5000
    sim_port: Annotated[int, Field(ge=1, le=65535)] = 5001
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    secret_key: SecretStr = SecretStr("")
    secret_key_fallbacks: SecretStr = SecretStr("")
    heed_keys_file: Path | None = None
    heed_embedded: bool | None = None
    web_concurrency: Annotated[int, Field(ge=1, le=64)] = 2
    heed_senders: Annotated[int, Field(ge=1, le=256)] = 4
    heed_fault_points: str = ""
    vendor_verified: bool = True
    public_base_url: str = "http://127.0.0.1:5000"
    twilio_account_sid: Annotated[str, Field(pattern=r"^(AC[0-9a-f]{32})?$")] = ""
    twilio_auth_token: SecretStr = SecretStr("")
    twilio_auth_token_next: SecretStr = SecretStr("")
    twilio_api_base: str = ""
    tcr_api_base: str = ""
    tcr_api_key: SecretStr = SecretStr("")
    tcr_api_secret: SecretStr = SecretStr("")
    heed_proxies: Annotated[int, Field(ge=0, le=5)] = 0
    smtp_url: SecretStr = SecretStr("")
    mail_from: str = ""
    metrics_token: SecretStr = SecretStr("")
    segment_price: Annotated[Decimal | None, Field(ge=0, le=1)] = None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        *others: PydanticBaseSettingsSource,
        **more: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what `load` hands over: it alone reads the environment."""
        return (init_settings,)

    @property
    def production(self) -> bool:
        return self.heed_env == "production"

    @property
    def embedded(self) -> bool:
        """One web process with a clock thread and senders; default for SQLite."""
        if self.heed_embedded is None:
            return self.database_url.startswith("sqlite")
        return self.heed_embedded

    @property
    def keys_file(self) -> Path:
        return self.heed_keys_file or self.data_dir / "keys.json"

    @property
    def clock_file(self) -> Path:
        return self.data_dir / "clock.json"


def load(environment: Mapping[str, str] | None = None) -> Settings:
    """Settings from `environment` (default: the process's); raises BadSetting."""
    if environment is None:
        environment = {**_of_demo(os.environ), **os.environ}
    given = _with_files(dict(environment))
    fields = {
        name: given[name.upper()]
        for name in Settings.model_fields
        if given.get(name.upper())
    }
    data_dir = Path(fields.get("data_dir", "var"))
    fields.setdefault("database_url", f"sqlite:///{data_dir / 'heed.db'}")
    fields.setdefault("public_base_url", f"http://127.0.0.1:{fields.get('port', 5000)}")
    try:
        settings = Settings.model_validate(fields)
    except ValidationError as mistake:
        raise BadSetting(_sentence(mistake, fields)) from None
    _check_urls(settings)
    _check_mail(settings)
    if settings.production:
        _check_production(settings)
    return settings


def _of_demo(given: Mapping[str, str]) -> dict[str, str]:
    """What the data folder of a demo says, for variables that are not set: so that a
    command typed beside `make run` never calls the real Twilio."""
    file = Path(given.get("DATA_DIR") or "var") / DEMO_FILE
    if given.get("HEED_ENV") == "production" or not file.is_file():
        return {}
    lines = file.read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line)


def _with_files(given: dict[str, str]) -> dict[str, str]:
    """`TWILIO_AUTH_TOKEN_FILE` and its like give the value in a file."""
    for name in SECRETS:
        file = given.get(f"{name}_FILE")
        if file and not given.get(name):
            try:
                given[name] = Path(file).read_text().strip()
            except OSError as mistake:
                raise BadSetting(
                    f"{name}_FILE is '{file}', which cannot be read "
                    f"({mistake.strerror}). Name a readable file."
                ) from None
    return given


def _sentence(mistake: ValidationError, fields: Mapping[str, str]) -> str:
    first = mistake.errors()[0]
    field = str(first["loc"][0])
    name = field.upper()
    shown = "(hidden)" if name in SECRETS else f"'{fields.get(field, '')}'"
    choices = CHOICES.get(name, first["msg"])
    return f"{name} is {shown}, which cannot be used. Set it to {choices}."


def _check_urls(settings: Settings) -> None:
    for field in ("public_base_url", "twilio_api_base", "tcr_api_base"):
        url = getattr(settings, field)
        if not url:
            continue
        parts = _split(url)
        if parts is None:
            name, shown = field.upper(), url.rpartition("@")[2]  # never a password
            raise BadSetting(
                f"{name} is '{shown}', which cannot be used. Set it to {CHOICES[name]}."
            )
    if not settings.database_url.startswith(
        ("sqlite:///", "postgres://", "postgresql://")
    ):
        scheme = settings.database_url.partition(":")[0]
        raise BadSetting(
            f"DATABASE_URL starts with '{scheme}', which cannot be used. "
            f"Set it to {CHOICES['DATABASE_URL']}."
        )


def _check_mail(settings: Settings) -> None:
    url, sender = settings.smtp_url.get_secret_value(), settings.mail_from
    for name, bad in (
        ("SMTP_URL", url and read_server(url) is None),
        ("MAIL_FROM", (url or sender) and read_sender(sender) is None),
    ):
        if bad:
            shown = "(hidden)" if name in SECRETS else f"'{visible(sender)}'"
            raise BadSetting(
                f"{name} is {shown}, which cannot be used. Set it to {CHOICES[name]}."
            )


def _split(url: str) -> str | None:
    try:
        parts = urlsplit(url)
        clean = (
            parts.scheme in {"http", "https"}
            and parts.hostname
            and parts.port != 0
            and not (parts.username or parts.password or parts.query or parts.fragment)
        )
    except ValueError:
        return None
    return url if clean else None


def _check_production(settings: Settings) -> None:
    refusals = (
        (
            bool(settings.twilio_api_base),
            f"TWILIO_API_BASE is '{settings.twilio_api_base}', which is for the "
            "simulator. Unset it in production.",
        ),
        (
            bool(settings.tcr_api_base)
            and not settings.tcr_api_base.startswith("https://"),
            f"TCR_API_BASE is '{settings.tcr_api_base}', which is for the simulator. "
            "Set it to the https:// address of The Campaign Registry, or unset it.",
        ),
        (
            bool(os.environ.get("FLASK_DEBUG", "0").strip("0")),
            "FLASK_DEBUG is set. Unset it: a debugger on the internet runs anything.",
        ),
        (
            bool(settings.heed_fault_points),
            f"HEED_FAULT_POINTS is '{settings.heed_fault_points}'. Unset it: fault "
            "points are for tests only.",
        ),
        (
            (settings.data_dir / DEMO_FILE).exists(),
            f"DATA_DIR is '{settings.data_dir}', which holds a demo. "
            "Set it to a folder of its own.",
        ),
        (
            settings.clock_file.exists(),
            f"The clock is shifted by '{settings.clock_file}'. Delete that file: "
            "a shifted clock is for demonstrations only.",
        ),
        (
            not settings.public_base_url.startswith("https://"),
            f"PUBLIC_BASE_URL is '{settings.public_base_url}'. Set it to the https:// "
            "address that Twilio calls.",
        ),
        (
            len(settings.secret_key.get_secret_value()) < 32
            or len(set(settings.secret_key.get_secret_value())) < 10,
            "SECRET_KEY is missing or weak. Set it to at least "
            "32 random characters, the same in every process.",
        ),
    )
    for refused, sentence in refusals:
        if refused:
            raise BadSetting(sentence)


def secret_key(settings: Settings) -> str:
    """The key that signs sessions; made once in DATA_DIR outside production."""
    given = settings.secret_key.get_secret_value()
    if given:
        return given
    file = settings.data_dir / "secret_key"
    if not file.exists():
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        write_secret_once(file, secrets.token_hex(32))
    return file.read_text().strip()


def write_secret_once(file: Path, content: str) -> None:
    """Mode 0600, whole or not at all; the first of two processes wins."""
    fresh = file.with_name(f"{file.name}.{os.getpid()}.new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    with contextlib.suppress(FileExistsError):
        os.link(fresh, file)
    fresh.unlink()
