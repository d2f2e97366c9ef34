"""The gateway: the models of ``.conf_models``, the site, and the real servers."""

import os
import pwd
import re
import signal
import sys
from pathlib import Path

from tests.lab.client import SITE
from tests.lab.net import INTERNET, ROOT, LabError, Namespace, Process, run, until

MODELS = ROOT / ".conf_models"
#: The programs of the formats of DHCP rules.
SERVERS = {"kea": "kea-dhcp4", "dhcpd": "dhcpd", "dnsmasq": "dnsmasq"}
#: As short as a test needs, in seconds: the leases of who is unknown and of who is registered,
#: and when they are renewed.
UNKNOWN_LEASE, KNOWN_LEASE, RENEWAL = 20, 60, 4
_DHCPD = """\
#!/bin/sh
# Starts the server anew, as the system does.
if [ -s '{home}/dhcpd.pid' ] && kill "$(cat '{home}/dhcpd.pid')" 2>/dev/null; then
	while kill -0 "$(cat '{home}/dhcpd.pid')" 2>/dev/null; do sleep 0.05; done
fi
: >>'{home}/dhcpd.leases'
setsid dhcpd -4 -f -d -cf '{home}/etc/dhcpd.conf' -lf '{home}/dhcpd.leases' \\
	-pf '{home}/dhcpd.pid' br0 >>'{home}/logs/dhcpd.log' 2>&1 &
for _ in 1 2 3 4 5 6 7 8 9 10; do
	[ -s '{home}/dhcpd.pid' ] && kill -0 "$(cat '{home}/dhcpd.pid')" 2>/dev/null && exit 0
	sleep 0.1
done
exit 1
"""


def model(name: str, *changes: tuple[str, str]) -> str:
    """A model, under the name of the site there, with changes that must change something."""
    text = (MODELS / name).read_text()
    for old, new in (*changes,):
        if old not in text:
            raise LabError(f"{name} does not say {old}")
        text = text.replace(old, new)
    return text.replace("pc-est-magique.fr", SITE)


class Gateway:
    """A gateway with a DHCP server of that format."""

    def __init__(self, machine: Namespace, home: Path, dhcp_format: str) -> None:
        self.machine, self.home, self.format = machine, home, dhcp_format
        self.logs, self.etc = home / "logs", home / "etc"
        #: The folder of the site, and that of root.
        self.site, self.state = home / "site", home / "state"
        self.certificate = self.etc / "fullchain.pem"
        self.database = self.site / "site.db"
        self.rules, self.pairs = self.site / "dhcp.hosts", self.site / "admitted.nft"
        self.served = self.etc / "served"
        self._processes: dict[str, Process] = {}
        for folder in (self.logs, self.etc, self.site, self.state):
            folder.mkdir(parents=True)
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
            "MAIL_SUPPRESS_SEND": "1",
            "SQLALCHEMY_DATABASE_URI": f"sqlite:///{self.database}",
            "TRUSTED_PROXIES": "127.0.0.1",
            "NEIGHBOUR_CACHE_SECONDS": "1",
            "DHCP_HOSTS_FILE": str(self.rules),
            "DHCP_FORMAT": self.format,
            "DHCP_LEASES_FILE": str(self.leases),
            "NFT_SET_FILE": str(self.pairs),
            "GATEWAY_STATE_DIR": str(self.state),
            "LOG_DIR": str(self.site / "log"),
            "FLASK_APP": "pc-est-magique.py",
            "FLASK_SKIP_DOTENV": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    @property
    def leases(self) -> Path:
        name = {"kea": "kea-leases4.csv", "dhcpd": "dhcpd.leases", "dnsmasq": "dnsmasq.leases"}
        return self.home / name[self.format]

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
        self._write()
        self.flask("db", "upgrade")
        self.machine.run("nft", "-f", self.etc / "nftables.conf")
        if self.format == "kea":
            self._start_kea()
        elif self.format == "dhcpd":
            self.machine.run(self.etc / "dhcpd.sh")
        names = ("dnsmasq", "--keep-in-foreground", f"--conf-file={self.etc / 'dnsmasq.conf'}")
        self._start("dnsmasq", *names)
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
        if self.format == "dhcpd" and self._pid_file.exists():  # its helper has started it
            number = int(self._pid_file.read_text() or "0")
            if number and Path(f"/proc/{number}/cmdline").exists():
                os.kill(number, signal.SIGKILL)

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

    def _start_kea(self) -> None:
        kea = ("kea-dhcp4", "-c", self.etc / "kea-dhcp4.conf")
        self._start("kea", *kea, KEA_PIDFILE_DIR=str(self.home), KEA_LOCKFILE_DIR="none")
        until((self.home / "kea4.sock").exists, "Kea listens")

    # The configurations

    def _write(self) -> None:
        write = self._write_one
        self._write_certificate()
        write("nftables.conf", ("/var/lib/pem-gateway", str(self.state)))
        self._write_web_server()
        self._write_helpers()
        self._write_dnsmasq()
        if self.format == "kea":
            self._write_kea()
        elif self.format == "dhcpd":
            self._write_dhcpd()

    def _write_one(self, name: str, *changes: tuple[str, str]) -> Path:
        path = self.etc / name
        path.write_text(model(name, *changes))
        path.chmod(0o755 if path.suffix == "" else 0o644)
        return path

    def _write_certificate(self) -> None:
        run(
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-nodes", "-days", "2", "-subj", f"/CN={SITE}"),
            *("-addext", f"subjectAltName=DNS:{SITE},IP:10.0.0.1"),
            *("-keyout", self.etc / "privkey.pem", "-out", self.certificate),
        )

    def _write_web_server(self) -> None:
        temporary = "".join(
            f"\t{kind}_temp_path {self.home}/tmp-{kind};\n"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        headers = self._write_one("proxy-headers.conf")
        self._write_one(
            "nginx.conf",
            ("user www-data;", f"user {self._user.pw_name if self._user else 'root'};"),
            ("worker_processes auto", "worker_processes 1"),
            ("/run/nginx.pid", f"{self.home}/nginx.pid"),
            ("/var/log/nginx", str(self.logs)),
            ("include /etc/nginx/modules-enabled/*.conf;\n", ""),
            ("http {\n", f"http {{\n{temporary}"),
            ("/etc/nginx/proxy-headers.conf", str(headers)),
            ("/etc/ssl/pem", str(self.etc)),
            ("/srv/pc-est-magique", str(ROOT)),
        )

    def _write_helpers(self) -> None:
        pid = self._pid_file
        configuration = {"kea": "kea-dhcp4.conf"}.get(self.format, f"{self.format}.conf")
        reload = self.etc / "dhcpd.sh" if self.format == "dhcpd" else f'kill -HUP "$(cat {pid})"'
        settings = {
            "HOSTS_FILE": self.rules,
            "NFT_FILE": self.pairs,
            "STATE_DIR": self.state,
            "FORMAT": self.format,
            "SERVER_CONF": self.etc / configuration,
            "SERVED_FILE": self.served,
            "DHCP_RELOAD": reload,
            "DHCP_ALIVE": f'kill -0 "$(cat {pid})"',
        }
        lines = (f"{name}='{value}'\n" for name, value in settings.items())
        (self.etc / "pem-gateway.conf").write_text("".join(lines))
        self._write_one(
            "pem-gateway.sh", ("CONF=/etc/pem-gateway.conf", f"CONF={self.etc}/pem-gateway.conf")
        )
        for name in ("pem-dhcp-reload", "pem-nft-reload", "pem-watch"):
            shared = ("/usr/local/lib/pem-gateway.sh", f"{self.etc}/pem-gateway.sh")
            own = (("/usr/local/sbin/", f"{self.etc}/"),)
            self._write_one(name, shared, *own)

    @property
    def _pid_file(self) -> Path:
        """Where the DHCP server writes which process it is."""
        name = "kea-dhcp4.kea-dhcp4.pid" if self.format == "kea" else f"{self.format}.pid"
        return self.home / name

    def _write_dnsmasq(self) -> None:
        """It gives names at least, and everything out there has one address."""
        path = self._write_one(
            "dnsmasq.conf",
            ("/var/lib/misc/dnsmasq.leases", str(self.leases)),
            ("/var/lib/pem-gateway/dnsmasq.hosts", str(self.served)),
            ("255.0.0.0,10m", f"255.0.0.0,{KNOWN_LEASE * 2}"),  # two minutes is its shortest
            ("option:T1,60", f"option:T1,{RENEWAL}"),
        )
        own = f"user=root\npid-file={self.home}/dnsmasq.pid\nno-resolv\naddress=/#/{INTERNET}\n"
        text = path.read_text()
        if self.format == "dnsmasq":
            self.served.touch()
            # one ping at a time: three clients would wait for one another
            own += "no-ping\nlog-facility=-\nlog-dhcp\n"
        else:
            text = re.sub(r"(?m)^dhcp-.*\n", "", text)
        path.write_text(text + own)

    def _write_kea(self) -> None:
        self.served.write_text("[]\n")
        self._write_one(
            "kea-dhcp4.conf",
            ("/etc/kea/reservations.json", str(self.served)),
            ("/run/kea/kea4-ctrl-socket", f"{self.home}/kea4.sock"),
            ("/var/lib/kea/", f"{self.home}/"),
            ("/var/log/kea/", f"{self.logs}/"),
            ('"valid-lifetime": 600', f'"valid-lifetime": {KNOWN_LEASE}'),
            ('"renew-timer": 120', f'"renew-timer": {RENEWAL}'),
            ('"rebind-timer": 525', f'"rebind-timer": {KNOWN_LEASE * 7 // 8}'),
            ('"valid-lifetime": 300', f'"valid-lifetime": {UNKNOWN_LEASE}'),
        )

    def _write_dhcpd(self) -> None:
        self.served.touch()
        self._write_one(
            "dhcpd.conf",
            ("/etc/dhcp/pem-hosts.conf", str(self.served)),
            ("lease-time 600", f"lease-time {KNOWN_LEASE}"),
            ("lease-time 300", f"lease-time {UNKNOWN_LEASE}"),
            ("dhcp-renewal-time 60", f"dhcp-renewal-time {RENEWAL}"),
        )
        (self.etc / "dhcpd.sh").write_text(_DHCPD.format(home=self.home))
        (self.etc / "dhcpd.sh").chmod(0o755)


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
