"""Two machines before one database, one folder and one web server."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from tests import database_urls
from tests.gateway.models import model
from tests.gateway.nginx import SITE, Nginx, running
from tests.lab.net import PATH, ROOT, LabError, Namespace
from tests.machines import site
from tests.machines.mail import PORT, Sink
from tests.machines.namespaces import Bridge, entered, processes
from tests.servers import Cluster, PostgreSQL

NAMES = ("m1", "m2")
#: How late the clock of the second is, in seconds: leases of `site.LEASE` bear it.
BEHIND = 3
PORTS, PATIENCE = 8000, 30
SECRET = "drawn-by-lot-for-photos-0123456789abcdef"
PHOTOS_EXAMPLE = "photos-change-me-photos-change-me-photos"


class Networked(PostgreSQL):
    """A cluster that the machines of a bridge reach."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge

    def daemon_options(self, home: Path) -> list[str]:
        options = super().daemon_options(home)
        address = f"--listen_addresses={self._bridge.address}"
        return [address if one.startswith("--listen_addresses=") else one for one in options]

    def _make(self, maker: Path, home: Path) -> None:
        super()._make(maker, home)
        with (home / "data" / "pg_hba.conf").open("a") as rules:
            rules.write(f"host all all {self._bridge.NETWORK}.0/24 trust\n")


class Machine:
    """A machine: one gunicorn and one worker, with settings that are those of the others."""

    def __init__(self, name: str, network: Namespace, address: str, lab: "Lab") -> None:
        self.name, self.network, self.address = name, network, address
        self._lab = lab
        self._started: list[subprocess.Popen[bytes]] = []

    @property
    def own(self) -> Path:
        """What is on its own disk: its log, its counts."""
        return self._lab.home / self.name

    def start(self, *worker: str) -> None:
        """Serve the site, and work for it."""
        self.own.mkdir(exist_ok=True)
        self._start("worker", "flask", "--app", "tests.machines.site", "worker", *worker)
        bind = f"--bind={self.address}:{PORTS}"
        options = (bind, "--workers=2", "--threads=4", "--preload", "--no-control-socket")
        self._start("web", "gunicorn", *options, "tests.machines.site:app")

    def flask(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the site there."""
        command = self._command("flask", "--app", "pc-est-magique.py", *arguments)
        with entered(self._lab.bridge.front):
            return subprocess.run(
                command,
                cwd=ROOT,
                env=self._environment(),
                capture_output=True,
                text=True,
                timeout=120,
                check=False,
            )

    def kill(self) -> None:
        """Have it die, with all that runs there."""
        for number in processes(self.network):
            with suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)
        for process in self._started:
            process.wait(PATIENCE)
        self._started.clear()

    def _start(self, name: str, *command: str) -> None:
        with entered(self.network), (self.own / f"{name}.log").open("wb") as log:
            self._started.append(
                subprocess.Popen(
                    self._command(*command),
                    cwd=ROOT,
                    env=self._environment(),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            )

    def _command(self, module: str, *arguments: str) -> list[str]:
        named = f'echo {self.name} >/proc/sys/kernel/hostname; exec "$@"'
        return [
            "unshare",
            "--uts",
            "sh",
            "-c",
            named,
            "-",
            sys.executable,
            "-m",
            module,
            *arguments,
        ]

    def _environment(self) -> dict[str, str]:
        lab = self._lab
        behind = BEHIND if self.name == NAMES[1] else 0
        folders = ("photos", "bar_avatars", "club_q", "bekks", "theatre", "banners")
        return {
            "PATH": PATH,
            "HOME": str(self.own),
            "FLASK_SKIP_DOTENV": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            site.FOLDER: str(lab.marks),
            site.SKEW: str(-behind),
            "MODE": "production",
            "SECRET_KEY": "drawn-by-lot-for-the-site-0123456789abcdef",
            "PHOTOS_SECRET_KEY": SECRET,
            "SERVER_NAME": SITE,
            "ADMINS": "gri@example.org",
            "LYDIA_BASE_URL": "",  # whatever the machine's own site has
            "TRUSTED_PROXIES": lab.bridge.address,
            "SQLALCHEMY_DATABASE_URI": lab.url_there,
            "SQLALCHEMY_POOL_SIZE": "3",
            "MAIL_SERVER": lab.bridge.address,
            "MAIL_PORT": str(PORT),
            # of the gateway alone
            "DHCP_HOSTS_FILE": str(lab.home / "dhcp.rules") if self.name == NAMES[0] else "",
            # of each machine
            "LOG_DIR": str(self.own),
            "METRICS_DIR": str(self.own / "metrics"),
            # shared
            "EXPORTS_DIR": str(lab.home / "exports"),
            **{f"{name.upper()}_BASE_PATH": str(lab.home / name) for name in folders},
        }


class Lab:
    """All of it."""

    nginx: Nginx

    def __init__(self, home: Path, bridge: Bridge, cluster: Cluster, sink: Sink) -> None:
        self.home, self.bridge, self.sink = home, bridge, sink
        self.marks = home / "marks"
        self.marks.mkdir()
        self.url = cluster.url
        database_urls.create(self.url)
        there = self.url.set(host=bridge.address, query={})
        self.url_there = there.render_as_string(hide_password=False)
        self.engine = sa.create_engine(self.url, isolation_level="READ COMMITTED")
        addresses = (f"{bridge.NETWORK}.{number}" for number in range(11, 11 + len(NAMES)))
        pairs = zip(NAMES, addresses, strict=True)
        self.machines = {
            name: Machine(name, bridge.machines[name], address, self) for name, address in pairs
        }

    @property
    def one(self) -> Machine:
        return self.machines[NAMES[0]]

    @property
    def other(self) -> Machine:
        return self.machines[NAMES[1]]

    def marks_of(self, name: str) -> list[str]:
        """Which machines left that mark, in order."""
        path = self.marks / name
        return path.read_text().split() if path.exists() else []

    def log(self) -> str:
        """The end of what each part said."""
        return "\n".join(
            "\n".join([f"# {path}", *path.read_text(errors="replace").splitlines()[-15:]])
            for path in sorted(self.home.glob("**/*.log"))
        )

    def wait_for_sites(self) -> None:
        """Wait until both machines answer.

        Raises:
            LabError: One does not start.
        """
        deadline = time.monotonic() + PATIENCE
        for machine in self.machines.values():
            while True:
                try:
                    with entered(self.bridge.front):
                        socket.create_connection((machine.address, PORTS), 1).close()
                    break
                except OSError:
                    if time.monotonic() > deadline:
                        raise LabError(f"{machine.name} does not start\n{self.log()}") from None
                    time.sleep(0.05)


@contextmanager
def lab(home: Path) -> Iterator[Lab]:
    """Make it, and leave nothing of it after the block; the caller starts the machines."""
    bridge = Bridge(NAMES)
    with ExitStack() as stack:
        stack.callback(bridge.remove)
        bridge.make()
        stack.enter_context(entered(bridge.front))
        cluster = stack.enter_context(Networked(bridge).running())
        sink = Sink(bridge.address)
        stack.callback(sink.stop)
        found = Lab(home, bridge, cluster, sink)
        stack.callback(found.engine.dispose)
        for machine in found.machines.values():
            stack.callback(machine.kill)
        found.nginx = stack.enter_context(_web_server(found))
        yield found


def _web_server(found: Lab) -> Any:
    """The web server of the models, which asks the machines in turn."""
    for folder in ("static", "bandwidthd"):
        (found.home / folder).mkdir()
    secret = model("photos-secret.conf", (PHOTOS_EXAMPLE, SECRET))
    (found.home / "photos-secret.conf").write_text(secret)
    both = "".join(
        f"server {machine.address}:{PORTS} max_fails=1 fail_timeout=5s;\n\t\t"
        for machine in found.machines.values()
    )
    return running(found.home, site=PORTS, changes=((f"server 127.0.0.1:{PORTS};", both),))
