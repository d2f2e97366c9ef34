"""What is read of a mail, whatever it holds."""

from datetime import UTC, datetime

import pytest

from app.integrations import inbound

pytestmark = pytest.mark.once


def mail(body: bytes = b"Bonjour.\r\n", **headers: str) -> bytes:
    """A mail as it arrives: ``From`` and others, then its body."""
    wanted = {
        "From": "Ada Lovelace <Ada@Example.org>",
        "To": "gri@example.org",
        "Subject": "Internet",
        "Date": "Tue, 1 Dec 2026 10:00:00 +0100",
        "Message-ID": "<1@example.org>",
    } | {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"{name}: {value}" for name, value in wanted.items() if value]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def test_a_plain_mail_is_read_whole() -> None:
    found = inbound.read(mail(b"Rien ne marche.\r\nChambre 214."))

    assert (found.sender, found.recipient) == ("ada@example.org", "gri@example.org")
    assert found.subject == "Internet"
    assert found.sent_at == datetime(2026, 12, 1, 9, tzinfo=UTC)
    assert found.text.splitlines() == ["Rien ne marche.", "Chambre 214."]
    assert not found.is_automatic


def test_the_plain_text_is_taken_rather_than_the_html_and_attachments_are_left() -> None:
    parts = (
        b"--x\r\nContent-Type: multipart/alternative; boundary=y\r\n\r\n"
        b"--y\r\nContent-Type: text/plain; charset=iso-8859-1\r\n"
        b"Content-Transfer-Encoding: quoted-printable\r\n\r\nd=E9j=E0\r\n"
        b"--y\r\nContent-Type: text/html\r\n\r\n<p>other</p>\r\n--y--\r\n"
        b"--x\r\nContent-Type: text/plain\r\n"
        b"Content-Disposition: attachment; filename=notes.txt\r\n\r\nsecret notes\r\n--x--\r\n"
    )
    found = inbound.read(mail(parts, Content_Type="multipart/mixed; boundary=x"))

    assert found.text == "déjà"


def test_html_alone_is_reduced_to_its_text() -> None:
    html = b"<html><style>p{color:red}</style><script>alert(1)</script><p>Salut <b>toi</b></p>"
    found = inbound.read(mail(html, Content_Type="text/html; charset=utf-8"))

    assert found.text == "Salut *toi*"


@pytest.mark.parametrize("charset", ["klingon", "utf-8", "us-ascii", "unicode-1-1-utf-7", ""])
def test_letters_that_cannot_be_read_are_replaced(charset: str) -> None:
    found = inbound.read(mail(b"caf\xe9", Content_Type=f"text/plain; charset={charset}"))

    assert found.text.startswith("caf")


def test_an_encoded_header_is_read_and_no_line_gets_in() -> None:
    found = inbound.read(mail(Subject="=?utf-8?q?D=C3=A9j=C3=A0=0D=0ABcc:_x@evil.fr?="))

    assert found.subject.startswith("Déjà")
    assert "\n" not in found.subject
    assert "\r" not in found.subject


@pytest.mark.parametrize(
    "headers",
    [
        {"From": ""},
        {"From": "\x00\x01"},
        {"From": '"' * 500},
        {"From": "=?utf-8?q?=FF=FE?= <@@>"},
        {"Date": "tomorrow"},
        {"Date": "Tue, 99 Foo 9999 99:99:99 +9999"},
        {"Date": ""},
        {"Subject": ""},
        {"Subject": "x" * 10_000},
        {"To": "undisclosed-recipients:;"},
        {"Content_Type": "multipart/mixed"},
        {"Content_Type": 'text/plain; charset="\'"'},
        {"Content_Type": ";;;="},
        {"Content_Transfer_Encoding": "base64"},
        {"Content_Disposition": "inline; filename*=x'y"},
    ],
)
def test_odd_headers_stop_nothing(headers: dict[str, str]) -> None:
    found = inbound.read(mail(**headers))

    assert found.size > 0


def test_the_same_number_twice_is_one_mail_and_without_a_number_the_whole_counts() -> None:
    assert inbound.read(mail(b"a")).digest == inbound.read(mail(b"b")).digest
    without = {"Message_ID": ""}
    assert inbound.read(mail(b"a", **without)).digest != inbound.read(mail(b"b", **without)).digest


@pytest.mark.parametrize(
    ("headers", "is_automatic"),
    [
        ({"Auto_Submitted": "auto-replied"}, True),
        ({"Auto_Submitted": "no"}, False),
        ({"Precedence": "bulk"}, True),
        ({"List_Id": "<news.example.org>"}, True),
        ({"Return_Path": "<>"}, True),
        ({"Return_Path": "<ada@example.org>"}, False),
        ({"From": "MAILER-DAEMON@example.org"}, True),
        ({"Content_Type": "multipart/report; boundary=z"}, True),
    ],
)
def test_what_programs_write_is_told_from_what_people_write(
    headers: dict[str, str], is_automatic: bool
) -> None:
    assert inbound.read(mail(**headers)).is_automatic is is_automatic


def nested(depth: int) -> bytes:
    """Parts within parts."""
    opened = b"".join(
        b"--%d\r\nContent-Type: multipart/mixed; boundary=%d\r\n\r\n" % (n, n + 1)
        for n in range(depth)
    )
    return mail(opened, Content_Type="multipart/mixed; boundary=0")


def wide(count: int) -> bytes:
    parts = b"--x\r\nContent-Type: text/plain\r\n\r\none\r\n" * count
    return mail(parts + b"--x--\r\n", Content_Type="multipart/mixed; boundary=x")


def test_so_many_parts_are_read_and_no_more() -> None:
    assert inbound.read(wide(inbound.MOST_PARTS - 1)).text == "one"
    with pytest.raises(inbound.NotAMail, match="parts"):
        inbound.read(wide(inbound.MOST_PARTS))


@pytest.mark.parametrize("raw", [nested(60), nested(1000), nested(20_000)])
def test_parts_within_parts_without_end_are_refused(raw: bytes) -> None:
    with pytest.raises(inbound.NotAMail, match="parts"):
        inbound.read(raw)


@pytest.mark.parametrize("raw", [b"", b"\r\n\r\n", b"just words, and no header", b"\xff" * 100])
def test_what_is_no_mail_is_refused(raw: bytes) -> None:
    with pytest.raises(inbound.NotAMail, match="header"):
        inbound.read(raw)


def test_a_mail_is_so_long_and_no_longer() -> None:
    with pytest.raises(inbound.NotAMail, match="bytes"):
        inbound.read(b"From: a@example.org\r\n\r\n" + b"x" * inbound.LARGEST)
