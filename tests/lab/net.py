"""Network namespaces: a gateway, its clients on a bridge, and the Internet behind it."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

#: Where distributions put servers, that a user's path may lack.
PATH = os.pathsep.join([*os.get_exec_path(), "/usr/local/sbin", "/usr/sbin", "/sbin"])
ROOT = Path(__file__).parents[2]
#: Outside of the residence: the gateway, and the only server of the Internet.
WAN, INTERNET = "198.51.100.1", "198.51.100.80"
#: A way around, for who would not be told that IPv6 is closed.
WAN6, INTERNET6, LAN6 = "2001:db8:2::1", "2001:db8:2::80", "2001:db8:1::"
_RESOLVERS = Path("/etc/netns")


class LabError(Exception):
    """Something is not as it should be; the text says what."""


def say(text: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def until(condition: Callable[[], object], what: str, seconds: float = 20) -> float:
    """Wait for something, and return how long it took.

    Raises:
        LabError: It did not happen in time.
    """
    begun = time.monotonic()
    while not condition():
        if time.monotonic() - begun > seconds:
            raise LabError(f"after {seconds:g} s: not {what}")
        time.sleep(0.1)
    return time.monotonic() - begun


def run(*arguments: str | Path, timeout: float = 60) -> str:
    """Run a program and return what it printed.

    Raises:
        LabError: It failed.
    """
    try:
        done = subprocess.run(
            arguments,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=timeout,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise LabError(f"{' '.join(map(str, arguments))}: {error}") from None
    if done.returncode:
        raise LabError(f"{' '.join(map(str, arguments))}: {done.stdout.strip()}")
    return done.stdout


def environment(**values: str) -> dict[str, str]:
    """The variables of a program: those that every one needs, and no other of ours."""
    return {"PATH": PATH, "LC_ALL": "C.UTF-8", "HOME": "/nonexistent", **values}


class Process:
    """A program that runs until it is told to stop, with what it says in a file."""

    def __init__(self, command: Sequence[str | Path], log: Path, **variables: str) -> None:
        self._log: IO[bytes] = log.open("ab")
        self._process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment(**variables),
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    @property
    def runs(self) -> bool:
        return self._process.poll() is None

    def stop(self, number: signal.Signals = signal.SIGTERM, patience: float = 10) -> None:
        """End it, with all that it started."""
        self._signal(number)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(patience)
        self._signal(signal.SIGKILL)
        self._process.wait()
        self._log.close()

    def _signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)


class Namespace:
    """A machine: its own interfaces, addresses and names."""

    def __init__(self, name: str) -> None:
        self.name = name

    def command(self, *arguments: str | Path) -> list[str | Path]:
        return ["ip", "netns", "exec", self.name, *arguments]

    def run(self, *arguments: str | Path, timeout: float = 60) -> str:
        return run(*self.command(*arguments), timeout=timeout)

    def ip(self, arguments: str) -> None:
        """Change its network: ``ip("link set eth0 up")``."""
        run("ip", "-n", self.name, *arguments.split())

    @property
    def resolver(self) -> Path:
        """What its programs read as ``/etc/resolv.conf``."""
        return _RESOLVERS / self.name / "resolv.conf"

    def make(self) -> None:
        run("ip", "netns", "add", self.name)
        self.ip("link set lo up")
        self.resolver.parent.mkdir(parents=True)
        self.resolver.write_text("nameserver 127.0.0.1\n")

    def remove(self) -> None:
        subprocess.run(["ip", "netns", "del", self.name], env=environment(), check=False)
        shutil.rmtree(self.resolver.parent, ignore_errors=True)
        with suppress(OSError):
            _RESOLVERS.rmdir()


class Network:
    """The gateway between the bridge of the residence and the Internet."""

    def __init__(self, clients: dict[str, str]) -> None:
        """Name the machines: *clients* gives each its hardware address."""
        tag = os.getpid()
        self.gateway = Namespace(f"pem-gw-{tag}")
        self.internet = Namespace(f"pem-inet-{tag}")
        self.clients = {name: Namespace(f"pem-{name}-{tag}") for name in clients}
        self._macs = clients

    def make(self) -> None:
        """Make all of it.

        Raises:
            LabError: It is not allowed here.
        """
        for machine in (self.gateway, self.internet, *self.clients.values()):
            machine.make()
        self._make_gateway()
        for number, (name, client) in enumerate(self.clients.items(), 1):
            self._plug(name, client, number)

    def remove(self) -> None:
        for machine in (*self.clients.values(), self.internet, self.gateway):
            machine.remove()

    def _make_gateway(self) -> None:
        gateway, internet = self.gateway, self.internet
        gateway.ip("link add br0 type bridge")
        gateway.ip(f"link add wan0 type veth peer name eth0 netns {internet.name}")
        for machine, addresses in (
            (gateway, {"br0": ("10.0.0.1/8", f"{LAN6}1/64"), "wan0": (f"{WAN}/24", f"{WAN6}/64")}),
            (internet, {"eth0": (f"{INTERNET}/24", f"{INTERNET6}/64")}),
        ):
            for interface, (four, six) in addresses.items():
                machine.ip(f"address add {four} dev {interface}")
                machine.ip(f"-6 address add {six} dev {interface} nodad")
                machine.ip(f"link set {interface} up")
        internet.ip(f"-6 route add {LAN6}/64 via {WAN6}")
        # More than a gateway should: the firewall alone must stop IPv6.
        forward = ("net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")
        gateway.run("sysctl", "-q", "-w", *forward)
        if Path("/proc/sys/net/bridge").exists():
            gateway.run("sysctl", "-q", "-w", "net.bridge.bridge-nf-call-iptables=0")

    def _plug(self, name: str, client: Namespace, number: int) -> None:
        gateway = self.gateway
        gateway.ip(f"link add port{number} type veth peer name eth0 netns {client.name}")
        client.ip(f"link set eth0 address {self._macs[name]}")
        gateway.ip(f"link set port{number} master br0 up")
        client.ip("link set eth0 up")
        client.ip(f"-6 address add {LAN6}c{number}/64 dev eth0 nodad")
        client.ip(f"-6 route add default via {LAN6}1 dev eth0")
