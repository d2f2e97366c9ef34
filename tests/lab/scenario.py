"""What happens to the devices of a residence, from the first evening to the last."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.lab.client import HOME, SITE, Answer, Browser, Client
from tests.lab.gateway import Gateway
from tests.lab.net import INTERNET, INTERNET6, LAN6, WAN, LabError, Network, until

PORTAL = f"{HOME}/portal"
API = f"{HOME}/api/captive-portal"
#: What systems ask to know whether they are captive, and what the Internet answers.
PROBES = {
    "http://captive.apple.com/hotspot-detect.html": 200,
    "http://www.apple.com/library/test/success.html": 200,
    "http://connectivitycheck.gstatic.com/generate_204": 204,
    "http://www.google.com/gen_204": 204,
    "http://clients3.google.com/generate_204": 204,
    "http://www.msftconnecttest.com/connecttest.txt": 200,
    "http://www.msftconnecttest.com/redirect": 200,
    "http://www.msftncsi.com/ncsi.txt": 200,
    "http://detectportal.firefox.com/canonical.html": 200,
    "http://detectportal.firefox.com/success.txt?ipv4": 200,
    "http://nmcheck.gnome.org/check_network_status.txt": 200,
    "http://network-test.debian.org/nm": 204,
    "http://connectivity-check.ubuntu.com/": 200,
    "http://networkcheck.kde.org/": 200,
    "http://ping.archlinux.org/nm-check.txt": 200,
    "http://connectivitycheck.platform.hicloud.com/generate_204": 204,
    "http://connect.rom.miui.com/generate_204": 204,
}
PASSWORD = "a sentence that is easy to remember"
#: How soon everything must have followed a change, in seconds.
SOON = 60


class Person:
    """A resident, and where they live."""

    def __init__(self, prenom: str, nom: str, room: int) -> None:
        self.prenom, self.nom, self.room = prenom, nom, room
        self.username = ""


class Scenario:
    """The steps, in order: each begins where the one before ended."""

    def __init__(self, network: Network, gateway: Gateway, clients: dict[str, Client]) -> None:
        self.network, self.gateway = network, gateway
        self.one, self.two, self.three = (clients[name] for name in ("c1", "c2", "c3"))
        self.anna, self.boris = Person("Anna", "Livre", 312), Person("Boris", "Carton", 313)
        self.hers = self._browser(self.one, "anna")
        self.his = self._browser(self.two, "boris")
        self._ban = ""

    def steps(self) -> list[tuple[str, Callable[[], str | None]]]:
        """Their names, and what they do; each may return a figure worth telling."""
        return [
            ("the gateway starts, with the site", self.start),
            ("a device that nobody knows gets an address of the pool, and option 114", self.arrive),
            ("its probes are led to the portal, all else is refused at once", self.be_captive),
            ("IPv6 is no way around", self.try_ipv6),
            ("it registers: account, room, device; it has Internet", self.register),
            ("registered, IPv6 is still closed", self.try_ipv6_registered),
            ("a neighbour who takes its address by hand stays captive", self.steal_address),
            ("its owner is banned: cut, connections included", self.ban),
            ("the banned device has an address of its own, and is told why", self.see_ban),
            ("the ban ends: Internet is back", self.end_ban),
            ("unpaid: cut, then paid: back", self.not_pay),
            ("a bad address in the database is refused; the files stay in force", self.plant),
            ("the worker is killed while it writes: old or new, then new", self.kill_worker),
            ("the device is transferred to another account", self.transfer),
            ("the device is deleted from elsewhere: captive again", self.delete),
            ("the room is left: captive again", self.leave),
        ]

    # The first evening

    def start(self) -> None:
        self.network.internet.run("nft", "-f", _write_counter(self.gateway.home))
        self.gateway.start()

    def arrive(self) -> str:
        clients = (self.one, self.two, self.three)
        self.three.remember_another_network()
        for client in clients:
            client.plug()
        for client in clients:
            until(lambda one=client: one.address, f"an address for {client.name}")  # type: ignore[misc]
            _expect(_is_in_pool(client), f"{client.address} is not in the pool")
            uri = client.told.get("new_captive_portal", "").strip('"')
            _expect(uri == API, f"{client.name} was told {uri!r} as option 114")
        _expect(self.three.refusals, "an address of another network was not refused")
        return str(self.one.address)

    def be_captive(self) -> None:
        browser = self._browser(self.one, "system")
        for probe in PROBES:
            for options in ((), ("-I",), ("--http1.0",)):
                answer = browser.ask(probe, *options)
                _expect((answer.status, answer.location) == (302, PORTAL), f"{probe}: {answer}")
        self._expect_captive(self.one)
        page, _ = browser.open("http://www.example.org/some/page")
        _expect(page == PORTAL, f"any page leads to {page}")
        begun = time.monotonic()
        for url in ("https://www.example.org/", f"http://{INTERNET}:8080/"):
            _expect(self.one.fetch(url) == 0, f"{url} answers")
        _expect(time.monotonic() - begun < 2, "what is refused is waited for")

    def try_ipv6(self) -> None:
        self._expect_no_ipv6(self.three)

    def register(self) -> str:
        _, answer = self._register(self.hers, self.anna)
        begun = time.monotonic()
        self._expect_online(self.one, "10.0.3.12", rejoin=False)
        for probe, status in PROBES.items():
            found = self.hers.ask(probe)
            _expect(found.status == status, f"{probe}: {found}")
        page, answer = self.hers.open("/portal")
        _expect("/connect_check" in page, f"the portal leads to {page}: {answer.status}")
        return f"{time.monotonic() - begun:.1f} s after the last form"

    # Ways around

    def try_ipv6_registered(self) -> None:
        self._expect_no_ipv6(self.one)

    def steal_address(self) -> None:
        address = self.one.address or ""
        for is_alone in (False, True):
            if is_alone:
                self.one.leave()
            self.three.take(address)
            with self._no_packet():
                _expect(self._is_cut(self.three), "the thief has Internet")
                self.three.fetch(f"https://{INTERNET}/")
        found = self._browser(self.three, "thief").ask("http://captive.apple.com/")
        _expect((found.status, found.location) == (302, PORTAL), f"not captive: {found}")
        self.three.leave()
        self.one.join()
        self.three.join()
        self._expect_online(self.one, address)

    # Bans

    def ban(self) -> str:
        download = self.gateway.home / "download"
        stream = self.one.stream(f"http://{INTERNET}/stream", download)
        until(lambda: _size(download) > 20, "a download begins")
        begun = time.monotonic()
        self._ban = self._flask(
            "bans", "add", self.anna.username, "--days", "1", "--reason", "test"
        )
        told = time.monotonic() - begun
        until(lambda: self._is_cut(self.one), "cut", SOON)
        cut = time.monotonic() - begun
        until(lambda: not _grows(download), "the download stops", 5)
        stream.stop()
        return f"cut {cut:.1f} s after the command was typed, {cut - told:.1f} s after it ended"

    def see_ban(self) -> str:
        until(
            lambda: self.gateway.has_followed() and "10.0.8.1" in self.gateway.served.read_text(),
            "the rules are served",
            SOON,
        )
        before = self.one.refusals
        self.one.rejoin()
        self._expect_address(self.one, "10.0.8.1")
        _expect(self.one.refusals > before, "its former address was not refused to it")
        self._expect_captive(self.one)
        for browser in (self.hers, self._browser(self.one, "stranger")):
            page, answer = browser.open("/portal")
            _expect(page == f"{HOME}/banned", f"the portal leads to {page}")
            _expect("test" in answer.body, "the page does not say why")
        return str(self.one.address)

    def end_ban(self) -> None:
        self._flask("bans", "end", self._ban)
        self._expect_online(self.one, "10.0.3.12")

    def not_pay(self) -> str:
        begun = time.monotonic()
        ban = self._flask(
            "bans", "add", self.anna.username, "--kind", "unpaid", "--reason", "unpaid"
        )
        until(lambda: self._is_cut(self.one), "cut", SOON)
        cut = time.monotonic() - begun
        self.one.rejoin()
        page, _ = self.hers.open("/portal")
        _expect("/unpaid" in page or "/payments" in page, f"the portal leads to {page}")
        self._flask("bans", "end", ban)
        self._expect_online(self.one, "10.0.3.12")
        return f"cut in {cut:.1f} s"

    # Accidents

    def plant(self) -> None:
        before = self.gateway.rules.read_text(), self.gateway.pairs.read_text()
        bad = "update allocation set ip = '{}' where ip = '{}'"
        self.gateway.sql(bad.format("10.0.3.256", "10.0.3.12"))
        try:
            self.gateway.flask("dhcp", "generate")
        except LabError as error:
            _expect("10.0.3.256" in str(error), f"refused for another reason: {error}")
        else:
            raise LabError("the site wrote an octet of 256")
        after = self.gateway.rules.read_text(), self.gateway.pairs.read_text()
        _expect(after == before, "the files have changed")
        _expect(not self._is_cut(self.one), "the Internet is gone")
        self.gateway.sql(bad.format("10.0.3.12", "10.0.3.256"))
        self.gateway.flask("dhcp", "generate")

    def kill_worker(self) -> str:
        rules = self.gateway.rules
        former = rules.read_text()
        self.gateway.kill_worker()
        self._register(self.his, self.boris)
        found = {rules.read_text()}
        lives = 0
        while "10.0.3.13" not in rules.read_text() and lives < 9:  # each a little longer
            self.gateway.start_worker()
            deadline = time.monotonic() + 0.5 + lives / 4
            while time.monotonic() < deadline:
                found.add(rules.read_text())
                time.sleep(0.01)
            self.gateway.kill_worker()
            lives += 1
        self.gateway.start_worker()
        # A killed worker holds what it was doing for a while; the job of each minute does not.
        took = until(lambda: "10.0.3.13" in rules.read_text(), "the rules are the new ones", 75)
        found.add(rules.read_text())
        _expect(found <= {former, rules.read_text()}, "a file was neither the old nor the new one")
        self._expect_online(self.two, "10.0.3.13")
        return f"new in {took:.1f} s after {lives} deaths"

    # Moving

    def transfer(self) -> None:
        browser = self._browser(self.one, "boris")
        browser.submit("/login", to="/login", identifier=self.boris.username, password=PASSWORD)
        page, _ = browser.open("/portal")
        _expect("/devices/transfer" in page, f"the portal leads to {page}")
        browser.submit("/devices/transfer", to="/devices/transfer")
        self._expect_online(self.one, "10.1.3.13")

    def delete(self) -> None:
        outside = Browser(
            self.network.internet,
            self.gateway.home / "outside",
            self.gateway.certificate,
            *("--resolve", f"{SITE}:443:{WAN}"),
        )
        outside.submit("/login", to="/login", identifier=self.boris.username, password=PASSWORD)
        found = self.gateway.flask("devices", "find", self.one.mac).split()
        outside.submit(f"/devices/modify/{found[0]}", to=f"/devices/delete/{found[0]}")
        self._expect_captive_again(self.one)

    def leave(self) -> None:
        self.his.submit("/rooms/terminate", to="/rooms/terminate")
        self._expect_captive_again(self.two)

    # What is expected

    def _browser(self, client: Client, who: str) -> Browser:
        return client.browser(self.gateway.certificate, who)

    def _flask(self, *arguments: str) -> str:
        lines = self.gateway.flask(*arguments).split()
        return lines[-1] if lines else ""

    def _register(self, browser: Browser, person: Person) -> tuple[str, Answer]:
        """Go through the pages, as who has just moved in."""
        browser.submit(
            "/register/rezident?next=/portal",
            to="/register/rezident",
            prenom=person.prenom,
            nom=person.nom,
            no_promo="y",
            email=f"{person.prenom.lower()}@example.org",
            password=PASSWORD,
            password_confirm=PASSWORD,
        )
        person.username = self.gateway.sql(
            f"select username from pceen where prenom = '{person.prenom}'"
        )
        browser.submit("/rooms/register?hello=1", to="/rooms/register", room=str(person.room))
        return browser.submit("/devices/register?hello=1", to="/devices/register", name="mine")

    def _expect_captive(self, client: Client) -> None:
        said = self._api(client)
        _expect(said.get("captive") is True, f"the API says {said}")
        _expect(said.get("user-portal-url") == PORTAL, f"the API says {said}")
        with self._no_packet():
            _expect(client.fetch(f"http://{INTERNET}/generate_204") == 302, "the probe is let out")

    def _expect_online(self, client: Client, address: str, *, rejoin: bool = True) -> None:
        until(lambda: self._serves(client.mac, address), f"{address} is served", SOON)
        if rejoin:
            client.rejoin()
        self._expect_address(client, address)
        until(lambda: self._api(client).get("captive") is False, "the API says captive false", SOON)
        until(lambda: not self._is_cut(client), "the Internet answers", SOON)

    def _expect_captive_again(self, client: Client) -> None:
        until(lambda: self._is_cut(client), "cut", SOON)
        until(
            lambda: (
                self.gateway.has_followed() and client.mac not in self.gateway.served.read_text()
            ),
            "the rules follow",
            SOON,
        )
        client.rejoin()
        until(lambda: _is_in_pool(client), f"{client.name} is in the pool", SOON)
        self._expect_captive(client)

    def _expect_address(self, client: Client, address: str) -> None:
        until(lambda: client.address == address, f"{client.name} has {address}", SOON)

    def _expect_no_ipv6(self, client: Client) -> None:
        with self._no_packet():
            for url in (f"http://[{INTERNET6}]/", f"https://[{INTERNET6}]/"):
                _expect(client.fetch(url) == 0, f"{url} answers")

    def _is_cut(self, client: Client) -> bool:
        """Whether a page of the Internet is out of reach."""
        return client.fetch(f"http://{INTERNET}/") != 200

    def _serves(self, mac: str, address: str) -> bool:
        """Whether the DHCP server and the firewall both have this pair."""
        admitted = self.gateway.state / "admitted.nft"
        is_served = address in self.gateway.served.read_text() and self.gateway.has_followed()
        return is_served and (f"{mac} . {address}" in admitted.read_text())

    def _api(self, client: Client) -> dict[str, object]:
        answer = self._browser(client, "system").ask(API, "-H", "Accept: application/captive+json")
        return answer.json()

    @contextmanager
    def _no_packet(self) -> Iterator[None]:
        """Nothing comes out of the residence during the block."""
        before = self._packets()
        yield
        time.sleep(0.2)
        found = self._packets() - before
        _expect(found == 0, f"{found} packets came out")

    def _packets(self) -> int:
        """How many packets of the residence the Internet has seen."""
        shown = self.network.internet.run("nft", "list", "counter", "inet", "lab", "seen")
        return int(shown.partition("packets ")[2].split()[0])


def _expect(condition: object, otherwise: str) -> None:
    if not condition:
        raise LabError(otherwise)


def _is_in_pool(client: Client) -> bool:
    address = client.address or ""
    return address.startswith("10.0.0.") and 100 <= int(address.rpartition(".")[2]) <= 199


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _grows(path: Path) -> bool:
    """Whether a file becomes longer within a second."""
    size = _size(path)
    time.sleep(1)
    return _size(path) > size


def _write_counter(folder: Path) -> Path:
    """What counts, on the side of the Internet, all that comes out of the residence."""
    path = folder / "counter.nft"
    path.write_text(
        f"""\
table inet lab {{
	counter seen {{ }}
	chain input {{
		type filter hook input priority filter;
		iifname "eth0" meta nfproto ipv4 counter name seen
		iifname "eth0" ip6 saddr {LAN6}/64 counter name seen
	}}
}}
"""
    )
    return path
