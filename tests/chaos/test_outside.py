"""Those outside do in ``make chaos`` what their mood says, and keep what they took."""

import json
import os
import shutil
import smtplib
import subprocess
import sys
import time
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
import urllib3

from tools.chaos.disks import disk
from tools.chaos.ledger import Journal
from tools.chaos.outside import Chat, MailServer, free_port, link_to_lydia
from tools.chaos.programs import Program, children, until
from tools.chaos.stand import Clock

pytestmark = pytest.mark.once
MACHINE = dict(os.environ)  # noqa: TID251  # not the site's


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    journal = Journal(tmp_path / "taken.jsonl")
    yield journal
    journal.close()


@pytest.fixture
def mail(journal: Journal) -> Iterator[MailServer]:
    server = MailServer(free_port(23900, 23990), journal)
    server.listen()
    yield server
    server.die()


def send(server: MailServer) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@x.org", "b@x.org", "Bonjour"
    message["Message-ID"] = "<one@x.org>"
    message.set_content("Salut\n.\n..\n")
    with smtplib.SMTP("127.0.0.1", server.port, timeout=5) as smtp:
        smtp.send_message(message)


def test_a_mail_server_that_is_well_takes_mails_once(mail: MailServer, tmp_path: Path) -> None:
    send(mail)

    (kept,) = mail.mails
    assert (kept.id, kept.to, kept.subject) == ("<one@x.org>", "b@x.org", "Bonjour")
    assert json.loads((tmp_path / "taken.jsonl").read_text())["id"] == "<one@x.org>"


@pytest.mark.parametrize(
    ("mood", "error", "taken"),
    [
        ("later", smtplib.SMTPRecipientsRefused, 0),
        ("refuses", smtplib.SMTPDataError, 0),
        ("never one", smtplib.SMTPRecipientsRefused, 0),
        ("cut before", smtplib.SMTPServerDisconnected, 0),
        ("cut after", smtplib.SMTPServerDisconnected, 1),
    ],
)
def test_a_mail_server_in_a_mood_says_so(
    mail: MailServer, mood: str, error: type[Exception], taken: int
) -> None:
    mail.mood = mood

    with pytest.raises(error):
        send(mail)

    assert len(mail.mails) == taken
    mail.heal()
    send(mail)
    assert len(mail.mails) == taken + 1


def test_a_mail_server_that_is_dead_is_not_there(mail: MailServer) -> None:
    mail.die()

    with pytest.raises(ConnectionRefusedError):
        send(mail)


@pytest.mark.parametrize(
    ("mood", "status", "taken"), [("enough", 429, 0), ("broken", 500, 0), ("well", 204, 1)]
)
def test_the_chat_keeps_what_it_took(journal: Journal, mood: str, status: int, taken: int) -> None:
    chat = Chat(free_port(23900, 23990), journal)
    chat.listen()
    chat.mood = mood
    body = json.dumps({"embeds": [{"title": "Contact : Chaos 1"}]})
    try:
        with urllib3.PoolManager(retries=False) as pool:
            answer = pool.request("POST", f"http://127.0.0.1:{chat.port}/message", body=body)
    finally:
        chat.die()

    assert answer.status == status
    assert [one["title"] for one in chat.taken] == ["Contact : Chaos 1"] * taken


def test_the_way_to_lydia_is_read_on_the_page() -> None:
    page = '<a href="http://127.0.0.1:1/sandbox/lydia/collect/payment/ab12/cb">'
    assert link_to_lydia(page) == "ab12"
    assert link_to_lydia("<a href='/payments'>") is None


def test_a_program_that_ends_is_started_again(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import time; time.sleep(60)"]
    program = Program("sleeper", command, MACHINE, tmp_path)
    program.start()
    first = program.pid
    try:
        os.kill(first, 9)
        assert until(lambda: program.starts == 2, 10)
        assert until(lambda: program.pid != first, 10)
        assert program.pid in children(os.getpid())
    finally:
        program.pause()

    with pytest.raises(ProcessLookupError):
        _ = program.pid


def test_a_clock_is_moved_and_delays_are_not(tmp_path: Path) -> None:
    clock = Clock(tmp_path)
    if not clock.is_real:
        if "CI" in MACHINE:
            pytest.fail("there is no C compiler")
        pytest.skip("there is no C compiler")
    environment = MACHINE | clock.environment("web")
    clock.move("web", -7200)
    code = (
        "import time; begun = time.monotonic(); time.sleep(0.05);"
        " print(time.time(), time.monotonic() - begun)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )

    seen, waited = map(float, done.stdout.split())
    assert abs(seen - (time.time() - 7200)) < 60
    assert 0.04 < waited < 30


def test_a_disk_is_full_then_has_room_again(tmp_path: Path) -> None:
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("only root makes disks")
    with disk(tmp_path / "disk", 1) as one:
        if not one.is_real:
            pytest.skip("nothing may be mounted here")
        one.fill()
        with pytest.raises(OSError, match="No space left"):
            (one.path / "file").write_bytes(b"x" * 5000)

        one.free()

        (one.path / "file").write_bytes(b"x" * 5000)
    assert not (tmp_path / "disk").exists()
