"""What is tried of a site that was installed, as its people do: by its web server, over TLS."""

import io
import json
import re
import shlex
import time
from collections.abc import Callable
from email.message import Message
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as MessageHandler
from PIL import Image

from tests.install.system import SOURCE, Resident, System
from tests.lab.client import HOME, SITE, Answer, Browser
from tests.lab.net import LabError, run, until

ADMIN = "gri@example.org"
PASSWORD = "a sentence that is easy to remember"
HERE = Path("/srv/pc-est-magique")
ROOM, ADDRESS = 312, "10.0.3.12"
#: How soon what is done outside of requests is done, in seconds; and what is asked each minute.
SOON, NEXT_MINUTE = 120, 180


class Post(MessageHandler):
    """The mail server: it keeps what it is sent."""

    def __init__(self) -> None:
        super().__init__()
        self.received: list[Message] = []

    def handle_message(self, message: Message) -> None:
        self.received.append(message)

    def to(self, address: str) -> list[Message]:
        return [one for one in self.received if address in str(one["To"])]


def text_of(message: Message) -> str:
    """What a mail says, without its marks."""
    parts = [part for part in message.walk() if part.get_content_type() == "text/plain"]
    payload = parts[0].get_payload(decode=True)
    return payload.decode() if isinstance(payload, bytes) else ""


class Here:
    """The machine itself."""

    def command(self, *arguments: str | Path) -> list[str | Path]:
        return list(arguments)


class Smoke:
    """The steps, in order: each begins where the one before ended."""

    def __init__(self, system: System, home: Path) -> None:
        self.system = system
        self.post = Post()
        self._server = Controller(self.post, hostname="127.0.0.1", port=25)
        self._resident = Resident()
        certificate = system.root / "etc/ssl/pem/ca.pem"
        here = (
            "--max-time",
            "60",
            "--resolve",
            f"{SITE}:443:127.0.0.1",
            "--resolve",
            f"{SITE}:80:127.0.0.1",
        )
        there = ("--max-time", "60", "--resolve", f"{SITE}:443:{Resident.GATEWAY}")
        self._gri = Browser(Here(), home / "gri", certificate, *here)  # type: ignore[arg-type]
        self._payer = Browser(Here(), home / "payer", certificate, *here)  # type: ignore[arg-type]
        self._anna = Browser(self._resident, home / "anna", certificate, *there)  # type: ignore[arg-type]

    def listen(self) -> None:
        """Take mails, before the site sends any; lay the cable of the residence."""
        self._server.start()
        self._resident.plug()

    def steps(self) -> list[tuple[str, Callable[[], str | None]]]:
        """Their names, and what they do; each may return a figure worth telling."""
        return [
            ("the site answers over TLS, and leads there", self.answer),
            ("the first GRI logs in, by the link of a mail", self.log_in),
            ("a photo is sent, prepared, and seen by a signed link", self.send_photo),
            ("a resident registers, and is in the file of the DHCP server", self.register),
            ("they pay in the sandbox, are subscribed, and are told by mail", self.pay),
            ("the doctor has nothing to say, but of the clock", self.ask_the_doctor),
            ("nothing has more rights than it needs", self.look_at_rights),
            ("a backup is there", self.look_at_backup),
            ("an update, asked by who may only update", self.update),
        ]

    def answer(self) -> str:
        took = until(self._is_ready, "the site is ready", 180)
        found = self._gri.ask(f"http://{SITE}/login?next=/portal")
        expect((found.status, found.location) == (301, f"{HOME}/login?next=/portal"), found)
        page = self._gri.ask(f"{HOME}/login")
        for name in ("strict-transport-security", "content-security-policy"):
            expect(name in page.headers, f"no {name}")
        style = re.search(r'href="(/static/css/site.css[^"]*)"', page.body)
        expect(style, "no style sheet")
        assert style is not None
        sent = self._gri.ask(f"{HOME}{style[1]}", "-H", "Accept-Encoding: gzip")
        expect(sent.headers.get("content-encoding") == "gzip", sent.headers)
        return f"ready after {took:.1f} s"

    def _is_ready(self) -> bool:
        try:
            return self._gri.ask(f"{HOME}/readyz").status == 200
        except LabError:
            return False

    def log_in(self) -> None:
        until(lambda: self.post.to(ADMIN), "an invitation came by mail", SOON)
        (mail,) = self.post.to(ADMIN)
        found = re.search(rf"{re.escape(HOME)}(/invitation/\S+)", text_of(mail))
        expect(found, f"no invitation in: {text_of(mail)}")
        assert found is not None
        self._gri.submit(
            found[1],
            to=found[1],
            password=PASSWORD,
            password_confirm=PASSWORD,
        )
        self._gri.submit("/logout", to="/logout")
        self._gri.submit("/login", to="/login", identifier=ADMIN, password=PASSWORD)
        self._gri.open("/gris/status")

    def send_photo(self) -> str:
        self._become_administrator()
        self._gri.submit("/photos/new", to="/photos/new", name="Gala")
        self._gri.submit("/photos/gala?edit", to="/albums", album_name="Soiree")
        album = "/photos/gala/soiree"
        token = self._token_of(f"{album}/upload")
        path = self.system.logs / "photo.jpg"
        path.write_bytes(picture())
        sent = self._gri.ask(
            f"{HOME}{album}/upload",
            *("-F", f"csrf_token={token}", "-F", f"files=@{path};type=image/jpeg"),
            *("-H", f"Origin: {HOME}"),
        )
        expect(sent.status == 303, f"{sent.status}: {sent.body[:300]}")
        link = until_found(lambda: self._link_in(album), "the photo is prepared", SOON)
        shown = self._gri.ask(f"{HOME}{link}")
        expect((shown.status, shown.headers["content-type"]) == (200, "image/webp"), shown)
        expect("sandbox" in shown.headers["content-security-policy"], shown.headers)
        refused = self._gri.ask(f"{HOME}{link.partition('?')[0]}")
        expect(refused.status == 302, f"without a link: {refused.status}")
        return link.partition("?")[0]

    def _become_administrator(self) -> None:
        """A GRI runs the site; photos are another role's."""
        roles = self._sql("SELECT id FROM role WHERE slug = 'admin'")
        person = f"/gris/pceens/{self._sql('SELECT min(id) FROM pceen')}"
        sent = f"csrf_token={self._token_of(person)}&role={roles}"
        given = self._gri.ask(f"{HOME}{person}/roles", "-d", sent, "-H", f"Origin: {HOME}")
        expect(given.status == 303, f"{given.status}: {given.body[:300]}")

    def _token_of(self, page: str) -> str:
        """What the forms of a page of the GRI's are sent with."""
        pattern = r'name="csrf-token" content="([^"]+)"'
        found = re.search(pattern, self._gri.open(page)[1].body)
        if found is None:
            raise LabError(f"{page} has no token")
        return found[1]

    def _sql(self, statement: str) -> str:
        """What the database answers to the site's role."""
        return self.system.run("psql", self._database(), "-At", "--command", statement).strip()

    def _database(self) -> str:
        """The address of the database, with the site's role."""
        settings = (self.system.root / HERE.relative_to("/") / ".env").read_text()
        found = re.search(r"^SQLALCHEMY_DATABASE_URI=(.+)$", settings, re.MULTILINE)
        if found is None:
            raise LabError("the settings name no database")
        return found[1]

    def _link_in(self, album: str) -> str | None:
        found = re.search(
            rf'/photo{album.removeprefix("/photos")}/_\w+/[^" ]+', self._gri.open(album)[1].body
        )
        return found[0].replace("&amp;", "&") if found else None

    def register(self) -> str:
        self._anna.submit(
            "/register/rezident?next=/portal",
            to="/register/rezident",
            prenom="Anna",
            nom="Livre",
            no_promo="y",
            email="anna@example.org",
            password=PASSWORD,
            password_confirm=PASSWORD,
        )
        self._anna.submit("/rooms/register?hello=1", to="/rooms/register", room=str(ROOM))
        self._anna.submit("/devices/register?hello=1", to="/devices/register", name="mine")
        hosts = self.system.root / "var/lib/pem/dhcp.hosts"
        took = until(lambda: self._is_in(hosts), "the device is in the file", SOON)
        pairs = (self.system.root / "var/lib/pem/admitted.nft").read_text()
        expect(f"{Resident.MAC} . {ADDRESS}" in pairs, pairs)
        return f"{took:.1f} s after the last form"

    @staticmethod
    def _is_in(hosts: Path) -> bool:
        return hosts.exists() and {Resident.MAC, ADDRESS} <= set(
            re.findall(r"[0-9a-f:.]{7,}", hosts.read_text())
        )

    def pay(self) -> str:
        page, _ = self._anna.submit("/payments/pay/card/3months", to="/card/3months")
        at_lydia = until_found(lambda: self._page_of_lydia(page), "Lydia is asked", SOON)
        expect(self._anna.ask(at_lydia).status == 403, "the sandbox is open to a resident")
        paid = self._payer.ask(at_lydia, "-d", "outcome=pay")
        expect(paid.status == 303, f"{paid.status}: {paid.body[:300]}")
        begun = time.monotonic()
        until(self._is_paid, "the payment is settled", NEXT_MINUTE)
        took = time.monotonic() - begun
        until(self._told_of_payment, "a mail says so", SOON)
        self.flask("payments", "audit")
        return f"{took:.1f} s after the payment"

    def _page_of_lydia(self, page: str) -> str | None:
        found = re.search(
            rf"{HOME}/sandbox/lydia/collect/payment/[^\"'<> ]+", self._anna.open(page)[1].body
        )
        return found[0] if found else None

    def _is_paid(self) -> bool:
        return "3 mois" in self.flask("subscriptions", "show", "alivre") or "3months" in self.flask(
            "subscriptions", "show", "alivre"
        )

    def _told_of_payment(self) -> bool:
        mails = self.post.to("anna@example.org")
        return any(re.search(r"3 (mois|months)", text_of(one)) for one in mails)

    def flask(self, *arguments: str, may_fail: bool = False) -> str:
        """What a command of the site prints, run as the site; only that, if it may fail."""
        words = shlex.join((f"{HERE}/current/.venv/bin/flask", *arguments))
        return self.system.run(
            *("sudo", "-u", "pem", "env", "--chdir", f"{HERE}/current"),
            *("sh", "-c", f"{words} 2>/dev/null || true" if may_fail else words),
        )

    def ask_the_doctor(self) -> str:
        """The clock is the machine's own: nothing keeps it in a system that was made for this."""
        said = json.loads(self.flask("doctor", "--json", "--url", HOME, may_fail=True))
        wrong = [one for one in said["checks"] if one["state"] in ("warning", "wrong")]
        expect({one["name"] for one in wrong} <= {"clock"}, wrong)
        return f"{len(said['checks'])} checks"

    def look_at_rights(self) -> str:
        expect(not (own := processes_of_root()), f"root runs {own}")
        writable = self.system.run(
            *("sudo", "-u", "pem", "find", f"{HERE}/releases", "-writable", "-not", "-type", "l")
        )
        expect(writable == "", f"the site may write {writable[:500]}")
        for user, path, may in (
            ("pem", f"{HERE}/.env", True),
            ("pem", f"{HERE}/deploy.env", False),
            ("www-data", f"{HERE}/.env", False),
            ("www-data", f"{HERE}/deploy.env", False),
            ("www-data", f"{HERE}/current/.env", False),
            ("www-data", f"{HERE}/current/app/static/css/site.css", True),
            ("www-data", f"{HERE}/instance/photos/gala/soiree", True),
            ("www-data", "/var/backups/pem", False),
            ("www-data", "/var/log/pem/web.log", False),
            ("www-data", "/etc/nginx/photos-secret.conf", False),
        ):
            found = self.system.succeeds("sudo", "-u", user, "test", "-r", path)
            expect(found is may, f"{user} {'reads' if found else 'does not read'} {path}")
        uri = self._database()
        for statement in ("CREATE TABLE own ()", "TRUNCATE room", "DROP TABLE room CASCADE"):
            may = self.system.succeeds("psql", uri, "--command", statement)
            expect(not may, f"the site may {statement}")
        expect(self.system.succeeds("psql", uri, "--command", "SELECT 1"), "no database")
        return f"{len(serving())} processes, none of root"

    def look_at_backup(self) -> str:
        lines = self.flask("backup", "list").strip().splitlines()
        expect(lines, "there is none")
        return lines[0].strip()

    def update(self) -> str:
        there = self.system.root / SOURCE.relative_to("/")
        readme = there / "README.md"
        readme.write_text(readme.read_text() + "\n")
        who = ("-c", "user.name=drill", "-c", "user.email=drill@pem.test")
        run("git", "-C", str(there), *who, "commit", "--quiet", "--all", "--message=Another line.")
        before = (self.system.root / HERE.relative_to("/") / "current").readlink()
        begun = time.monotonic()
        self.system.run(
            *("sudo", "-u", "pem-deploy", f"{HERE}/current/tools/release", "update"), timeout=600
        )
        after = (self.system.root / HERE.relative_to("/") / "current").readlink()
        expect(after != before, f"{after} serves still")
        expect(self._gri.open("/gris/status")[1].status == 200, "the session is lost")
        return f"{before.name} to {after.name} in {time.monotonic() - begun:.0f} s"


def picture() -> bytes:
    """A photo."""
    image = Image.linear_gradient("L").resize((1600, 1200)).convert("RGB")
    file = io.BytesIO()
    image.save(file, "JPEG")
    return file.getvalue()


def serving() -> list[tuple[int, str]]:
    """The processes that run what is installed: who runs them, and what they are."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            command = (path / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            user = path.stat().st_uid
        except OSError:
            continue
        if str(HERE) in command and not command.startswith("sudo "):
            found.append((user, command))
    return found


def processes_of_root() -> list[str]:
    """Those that root runs: there must be none."""
    return [command for user, command in serving() if user == 0]


def until_found(look: Callable[[], str | None], what: str, seconds: float) -> str:
    """Wait for something, and return it.

    Raises:
        LabError: It did not come in time.
    """
    found: list[str] = []
    until(lambda: found.extend(filter(None, [look()])) or found, what, seconds)
    return found[0]


def expect(condition: object, otherwise: object) -> None:
    """Go on if something is so.

    Raises:
        LabError: It is not.
    """
    if not condition:
        raise LabError(str(otherwise))


__all__ = ["ADMIN", "SITE", "Answer", "Smoke"]
