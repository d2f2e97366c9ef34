"""The gateway: the models of ``.conf_models``, the site, and the real servers."""

import hashlib
import os
import pwd
import signal
import sys
from contextlib import suppress
from pathlib import Path

from tests.lab import configuration
from tests.lab.client import SITE
from tests.lab.configuration import Places
from tests.lab.net import ROOT, LabError, Namespace, Process, run, until


class Gateway(Places):
    """A gateway with a DHCP server of that format."""

    def __init__(self, machine: Namespace, home: Path, dhcp_format: str) -> None:
        super().__init__(home, dhcp_format)
        self.machine = machine
        self._processes: dict[str, Process] = {}
        self._user = _unprivileged()
        if self._user:
            os.chown(self.site, self._user.pw_uid, self._user.pw_gid)

    # The site

    @property
    def variables(self) -> dict[str, str]:
        """The environment of the site."""
        return {
            "HOME": str(self.site),
            "MODE": "production",
            "SECRET_KEY": "a key of the laboratory, which signs nothing of worth",
            "SERVER_NAME": SITE,
            "NETLOCS": f"{SITE};10.0.0.1",
            "ADMINS": "gri@example.org",
            "PHOTOS_BASE_PATH": str(self.site / "photos"),
            "BAR_AVATARS_BASE_PATH": str(self.site / "bar_avatars"),
            "CLUB_Q_BASE_PATH": str(self.site / "club_q"),
            "BEKKS_BASE_PATH": str(self.site / "bekks"),
            "THEATRE_BASE_PATH": str(self.site / "theatre"),
            "BANNERS_BASE_PATH": str(self.site / "banners"),
            "BACKUP_STAGING_DIR": str(self.site / "backup"),
            "PHOTOS_SECRET_KEY": "x" * 40,
            "MAIL_SUPPRESS_SEND": "1",
            "SQLALCHEMY_DATABASE_URI": f"sqlite:///{self.database}",
            "TRUSTED_PROXIES": "127.0.0.1",
            "NEIGHBOUR_CACHE_SECONDS": "1",
            "DHCP_HOSTS_FILE": str(self.rules),
            "DHCP_FORMAT": self.format,
            "DHCP_LEASES_FILE": str(self.leases),
            "NFT_SET_FILE": str(self.pairs),
            "GATEWAY_STATE_DIR": str(self.state),
            "LYDIA_BASE_URL": "",  # whatever the machine's own site has
            "LOG_DIR": str(self.site / "log"),
            "FLASK_APP": "pc-est-magique.py",
            "FLASK_SKIP_DOTENV": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def flask(self, *arguments: str) -> str:
        """Run a command of the site.

        Raises:
            LabError: It failed.
        """
        assignments = [f"{name}={value}" for name, value in self.variables.items()]
        command = self._python("-m", "flask", *arguments)
        return self.machine.run("env", "-C", ROOT, *assignments, *command)

    def sql(self, statement: str) -> str:
        """Read or change the database behind the back of the site; return the first value read."""
        run_it = (
            "c = sqlite3.connect(sys.argv[1]); r = c.execute(sys.argv[2]).fetchone(); c.commit()"
        )
        script = f"import sqlite3, sys; {run_it}; print(*(r or ('',))[:1])"
        return run(*self._python("-c", script, str(self.database), statement)).strip()

    def start_worker(self) -> None:
        self._start("worker", *self._python("-m", "flask", "worker"), **self.variables)

    def kill_worker(self) -> None:
        """Kill it as the lack of memory does."""
        self._processes.pop("worker").stop(signal.SIGKILL)

    def _python(self, *arguments: str) -> list[str | Path]:
        """Python as the user of the site, who may read where Python is, and write nowhere."""
        if self._user is None:
            return [sys.executable, *arguments]
        capability = "+dac_read_search"
        return [
            *("setpriv", f"--reuid={self._user.pw_uid}", f"--regid={self._user.pw_gid}"),
            *("--clear-groups", "--inh-caps", capability, "--ambient-caps", capability),
            *(sys.executable, *arguments),
        ]

    # All of it

    def start(self) -> None:
        """Write the configurations, then start everything in an order that a machine would."""
        configuration.write(self, self._user.pw_name if self._user else "root")
        self.flask("db", "upgrade")
        self.machine.run("nft", "-f", self.etc / "nftables.conf")
        self._start_dhcp()
        web = ("-m", "gunicorn", "--workers", "2", "--bind", "127.0.0.1:8000", "app:create_app()")
        self._start("gunicorn", *self._python(*web), **self.variables)
        self._start("nginx", "nginx", "-c", self.etc / "nginx.conf", "-g", "daemon off;")
        self._start("pem-watch", self.etc / "pem-watch")
        self.start_worker()
        until(self._answers, "the site answers", 60)
        self._check()

    def stop(self) -> None:
        for process in reversed(self._processes.values()):
            process.stop(patience=5)
        self._processes.clear()
        self._stop_restarted()

    def _stop_restarted(self) -> None:
        """End the DHCP server that a helper started, if it is still that one."""
        try:
            number = int(self.pid_file.read_text())
            command = Path(f"/proc/{number}/cmdline").read_text()
        except (OSError, ValueError):
            return
        if number > 1 and str(self.etc) in command:
            with suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)

    def has_followed(self) -> bool:
        """Whether the DHCP server has read the file that it is given: it may be restarting."""
        status = self.state / "dhcp.status"
        words = status.read_text().split() if status.exists() else []
        return words[1:3] == ["0", hashlib.sha256(self.served.read_bytes()).hexdigest()]

    def _answers(self) -> bool:
        self._check()
        page = f"https://{SITE}/healthz"
        try:
            self.machine.run(
                *("curl", "-sSf", "--cacert", self.certificate, "--max-time", "5"),
                *("--resolve", f"{SITE}:443:10.0.0.1", "-o", "/dev/null", page),
            )
        except LabError:
            return False
        return True

    def _check(self) -> None:
        for name, process in self._processes.items():
            if not process.runs:
                raise LabError(f"{name} has stopped")

    def _start(self, name: str, *command: str | Path, **variables: str) -> None:
        log = self.logs / f"{name}.log"
        self._processes[name] = Process(self.machine.command(*command), log, **variables)

    def _start_dhcp(self) -> None:
        if self.format != "dnsmasq":
            names = ("dnsmasq", "--keep-in-foreground", f"--conf-file={self.etc}/dnsmasq.conf")
            self._start("dnsmasq", *names)
        if self.format != "kea":
            self.machine.run(self.restart)
            return
        kea = ("kea-dhcp4", "-c", self.server_configuration)
        self._start("kea", *kea, KEA_PIDFILE_DIR=str(self.home), KEA_LOCKFILE_DIR="none")
        until((self.home / "kea4.sock").exists, "Kea listens")


def _unprivileged() -> pwd.struct_passwd | None:
    """Who the site runs as; nobody but root if the machine has no such user, or no way to be it."""
    for name in ("www-data", "nobody"):
        try:
            user = pwd.getpwnam(name)
            capability = ("--inh-caps", "+dac_read_search", "--ambient-caps", "+dac_read_search")
            run(
                *("setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"),
                *(*capability, sys.executable, "-c", "import flask"),
            )
        except (KeyError, LabError):
            continue
        return user
    return None
