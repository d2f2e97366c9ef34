"""The models of ``.conf_models``, with the places and the short delays of a laboratory."""

import re
from pathlib import Path

from tests.lab.client import SITE
from tests.lab.net import INTERNET, ROOT, LabError, run

MODELS = ROOT / ".conf_models"
#: The programs of the formats of DHCP rules.
SERVERS = {"kea": "kea-dhcp4", "dhcpd": "dhcpd", "dnsmasq": "dnsmasq"}
#: As short as a test needs, in seconds: the leases of who is unknown and of who is registered,
#: and when they are renewed.
UNKNOWN_LEASE, KNOWN_LEASE, RENEWAL = 20, 60, 4
#: What the web server's model includes.
_INCLUDED = (
    "proxy-headers.conf",
    "protected-files.conf",
    "photos-secret.conf",
    "security-headers.conf",
    "site-pages.conf",
)
_RESTART = """\
#!/bin/sh
# Starts the server anew, as the system would.
is_there() {{
	grep -qs '^State:[[:space:]]*[^Z]' "/proc/$(cat '{pid}')/status"
}}
if is_there; then
	kill "$(cat '{pid}')"
	while is_there; do sleep 0.05; done
fi
rm -f '{pid}'
setsid {command} >>'{log}' 2>&1 &
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
	[ -s '{pid}' ] && is_there && exit 0
	sleep 0.1
done
exit 1
"""


class Places:
    """Where everything of a gateway is, in one folder."""

    def __init__(self, home: Path, dhcp_format: str) -> None:
        self.home, self.format = home, dhcp_format
        self.logs, self.etc = home / "logs", home / "etc"
        #: The folder of the site, and that of root.
        self.site, self.state = home / "site", home / "state"
        for folder in (self.logs, self.etc, self.site, self.state):
            folder.mkdir(parents=True)
        self.certificate = self.etc / "fullchain.pem"
        self.database = self.site / "site.db"
        self.rules, self.pairs = self.site / "dhcp.hosts", self.site / "admitted.nft"
        self.served = self.etc / "served"
        names = {"kea": "kea-leases4.csv", "dhcpd": "dhcpd.leases", "dnsmasq": "dnsmasq.leases"}
        self.leases = home / names[dhcp_format]
        #: Where the DHCP server writes which process it is.
        name = "kea-dhcp4.kea-dhcp4" if dhcp_format == "kea" else dhcp_format
        self.pid_file = home / f"{name}.pid"
        self.server_configuration = self.etc / f"{SERVERS[dhcp_format]}.conf"
        #: Starts the DHCP server anew; Kea needs no such thing.
        self.restart = self.etc / "restart"


def write(places: Places, user: str) -> None:
    """Write the configuration of every program; the site runs as *user*."""
    _write_certificate(places)
    _write_one(places, "nftables.conf", ("/var/lib/pem-gateway", str(places.state)))
    _write_web_server(places, user)
    _write_helpers(places)
    _write_dnsmasq(places)
    if places.format == "kea":
        _write_kea(places)
    elif places.format == "dhcpd":
        _write_dhcpd(places)


def _write_one(places: Places, name: str, *changes: tuple[str, str]) -> Path:
    """Write a model, under the name of the site there; each change must change something."""
    text = (MODELS / name).read_text()
    for old, new in changes:
        if old not in text:
            raise LabError(f"{name} does not say {old}")
        text = text.replace(old, new)
    path = places.etc / name
    path.write_text(text.replace("pc-est-magique.fr", SITE))
    path.chmod(0o755 if path.suffix == "" else 0o644)
    return path


def _write_certificate(places: Places) -> None:
    run(
        *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
        *("-nodes", "-days", "2", "-subj", f"/CN={SITE}"),
        *("-addext", f"subjectAltName=DNS:{SITE},IP:10.0.0.1"),
        *("-keyout", places.etc / "privkey.pem", "-out", places.certificate),
    )


def _write_web_server(places: Places, user: str) -> None:
    temporary = "".join(
        f"\t{kind}_temp_path {places.home}/tmp-{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    for name in _INCLUDED:
        text = _write_one(places, name).read_text()
        text = text.replace("/srv/pc-est-magique/current", str(ROOT))
        (places.etc / name).write_text(text.replace("/etc/nginx/", f"{places.etc}/"))
    _write_one(
        places,
        "nginx.conf",
        ("user www-data;", f"user {user};"),
        ("worker_processes auto", "worker_processes 1"),
        ("/run/nginx.pid", f"{places.home}/nginx.pid"),
        ("/var/log/nginx", str(places.logs)),
        ("include /etc/nginx/modules-enabled/*.conf;\n", ""),
        ("http {\n", f"http {{\n{temporary}"),
        *((f"/etc/nginx/{name}", f"{places.etc}/{name}") for name in _INCLUDED),
        ("/etc/ssl/pem", str(places.etc)),
        ("/srv/pc-est-magique/current", str(ROOT)),
        ("/srv/pc-est-magique", str(ROOT)),
    )


def _write_helpers(places: Places) -> None:
    pid = places.pid_file
    settings = {
        "HOSTS_FILE": places.rules,
        "NFT_FILE": places.pairs,
        "STATE_DIR": places.state,
        "FORMAT": places.format,
        "SERVER_CONF": places.server_configuration,
        "SERVED_FILE": places.served,
        "DHCP_RELOAD": f'kill -HUP "$(cat {pid})"' if places.format == "kea" else places.restart,
        "DHCP_ALIVE": f'grep -q "^State:[[:space:]]*[^Z]" "/proc/$(cat {pid})/status"',
    }
    lines = (f"{name}='{value}'\n" for name, value in settings.items())
    (places.etc / "pem-gateway.conf").write_text("".join(lines))
    own = ("CONF=/etc/pem-gateway.conf", f"CONF={places.etc}/pem-gateway.conf")
    _write_one(places, "pem-gateway.sh", own)
    shared = ("/usr/local/lib/pem-gateway.sh", f"{places.etc}/pem-gateway.sh")
    for name in ("pem-dhcp-reload", "pem-nft-reload", "pem-watch"):
        _write_one(places, name, shared, ("/usr/local/sbin/", f"{places.etc}/"))


def _write_dnsmasq(places: Places) -> None:
    """It gives names at least, and everything out there has one address."""
    path = _write_one(
        places,
        "dnsmasq.conf",
        ("/var/lib/misc/dnsmasq.leases", f"{places.home}/dnsmasq.leases"),
        ("/var/lib/pem-gateway/dnsmasq.hosts", str(places.served)),
        ("255.0.0.0,10m", f"255.0.0.0,{KNOWN_LEASE * 2}"),  # two minutes is its shortest
        ("option:T1,60", f"option:T1,{RENEWAL}"),
    )
    text = path.read_text()
    own = f"user=root\npid-file={places.home}/dnsmasq.pid\nno-resolv\naddress=/#/{INTERNET}\n"
    if places.format == "dnsmasq":
        places.served.touch()
        own += "log-facility=-\nno-ping\n"  # one ping at a time: the clients would wait
        _write_restart(places, "dnsmasq", "--keep-in-foreground", f"--conf-file={path}")
    else:
        text = re.sub(r"(?m)^dhcp-.*\n", "", text)
    path.write_text(text + own)


def _write_kea(places: Places) -> None:
    places.served.write_text("[]\n")
    _write_one(
        places,
        "kea-dhcp4.conf",
        ("/etc/kea/reservations.json", str(places.served)),
        ("/run/kea/kea4-ctrl-socket", f"{places.home}/kea4.sock"),
        ("/var/lib/kea/", f"{places.home}/"),
        ("/var/log/kea/", f"{places.logs}/"),
        ('"valid-lifetime": 600', f'"valid-lifetime": {KNOWN_LEASE}'),
        ('"renew-timer": 120', f'"renew-timer": {RENEWAL}'),
        ('"rebind-timer": 525', f'"rebind-timer": {KNOWN_LEASE * 7 // 8}'),
        ('"valid-lifetime": 300', f'"valid-lifetime": {UNKNOWN_LEASE}'),
    )


def _write_dhcpd(places: Places) -> None:
    places.served.touch()
    places.leases.touch()
    path = _write_one(
        places,
        "dhcpd.conf",
        ("/etc/dhcp/pem-hosts.conf", str(places.served)),
        ("lease-time 600", f"lease-time {KNOWN_LEASE}"),
        ("lease-time 300", f"lease-time {UNKNOWN_LEASE}"),
        ("dhcp-renewal-time 60", f"dhcp-renewal-time {RENEWAL}"),
    )
    files = f"-cf {path} -lf {places.leases} -pf {places.pid_file}"
    _write_restart(places, "dhcpd", "-4", "-f", "-d", *files.split(), "br0")


def _write_restart(places: Places, name: str, *arguments: str) -> None:
    text = _RESTART.format(
        pid=places.pid_file,
        log=places.logs / f"{name}.log",
        command=" ".join((name, *arguments)),
    )
    places.restart.write_text(text)
    places.restart.chmod(0o755)
