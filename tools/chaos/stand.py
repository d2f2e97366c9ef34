"""The whole site for real, and all that it speaks to, in a folder that goes with it."""

import json
import os
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from app.integrations.push import make_pair
from app.settings import ROOT
from lydia_sandbox.merchants import BAR, INTERNET
from tools.chaos.disks import Disk, disk
from tools.chaos.ledger import Ledger
from tools.chaos.outside import Chat, LydiaRoad, MailServer, free_port, journal_in
from tools.chaos.postgres import Cluster
from tools.chaos.programs import Program, until

#: The ports that may be taken.
PORTS = (23500, 23999)
#: How long the site may take to answer once it is started, and a command of it, in seconds.
PATIENCE, COMMAND = 180, 600
#: How large the disks are, in megabytes.
FILES_MB, LOGS_MB, DATABASE_MB = 192, 48, 640
WEB_WORKERS, WEB_THREADS = 2, 4
_MODEL = ROOT / ".conf_models" / "model.env"
_CLOCK = Path(__file__).with_name("clock.c")
_FLASK = (sys.executable, "-m", "flask", "--app", "pc-est-magique.py")


class StandError(Exception):
    """A part of the site does not work; the text says what it said."""


class Clock:
    """How far the clocks of the site are from the true one; ``None`` where that cannot be done."""

    def __init__(self, folder: Path) -> None:
        self.library = folder / "clock.so"
        self._folder = folder
        compiler = shutil.which("cc")
        self.is_real = False
        if compiler is not None:
            command = [compiler, "-shared", "-fPIC", "-O2", "-o", self.library, _CLOCK, "-ldl"]
            self.is_real = subprocess.run(command, check=False).returncode == 0  # noqa: S603  # ours

    def environment(self, name: str) -> dict[str, str]:
        """What a program that goes by the clock *name* is started with."""
        if not self.is_real:
            return {}
        self.move(name, 0)
        return {"LD_PRELOAD": str(self.library), "CHAOS_CLOCK": str(self._path(name))}

    def move(self, name: str, seconds: int) -> None:
        """Have it be so many seconds from the true one."""
        path = self._path(name)
        with path.open("r+b" if path.exists() else "w+b") as file:
            file.write(struct.pack("q", seconds))

    def _path(self, name: str) -> Path:
        return self._folder / f"clock-{name}"


class Stand:
    """What faults are done to."""

    def __init__(self, folder: Path, files: Disk, logs: Disk, database: Disk) -> None:
        self.folder, self.files, self.logs, self.database = folder, files, logs, database
        self.out = folder / "out"
        self.out.mkdir()
        ports = iter(_ports(6))
        self.port, smtp, chat, road, sandbox, school = (next(ports) for _ in range(6))
        self.origin = f"http://127.0.0.1:{self.port}"
        self.postgres = Cluster(database.path, folder / "sockets")
        self.mail = MailServer(smtp, journal_in(self.out, "mails"))
        self.chat = Chat(chat, journal_in(self.out, "chat"))
        self.lydia = LydiaRoad(road, sandbox)
        self.sandbox = f"http://127.0.0.1:{sandbox}"
        self.sandbox_file = self.out / "sandbox.db"
        self.school = f"http://localhost:{school}"
        self.ledger = Ledger(journal_in(self.out, "ledger"))
        self.clock = Clock(folder)
        self._key = files.path / "vapid.pem"
        self._public_key = make_pair(self._key)
        self.web = self._web()
        self.workers = [
            Program(f"worker{n}", [*_FLASK, "worker"], self._variables(f"worker{n}"), self.out)
            for n in (1, 2)
        ]
        self.sandbox_program = self._sandbox(sandbox)
        self.school_program = self._school(school)
        self.facts: dict[str, Any] = {}

    @property
    def programs(self) -> list[Program]:
        return [self.web, *self.workers, self.sandbox_program, self.school_program]

    def start(self) -> None:
        """Make the database and the people, and start everything.

        Raises:
            StandError, ServerError: Something does not start.
        """
        self.postgres.make()
        for party in (self.mail, self.chat, self.lydia):
            party.listen()
        self.school_program.start()
        if not until((self.files.path / "idp-sandbox.xml").exists, PATIENCE):
            raise StandError(f"the school does not start:\n{self.said('school')}")
        self.flask("db", "upgrade")
        self.flask("demo", "load", "--size", "small")
        self.facts = json.loads(self.run([sys.executable, "-m", "tools.chaos.seed"]))
        for program in (self.sandbox_program, self.web, *self.workers):
            program.start()
        if not until(self.is_well, PATIENCE):
            raise StandError(f"the site does not start:\n{self.said('web')}")

    def stop(self) -> None:
        """Stop everything, at once."""
        for program in self.programs:
            program.pause()
        for party in (self.mail, self.chat, self.lydia):
            party.die()
        self.postgres.stop("immediate")

    def is_well(self) -> bool:
        """Whether a visitor is given a page that needs the database."""
        try:
            with urllib.request.urlopen(f"{self.origin}/login", timeout=10) as answer:  # noqa: S310  # ours
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def flask(self, *arguments: str) -> str:
        """Run a command of the site, and return what it printed.

        Raises:
            StandError: It failed.
        """
        return self.run([*_FLASK, *arguments])

    def flasks(self, commands: Sequence[Sequence[str]]) -> dict[str, str]:
        """Run several commands of the site; return what those said that failed.

        Raises:
            StandError: They could not be run.
        """
        if not commands:
            return {}
        said = self.run([sys.executable, "-m", "tools.chaos.inside"], asked=json.dumps(commands))
        failed: dict[str, str] = json.loads(said[said.index("{") :])
        return failed

    def run(self, command: list[str], *, asked: str = "") -> str:
        """Run a program in the environment of the site, and tell it something.

        Raises:
            StandError: It failed.
        """
        try:
            done = subprocess.run(  # noqa: S603  # a command of ours
                command,
                cwd=ROOT,
                env=self._variables(None),
                input=asked,
                capture_output=True,
                text=True,
                timeout=COMMAND,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise StandError(f"{' '.join(command[-3:])} does not end") from None
        if done.returncode:
            end = "\n".join((done.stdout + done.stderr).splitlines()[-12:])
            raise StandError(f"{' '.join(command[-3:])} exits with {done.returncode}\n{end}")
        return done.stdout

    def replay(self, uuid: str) -> None:
        """Have Lydia tell again what it told of a request."""
        address = f"{self.sandbox}/sandbox/lydia/replay/{uuid}"
        with suppress(urllib.error.URLError, OSError):
            urllib.request.urlopen(address, data=b"", timeout=10).close()  # noqa: S310  # ours

    def said(self, name: str) -> str:
        """The end of what a program said."""
        path = self.out / f"{name}.out"
        lines = path.read_text(errors="replace").splitlines() if path.exists() else []
        return "\n".join(lines[-25:])

    def heal(self) -> None:
        """Undo all that may have been done."""
        for place in (self.files, self.logs, self.database):
            place.free()
        for party in (self.mail, self.chat, self.lydia):
            party.heal()
        for name in ("web", "worker1", "worker2"):
            if self.clock.is_real:
                self.clock.move(name, 0)
        for program in self.programs:
            program.signal(signal.SIGCONT)
            program.resume()
        self.postgres.start()

    # What is started

    def _web(self) -> Program:
        options = (
            f"--bind 127.0.0.1:{self.port} --workers {WEB_WORKERS} --threads {WEB_THREADS}"
            " --graceful-timeout 25 --no-control-socket"
        )
        own = ["-c", "gunicorn.conf.py"] if (ROOT / "gunicorn.conf.py").exists() else []
        command = [sys.executable, "-m", "gunicorn", *own, *options.split(), "pc-est-magique:app"]
        return Program("web", command, self._variables("web"), self.out)

    def _sandbox(self, port: int) -> Program:
        options = ("--port", str(port), "--database", str(self.sandbox_file))
        command = [sys.executable, "-m", "lydia_sandbox", *options]
        return Program("sandbox", command, self._variables(None), self.out)

    def _school(self, port: int) -> Program:
        options = ("--host", "localhost", "--port", str(port), "--site", self.origin)
        place = ("--folder", str(self.files.path))
        command = [sys.executable, "-m", "idp_sandbox", *options, *place]
        return Program("school", command, self._variables(None), self.out)

    def _variables(self, clock: str | None) -> dict[str, str]:
        """What the programs see: every setting is ours, none is the machine's or of ``.env``."""
        names = [line.partition("=")[0].strip() for line in _MODEL.read_text().splitlines()]
        settings = {name: "" for name in names if name.isidentifier() and name.isupper()}
        machine = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}  # noqa: TID251  # not the site's
        files = self.files.path
        ours = {
            "MODE": "development",
            "SECRET_KEY": "not a secret: chaos, and a long one at that",
            "SQLALCHEMY_DATABASE_URI": self.postgres.url.render_as_string(hide_password=False),
            "PREFERRED_URL_SCHEME": "http",
            "SERVER_NAME": self.origin.removeprefix("http://"),
            "ADMINS": "gri@chaos.example.org",
            "MAIL_SERVER": "127.0.0.1",
            "MAIL_PORT": str(self.mail.port),
            "MESSAGE_WEBHOOK": f"http://127.0.0.1:{self.chat.port}/message",
            "LOGGING_WEBHOOK": f"http://127.0.0.1:{self.chat.port}/logging",
            "DHCP_HOSTS_FILE": str(files / "dhcp" / "hosts.conf"),
            "LOG_DIR": str(self.logs.path),
            "METRICS_DIR": str(files / "metrics"),
            "EXPORTS_DIR": str(files / "exports"),
            "PHOTOS_BASE_PATH": str(files / "photos"),
            "BAR_AVATARS_BASE_PATH": str(files / "bar_avatars"),
            "CLUB_Q_BASE_PATH": str(files / "club_q"),
            "BEKKS_BASE_PATH": str(files / "bekks"),
            "THEATRE_BASE_PATH": str(files / "theatre"),
            "BANNERS_BASE_PATH": str(files / "banners"),
            "LYDIA_BASE_URL": f"http://127.0.0.1:{self.lydia.port}/sandbox/lydia",
            "LYDIA_VENDOR_TOKEN": INTERNET.vendor_token,
            "LYDIA_PRIVATE_TOKEN": INTERNET.private_token,
            "LYDIA_BAR_VENDOR_TOKEN": BAR.vendor_token,
            "LYDIA_BAR_PRIVATE_TOKEN": BAR.private_token,
            "SAML_IDP_METADATA_FILE": str(files / "idp-sandbox.xml"),
            "VAPID_PUBLIC_KEY": self._public_key,
            "VAPID_PRIVATE_KEY_PATH": str(self._key),
            "GRI_IBAN": "FR1420041010050500013M02606",
            "NEIGHBOUR_CACHE_SECONDS": "0",
            "PYTHONUNBUFFERED": "1",
        }
        (files / "dhcp").mkdir(exist_ok=True)
        return machine | settings | ours | (self.clock.environment(clock) if clock else {})


def _ports(count: int) -> list[int]:
    found: list[int] = []
    for _ in range(count):
        found.append(free_port(found[-1] + 1 if found else PORTS[0], PORTS[1]))
    return found


@contextmanager
def standing() -> Iterator[Stand]:
    """A site that runs, until the end of the block; nothing is left of it."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pemx-")))
        folder.chmod(0o755)
        disks = [
            stack.enter_context(disk(folder / name, size))
            for name, size in (("files", FILES_MB), ("logs", LOGS_MB), ("database", DATABASE_MB))
        ]
        stand = Stand(folder, *disks)
        stack.callback(stand.stop)
        stand.start()
        yield stand
