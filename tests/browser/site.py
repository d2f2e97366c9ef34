"""A real site: its own database, gunicorn and the worker, in an environment of their own."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import NamedTuple

import sqlalchemy as sa

from app.integrations.push import make_pair
from app.settings import ROOT
from lydia_sandbox.merchants import BAR, INTERNET
from tests import database_urls

#: What it is called, if nothing more is asked.
HOST = "127.0.0.1"
#: How long a server, or a page, may take, in seconds.
PATIENCE = 20
#: And a demonstration of full size.
FURNISHING = 600
#: The hardware address of a device that nobody registered.
MAC = "3c:22:fb:0a:1b:2c"
#: Addresses of a device: in the pool of those that are unknown, and far from the residence.
INSIDE, OUTSIDE = "10.0.0.101", "192.0.2.1"

_MODEL = ROOT / ".conf_models" / "model.env"


class SiteError(Exception):
    """A part of the site does not work; the text says what it said."""


class Site:
    """An installation: one database, as many web servers as there are places to come from.

    A server believes that all devices have the hardware address it is told, if
    any; the address of each is what its browser says, as a proxy would.
    """

    def __init__(self, folder: Path, database_url: str, *, school: bool = False) -> None:
        self.folder = folder
        self._has_school = school
        self.rules = folder / "dhcp.rules"
        self._database_url = database_url
        self._origins: dict[tuple[str | None, str], str] = {}
        self._sandbox_port = _free_port()
        self._sandbox: subprocess.Popen[bytes] | None = None
        self._running: list[subprocess.Popen[bytes]] = []
        self._push_key = folder / "vapid.pem"
        self._push_key.unlink(missing_ok=True)  # that of the site that it is a copy of
        self._push_public_key = make_pair(self._push_key)

    def flask(self, *arguments: str, patience: float = 4 * PATIENCE) -> str:
        """Run a command of the site, for so many seconds at most, and return what it printed.

        Raises:
            SiteError: It failed.
        """
        command = [sys.executable, "-m", "flask", "--app", "pc-est-magique.py", *arguments]
        # Links are to the server of those who are outside, if there is one.
        server_name = self._origins.get((None, HOST), "http://localhost").removeprefix("http://")
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=self._environment(SERVER_NAME=server_name),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=patience,
            check=False,
        )
        if done.returncode:
            raise SiteError(f"flask {' '.join(arguments)}\n{done.stdout}\n{done.stderr}")
        return done.stdout

    @property
    def photos(self) -> Path:
        """Where its photos are."""
        return self.folder / "photos"

    @property
    def database_url(self) -> str:
        """Where its database is, for what no page writes."""
        return self._database_url

    @property
    def sandbox(self) -> str:
        """Where the program that plays Lydia is, once it is started."""
        return f"http://127.0.0.1:{self._sandbox_port}/sandbox/lydia"

    def start_sandbox(self) -> None:
        """Play Lydia, until the site stops; it is there once the site is served."""
        database = str(self.folder / "sandbox.db")
        options = ("--port", str(self._sandbox_port), "--database", database)
        self._sandbox = self._start("sandbox", "lydia_sandbox", *options)

    def start_school(self, origin: str) -> str:
        """Play the school for the site at *origin*, until it stops; where it is, on another host.

        Raises:
            SiteError: It does not start.
        """
        port = _free_port()
        options = ("--host", "localhost", "--port", str(port), "--site", origin)
        process = self._start("school", "idp_sandbox", *options, "--folder", str(self.folder))
        self._wait_for(process, f"http://127.0.0.1:{port}/")
        return f"http://localhost:{port}"

    def start_worker(self) -> None:
        """Do what the outbox holds, until the site stops; its log tells all of the mails."""
        command = ("flask", "--app", "pc-est-magique.py", "worker")
        self._start("worker", *command, MODE="development")

    def serve(self, mac: str | None = None, *, host: str = HOST) -> str:
        """Where the site is for devices with this hardware address; nobody's is known by default.

        Passkeys want a *host* with a name.

        Raises:
            SiteError: It does not start.
        """
        if (mac, host) not in self._origins:
            port = _free_port()
            options = (
                f"--bind 127.0.0.1:{port} --workers 2 --threads 4 --preload --no-control-socket"
            )
            process = self._start(
                f"web-{port}",
                "gunicorn",
                *options.split(),
                "pc-est-magique:app",
                SERVER_NAME=f"{host}:{port}",
                FORCE_MAC=mac or "",
            )
            self._wait_for(process, f"http://{HOST}:{port}/healthz")
            if self._sandbox is not None:  # it was starting meanwhile
                self._wait_for(self._sandbox, f"{self.sandbox}/")
                self._sandbox = None
            self._origins[mac, host] = f"http://{host}:{port}"
        return self._origins[mac, host]

    def link_mailed(self, endpoint: str) -> str:
        """The last link to this page of ours in the mails, once the worker has written it.

        Raises:
            SiteError: There is none.
        """
        log = self.folder / "worker.log"
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if found := re.findall(rf"http://[^/\s]+(/{endpoint}/[\w-]+)", log.read_text()):
                return str(found[-1])
            time.sleep(0.1)
        raise SiteError(f"no mail has a link to /{endpoint}:\n{self.log()}")

    def stop(self) -> None:
        """Stop all that runs, at once: nothing is worth writing down."""
        for process in self._running:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self._running.clear()
        self._origins.clear()

    def log(self) -> str:
        """The end of what each part said."""
        return "\n".join(
            "\n".join([f"# {path.stem}", *path.read_text(errors="replace").splitlines()[-25:]])
            for path in sorted(self.folder.glob("*.log"))
        )

    def _start(
        self, name: str, module: str, *arguments: str, **variables: str
    ) -> subprocess.Popen[bytes]:
        with (self.folder / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(
                [*_ended_with_us(), sys.executable, "-m", module, *arguments],
                cwd=ROOT,
                env=self._environment(**variables),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._running.append(process)
        return process

    def _wait_for(self, process: subprocess.Popen[bytes], address: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while process.poll() is None and time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(address, timeout=PATIENCE):
                    return
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.05)
        raise SiteError(f"the site does not start:\n{self.log()}")

    def _environment(self, **variables: str) -> dict[str, str]:
        """What the programs see: every setting is ours, none is the machine's or of ``.env``."""
        names = [line.partition("=")[0] for line in _MODEL.read_text().splitlines() if "=" in line]
        settings = {name: "" for name in names if not name.startswith("#")}
        machine = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}  # noqa: TID251  # not the site's
        ours = {
            "MODE": "testing",
            "SECRET_KEY": "not a secret: a test, and a long one at that",
            "SQLALCHEMY_DATABASE_URI": self._database_url,
            "PREFERRED_URL_SCHEME": "http",
            "SERVER_NAME": "localhost",
            "ADMINS": "gri@example.org",
            "MAIL_SUPPRESS_SEND": "1",
            "DHCP_HOSTS_FILE": str(self.rules),
            "METRICS_DIR": str(self.folder / "metrics"),
            "PHOTOS_BASE_PATH": str(self.photos),
            "BAR_AVATARS_BASE_PATH": str(self.folder / "bar_avatars"),
            "CLUB_Q_BASE_PATH": str(self.folder / "club_q"),
            "BEKKS_BASE_PATH": str(self.folder / "bekks"),
            "THEATRE_BASE_PATH": str(self.folder / "theatre"),
            "BANNERS_BASE_PATH": str(self.folder / "banners"),
            "BACKUP_STAGING_DIR": str(self.folder / "backup"),
            "LYDIA_BASE_URL": self.sandbox,
            "LYDIA_VENDOR_TOKEN": INTERNET.vendor_token,
            "LYDIA_PRIVATE_TOKEN": INTERNET.private_token,
            "LYDIA_BAR_VENDOR_TOKEN": BAR.vendor_token,
            "LYDIA_BAR_PRIVATE_TOKEN": BAR.private_token,
            "VAPID_PUBLIC_KEY": self._push_public_key,
            "VAPID_PRIVATE_KEY_PATH": str(self._push_key),
            "GRI_IBAN": "FR1420041010050500013M02606",
            "PYTHONUNBUFFERED": "1",
        }
        if self._has_school:
            ours["SAML_IDP_METADATA_FILE"] = str(self.folder / "idp-sandbox.xml")
        return machine | settings | ours | variables


@contextmanager
def running_site(
    folder: Path,
    *,
    name: str = "browser",
    demo: str | None = None,
    worker: bool = True,
    school: bool = False,
) -> Iterator[Site]:
    """A new site, with its worker, until the end of the block; with a demonstration of a size."""
    site = Site(folder, _copy(_model(demo), folder, name), school=school)
    try:
        if worker:
            site.start_worker()
        site.start_sandbox()
        yield site
    finally:
        site.stop()


class Model(NamedTuple):
    """What sites begin as copies of: a folder, and the database where it is not a file there."""

    demo: str | None
    folder: tempfile.TemporaryDirectory[str]
    url: sa.URL


@cache
def _model(demo: str | None) -> Model:
    """An installation that nobody visits, made once: the longest part of what a site needs."""
    folder = tempfile.TemporaryDirectory(prefix="pcem-model-")
    url = _database_url(Path(folder.name), f"model_{demo}")
    if _can_be_copied(url):
        _furnish(Site(Path(folder.name), _made(url), school=False), demo)
    return Model(demo, folder, url)


def _furnish(site: Site, demo: str | None) -> None:
    site.flask("db", "upgrade")
    if demo:
        site.flask("demo", "load", "--size", demo, patience=FURNISHING)


def _copy(model: Model, folder: Path, name: str) -> str:
    """Make a site in *folder* that is as the model; return where its database is."""
    url = _database_url(folder, name)
    if not _can_be_copied(url):
        _furnish(Site(folder, _made(url), school=False), model.demo)
    else:
        shutil.copytree(model.folder.name, folder, dirs_exist_ok=True)
        _made(url, like=model.url)
    return url.render_as_string(hide_password=False)


def _database_url(folder: Path, name: str) -> sa.URL:
    """A database on the server of the run, or a file in *folder*."""
    url = sa.make_url(database_urls.of_this_process())
    if url.get_backend_name() not in database_urls.DIALECTS:
        return sa.make_url(f"sqlite:///{folder / 'site.db'}")
    return url.set(database=f"{url.database}_{name}")


def _can_be_copied(url: sa.URL) -> bool:
    """Whether a copy is made at once: of a file, or by a server that knows how to."""
    dialect = database_urls.DIALECTS.get(url.get_backend_name())
    return dialect is None or bool(dialect.copy_options)


def _made(url: sa.URL, *, like: sa.URL | None = None) -> str:
    """Make the database anew, where a server has it; return where it is."""
    if url.get_backend_name() in database_urls.DIALECTS:
        database_urls.create(url, afresh=True, like=like)
    return url.render_as_string(hide_password=False)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _ended_with_us() -> list[str]:
    """What has the kernel stop a program when the tests die, whatever kills them."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "TERM"] if setpriv else []
