"""A whole residence on one machine: real DHCP, firewall, web server, site and clients.

python -m tests.lab [kea] [dhcpd] [dnsmasq]

It needs root, for network namespaces of its own, which it removes. Where they
cannot be made it says why and succeeds, unless ``LAB_REQUIRED=1``.
"""

import os
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path
from types import FrameType

from tests.lab.client import Client
from tests.lab.configuration import SERVERS
from tests.lab.gateway import Gateway
from tests.lab.net import PATH, LabError, Network, Process, run, say
from tests.lab.scenario import Scenario

PROGRAMS = ("ip", "nft", "nginx", "dnsmasq", "dhclient", "curl", "openssl", "setpriv", "conntrack")
#: The DHCP servers, unless others are asked for: dnsmasq is the third.
FORMATS = ("kea", "dhcpd")
CLIENTS = {f"c{n}": f"3c:22:fb:00:00:0{n}" for n in (1, 2, 3)}
#: How much of each log is shown after a failure, in lines.
_SHOWN = 25


def main(arguments: list[str]) -> int:
    """Run the scenario with each DHCP server; return the exit status."""
    formats = arguments or list(FORMATS)
    if set(formats) - set(SERVERS):
        say(f"choose among {', '.join(SERVERS)}")
        return 2
    reason = _obstacle(formats)
    if reason:
        say(f"No laboratory here: {reason}.")
        return int(os.environ.get("LAB_REQUIRED") == "1")  # noqa: TID251  # not the site's
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    begun = time.monotonic()
    try:
        failed = [one for one in formats if not _run(one)]
    except KeyboardInterrupt:
        say("laboratory: stopped")
        return 130
    verdict = f"failed: {', '.join(failed)}" if failed else "everything passed"
    say(f"laboratory: {verdict}, {time.monotonic() - begun:.0f} s")
    return int(bool(failed))


def _obstacle(formats: list[str]) -> str:
    """Why there can be no laboratory, if so."""
    if os.geteuid() != 0:
        return "only root may make networks"
    programs = (*PROGRAMS, *(SERVERS[one] for one in formats))
    missing = [name for name in programs if shutil.which(name, path=PATH) is None]
    if missing:
        return f"not installed: {', '.join(missing)}"
    try:
        run("unshare", "--net", "ip", "link", "add", "br0", "type", "bridge")
        run("unshare", "--net", "nft", "add", "table", "inet", "pem")
    except LabError as error:
        return str(error)
    return ""


def _run(dhcp_format: str) -> bool:
    """Run the scenario with a DHCP server; tell whether it passed."""
    home = Path(tempfile.mkdtemp(prefix="pem-lab-"))
    home.chmod(0o755)
    network = Network(CLIENTS)
    gateway = Gateway(network.gateway, home, dhcp_format)
    clients = {
        name: Client(name, mac, network.clients[name], home / name) for name, mac in CLIENTS.items()
    }
    internet: Process | None = None
    try:
        network.make()
        server = (sys.executable, "-m", "tests.lab.internet")
        internet = Process(network.internet.command(*server), gateway.logs / "internet.log")
        passed = _take_steps(Scenario(network, gateway, clients), dhcp_format)
        if not passed:
            _show_logs(home)
        return passed
    finally:
        for client in clients.values():
            client.unplug()
        gateway.stop()
        if internet is not None:
            internet.stop()
        network.remove()
        shutil.rmtree(home, ignore_errors=True)


def _take_steps(scenario: Scenario, dhcp_format: str) -> bool:
    """Take the steps one after another, as far as the first that fails."""
    for number, (name, step) in enumerate(scenario.steps(), 1):
        begun = time.monotonic()
        title = f"{dhcp_format:6}{number:3}. {name}"
        try:
            figure = step()
        except LabError as error:
            say(f"{title}: FAILED after {time.monotonic() - begun:.1f} s\n{error}")
            return False
        said = f" ({figure})" if figure else ""
        say(f"{title}{said}: {time.monotonic() - begun:.1f} s")
    return True


def _show_logs(home: Path) -> None:
    """Print the end of what each program said."""
    for path in sorted([*home.rglob("*.log"), *(home / "state").glob("*.status")]):
        lines = path.read_text(errors="replace").splitlines()
        if lines:
            say(f"--- {path.relative_to(home)}")
            say("\n".join(line[:300] for line in lines[-_SHOWN:]))


def _stop(number: int, _frame: FrameType | None) -> None:
    """End as at Ctrl-C: everything is removed."""
    raise KeyboardInterrupt(signal.strsignal(number))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
