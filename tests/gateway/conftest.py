"""The helpers of a gateway, installed in a folder, with programs that stand for the servers."""

import hashlib
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from app.core.addresses import AddressPlan
from app.modules.intrarez.rules.dhcp import Host, render
from tests.gateway.models import assignments, install, run

PLAN = AddressPlan.parse()
STATUS = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ (?P<status>\d+) (?P<digest>[0-9a-f]{64}|-) (?P<words>.+)\n"
)
CONFIGURATIONS = {
    "kea": '{"Dhcp4": {"reservations": <?include "SERVED"?>}}\n',
    "dhcpd": 'include "SERVED";\n',
    "dnsmasq": "dhcp-hostsfile=SERVED\n",
}


class Gateway:
    """One gateway: its folder, its files, its helpers."""

    def __init__(self, home: Path, dhcp_format: str) -> None:
        self.home = home
        self.format = dhcp_format
        self.wanted = home / "site" / "dhcp.hosts"
        self.wanted_pairs = home / "site" / "admitted.nft"
        self.state = home / "state"
        self.served = home / "etc" / "served"
        self.log = home / "log"
        self.settings: dict[str, object] = {
            "HOSTS_FILE": self.wanted,
            "NFT_FILE": self.wanted_pairs,
            "STATE_DIR": self.state,
            "FORMAT": dhcp_format,
            "SERVER_CONF": home / "etc" / "server.conf",
            "SERVED_FILE": self.served,
            "DHCP_RELOAD": f"echo reload >>{self.log}",
            "DHCP_ALIVE": "true",
        }
        for folder in ("site", "etc", "bin"):
            (home / folder).mkdir()
        (home / "etc" / "server.conf").write_text(
            CONFIGURATIONS[dhcp_format].replace("SERVED", str(self.served))
        )
        self.served.write_text(rules(dhcp_format))
        self.configure()
        self._install()

    def configure(self, **settings: object) -> None:
        """Change what the helpers go by."""
        self.settings |= settings
        (self.home / "gateway.conf").write_text(assignments(self.settings.items()))

    def stand_in(self, program: str, script: str) -> None:
        """Write a program that is found before the real one."""
        path = self.home / "bin" / program
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        self.configure(PATH=f"{self.home / 'bin'}:/usr/sbin:/usr/bin:/sbin:/bin")

    def accept_everything(self) -> None:
        """Have a server whose check finds no fault."""
        program = {"kea": "kea-dhcp4", "dhcpd": "dhcpd", "dnsmasq": "dnsmasq"}[self.format]
        self.stand_in(program, "exit 0")

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the helper of the DHCP rules."""
        return run(self.home / "pem-dhcp-reload", *arguments)

    @property
    def reloads(self) -> int:
        return self.log.read_text().count("reload\n") if self.log.exists() else 0

    def status(self, name: str = "dhcp") -> tuple[int, str, str]:
        """What the helper told the site: exit status, digest, message."""
        path = self.state / f"{name}.status"
        assert path.stat().st_mode & 0o777 == 0o644
        match = STATUS.fullmatch(path.read_text())
        assert match is not None, path.read_text()
        return int(match["status"]), match["digest"], match["words"]

    def left_behind(self) -> list[str]:
        """Temporary files that nobody needs any more."""
        return [path.name for path in self.home.rglob(".*")]

    def _install(self) -> None:
        shared = ("/usr/local/lib/pem-gateway.sh", str(self.home / "pem-gateway.sh"))
        own = ("CONF=/etc/pem-gateway.conf", f"CONF={self.home / 'gateway.conf'}")
        install(self.home, "pem-gateway.sh", own)
        install(self.home, "pem-dhcp-reload", shared, ("sleep 0.5", "sleep 0.01"))
        install(self.home, "pem-nft-reload", shared)


def hosts(number: int = 2) -> list[Host]:
    """As many devices, every other one of a banned tenant."""
    return [
        Host(
            room,
            100 + n,
            f"3c:22:fb:00:{n >> 8:02x}:{n & 255:02x}",
            PLAN.ban_address(n) if n % 2 else PLAN.device_address(room, n // 160),
            banned=bool(n % 2),
        )
        for n, room in ((n, PLAN.rooms()[n % 160]) for n in range(number))
    ]


def rules(dhcp_format: str, number: int = 0) -> str:
    """The rules that the site writes for so many devices."""
    return render(hosts(number), dhcp_format)


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.fixture
def gateway(tmp_path: Path) -> Callable[[str], Gateway]:
    """Make a gateway for a format: ``gateway("kea")``."""
    return lambda dhcp_format: Gateway(tmp_path, dhcp_format)
