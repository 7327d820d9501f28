import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from kernel import mail
from kernel.mail import NotSent, read_sender, read_server, send
from kernel.settings import BadSetting, load
from tests.mailbox import mailbox

TO = "desk@maple-dental.example"


def settings(url, sender="Heed <heed@heed.example>"):
    base = "https://heed.example"
    return load({"SMTP_URL": url, "MAIL_FROM": sender, "PUBLIC_BASE_URL": base})


@pytest.fixture
def certificate(tmp_path):
    """One that signs itself, for 127.0.0.1: its file, and the server's side of TLS."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "server.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return file, context


def test_a_mail_arrives_as_it_was_written():
    with mailbox() as box:
        lost = send(settings(box.url), TO, "Your invitation", "Größe:\nhttps://x/y\n")

    assert lost is None
    (got,) = box.mails
    assert got["To"] == TO
    assert got["From"] == "Heed <heed@heed.example>"
    assert got["Subject"] == "Your invitation"
    assert got["Auto-Submitted"] == "auto-generated"
    assert got["Message-ID"].endswith("@heed.example>")
    assert got.get_content() == "Größe:\nhttps://x/y\n"


def test_a_subject_adds_no_header_of_its_own():
    with mailbox() as box:
        send(settings(box.url), TO, "Maple\r\nBcc: evil@x.example\n\nHi", "x\n")

    (got,) = box.mails
    assert got["Bcc"] is None
    assert got["Subject"] == "Maple Bcc: evil@x.example Hi"
    assert [line for line in box.said if line.upper().startswith("RCPT")] == [
        f"rcpt TO:<{TO}>"
    ]


@pytest.mark.parametrize(
    "to", ["a@b.example\r\nBcc: c@d.example", "a@b.example, c@d.example", "nobody", ""]
)
def test_what_is_no_single_address_is_written_to_by_nobody(to):
    with mailbox() as box:
        lost = send(settings(box.url), to, "Hi", "x\n")

    assert lost == NotSent("This e-mail address cannot be written to.")
    assert not box.said


def test_the_talk_is_ciphered_where_the_server_can(certificate, monkeypatch):
    file, context = certificate
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    with mailbox(tls=context) as box:
        url = box.url.replace("//", "//us%40er:p%23ss@")
        lost = send(settings(url), TO, "Hi", "x\n")

    assert lost is None
    assert box.ciphered == [True]
    order = [line.split()[0].upper() for line in box.said]
    assert order.index("STARTTLS") < order.index("AUTH")


def test_a_server_that_cannot_prove_who_it_is_gets_nothing(certificate):
    with mailbox(tls=certificate[1]) as box:
        lost = send(settings(box.url), TO, "Hi", "x\n")

    assert lost == NotSent("The mail server could not prove who it is.")
    assert not box.mails


def test_a_server_elsewhere_must_offer_a_safe_connection(monkeypatch):
    monkeypatch.setattr(mail.Server, "on_this_machine", property(lambda _: False))
    with mailbox() as box:
        lost = send(settings(box.url), TO, "Hi", "x\n")

    assert lost == NotSent("The mail server offers no safe connection.")
    assert not any(line.startswith("mail") for line in box.said)


@pytest.mark.parametrize(
    ("host", "here"),
    [("127.0.0.1", True), ("[::1]", True), ("localhost", True), ("10.0.0.1", False)],
)
def test_only_this_machine_may_do_without(host, here):
    assert read_server(f"smtp://{host}").on_this_machine is here


@pytest.mark.parametrize(
    ("behaving", "sentence"),
    [
        ({"refuse": {"AUTH": "535 no"}}, "The mail server refused our sign-in."),
        (
            {"refuse": {"RCPT": "550 no"}},
            "The mail server refused this e-mail address.",
        ),
        (
            {"refuse": {"MAIL": "550 no"}},
            "The mail server refused the address MAIL_FROM.",
        ),
        ({"refuse": {"DATA": "554 no"}}, "The mail server did not take the mail."),
        ({"silent": True}, "The mail server hung up, or is too slow."),
    ],
)
def test_a_mail_that_did_not_leave_says_why(monkeypatch, behaving, sentence):
    monkeypatch.setattr(mail, "TIME_OUT_SECONDS", 1.0)
    with mailbox(**behaving) as box:
        url = box.url.replace("//", "//user:secret@")
        lost = send(settings(url), TO, "Hi", "x\n")

    assert lost == NotSent(sentence)


def test_a_server_that_is_not_there_is_said_so():
    with mailbox() as box:
        gone = box.url

    lost = send(settings(gone), TO, "Hi", "x\n")

    assert lost == NotSent("The mail server could not be reached.")


@pytest.mark.parametrize(
    ("url", "port", "tls"),
    [
        ("smtp://mail.example", 587, False),
        ("smtp://u:p@mail.example:25/", 25, False),
        ("smtps://u:p@mail.example", 465, True),
    ],
)
def test_an_address_of_a_mail_server_is_read(url, port, tls):
    server = read_server(url)

    assert (server.host, server.port) == ("mail.example", port)
    assert server.tls_from_the_start is tls


@pytest.mark.parametrize(
    "url",
    [
        "mail.example",
        "http://mail.example",
        "smtp://",
        "smtp://mail.example:0",
        "smtp://mail.example:99999",
        "smtp://user@mail.example",
        "smtp://u:p#ss@mail.example",
        "smtp://mail.example/inbox",
        "smtp://mail.example?tls=no",
        "smtp://u:p%0d%0a@mail.example",
        "smtp://[::1",
    ],
)
def test_a_bad_mail_server_ends_the_start_without_showing_the_password(url):
    with pytest.raises(BadSetting) as refused:
        settings(url)

    assert str(refused.value) == (
        "SMTP_URL is (hidden), which cannot be used. "
        "Set it to smtp://USER:PASSWORD@HOST:587 or smtps://…, or unset."
    )


@pytest.mark.parametrize("sender", ["", "Heed", "a@b@c", "Heed <heed@x.example>\nX: y"])
def test_mails_come_from_an_address(sender):
    with pytest.raises(BadSetting, match=r"MAIL_FROM is '.*', which cannot be used"):
        settings("smtp://127.0.0.1", sender)

    assert read_sender("heed@x.example").addr_spec == "heed@x.example"
