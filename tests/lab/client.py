"""A machine of the residence: dhclient, and a browser that is curl."""

import json
import re
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode, urljoin, urlsplit

from tests.lab.net import LabError, Namespace, Process, environment, run, until

#: The name of the site, there.
SITE = "pem.test"
HOME = f"https://{SITE}"
_SCRIPT = """\
#!/bin/sh
# What dhclient calls: it writes down what it was told, and obeys.
env | grep -E '^(reason|new_)' >'{home}/told.new' && mv '{home}/told.new' '{home}/told'
echo "$reason" >>'{home}/reasons'
case $reason in
BOUND | RENEW | REBIND | REBOOT)
	if [ "$new_ip_address" != "${{old_ip_address:-}}" ] || [ "$reason" != RENEW ]; then
		ip -4 addr flush dev eth0
		ip addr add "$new_ip_address/8" dev eth0
		ip route replace default via "${{new_routers%% *}}"
	fi
	echo "nameserver ${{new_domain_name_servers%% *}}" >'{resolver}'
	;;
EXPIRE | FAIL | RELEASE | STOP) ip -4 addr flush dev eth0 ;;
esac
exit 0
"""
_CONFIGURATION = """\
option captive-portal code 114 = text;
request subnet-mask, routers, domain-name-servers{asked};
send dhcp-client-identifier = hardware;
timeout 20;
retry 2;
reboot 2;
initial-interval 1;
backoff-cutoff 2;
"""


_LEASE = """\
lease {
  interface "eth0";
  fixed-address 192.168.1.50;
  option subnet-mask 255.255.255.0;
  renew never;
  rebind never;
  expire never;
}
"""


class Answer(NamedTuple):
    """What a server answered."""

    status: int
    headers: dict[str, str]
    body: str

    @property
    def location(self) -> str:
        return self.headers.get("location", "")

    def json(self) -> dict[str, object]:
        """The members of an answer that is an object.

        Raises:
            LabError: It is not.
        """
        try:
            found = json.loads(self.body)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise LabError(f"{self.status}, not an object: {self.body[:200]}")
        return found


class Form(NamedTuple):
    """A form of a page: where it goes, and what it holds already."""

    action: str
    method: str
    values: dict[str, str]


class _Forms(HTMLParser):
    """The forms of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[Form] = []
        self._select: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name = given.get("name", "")
        if tag == "form":
            self.found.append(Form(given.get("action", ""), given.get("method", "get"), {}))
        elif not self.found:
            return
        elif tag == "input" and name:
            if given.get("type") not in ("checkbox", "radio") or "checked" in given:
                self.found[-1].values[name] = given.get("value", "")
        elif tag == "textarea" and name:
            self.found[-1].values[name] = ""
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and "selected" in given:
            self.found[-1].values[self._select] = given.get("value", "")


class Browser:
    """Someone's browser: its cookies are its own."""

    def __init__(self, machine: Namespace, home: Path, certificate: Path, *options: str) -> None:
        home.mkdir(parents=True, exist_ok=True)
        jar = str(home / "cookies")
        self._curl = machine.command(
            *("curl", "-sS", "-i", "--max-time", "10", "-b", jar, "-c", jar),
            *("--cacert", str(certificate), "-A", "Mozilla/5.0 (X11; Linux x86_64)", *options),
        )

    def ask(self, url: str, *options: str) -> Answer:
        """Make one request.

        Raises:
            LabError: There is no answer.
        """
        text = run(*self._curl, *options, url).replace("\r\n", "\n")
        head, _, body = text.partition("\n\n")
        status, *lines = head.splitlines()
        pairs = (line.partition(": ") for line in lines)
        headers = {name.lower(): value for name, _, value in pairs}
        return Answer(int(status.split()[1]), headers, body)

    def open(self, url: str) -> tuple[str, Answer]:
        """Follow a link and where it leads, as far as a page; return the address of that page."""
        seen = [urljoin(HOME, url)]
        for _ in range(6):
            answer = self.ask(seen[-1])
            if not answer.location:
                if answer.status != 200:
                    raise LabError(f"{' -> '.join(seen)}: {answer.status}\n{_words(answer.body)}")
                return seen[-1], answer
            following = urljoin(seen[-1], answer.location)
            if following in seen:
                raise LabError(f"{' -> '.join(seen)} comes back to {following}")
            seen.append(following)
        raise LabError(f"no page after {' -> '.join(seen)}")

    def submit(self, url: str, *, to: str = "", **fields: str) -> tuple[str, Answer]:
        """Open a page, fill its form that has these fields, send it, go where that leads.

        Args:
            url: The page.
            to: What the address of the form's action ends with, if that matters.
            fields: What is typed.
        """
        page, answer = self.open(url)
        forms = _Forms()
        forms.feed(answer.body)
        for form in forms.found:
            action = urljoin(page, form.action)
            is_it = form.method.lower() == "post" and urlsplit(action).path.endswith(to)
            if is_it and set(fields) <= set(form.values) | {"no_promo"}:
                break
        else:
            raise LabError(f"{page} has no form for {sorted(fields) or to}")
        data = urlencode(form.values | fields)
        sent = self.ask(action, "--data-raw", data, "-H", f"Origin: {HOME}", "-e", page)
        if sent.status != 303:
            raise LabError(f"{action}: {sent.status}\n{_words(sent.body)}")
        return self.open(urljoin(action, sent.location))


def _words(body: str) -> str:
    """What a page says, without its marks."""
    main = body.partition("<main")[2] or body
    return " ".join(re.sub(r"<[^>]*>", " ", main).split())[:800]


class Client:
    """A device on the network of the residence."""

    def __init__(self, name: str, mac: str, machine: Namespace, home: Path) -> None:
        self.name, self.mac, self.machine, self.home = name, mac, machine, home
        self._dhcp: Process | None = None
        home.mkdir()
        script = _SCRIPT.format(home=home, resolver=machine.resolver)
        (home / "script").write_text(script)
        (home / "script").chmod(0o755)
        # One client asks for the option of the portal, the others do not.
        asked = ", captive-portal" if name == "c1" else ""
        (home / "dhclient.conf").write_text(_CONFIGURATION.format(asked=asked))

    @property
    def address(self) -> str | None:
        """The address that it has now."""
        shown = json.loads(self.machine.run("ip", "-j", "-4", "addr", "show", "eth0"))
        found = [one["local"] for link in shown for one in link.get("addr_info", [])]
        return found[0] if found else None

    @property
    def told(self) -> dict[str, str]:
        """What the DHCP server told it last."""
        try:
            lines = (self.home / "told").read_text().splitlines()
        except FileNotFoundError:
            return {}
        return dict(line.split("=", 1) for line in lines if "=" in line)

    @property
    def refusals(self) -> int:
        """How often the server refused it the address that it had."""
        return (self.home / "dhclient.log").read_text().count("DHCPNAK")

    def remember_another_network(self) -> None:
        """Have it ask first for the address that it had at home."""
        (self.home / "leases").write_text(_LEASE)

    def plug(self) -> None:
        """Plug it in: it asks for an address, and keeps on renewing it."""
        self._dhcp = Process(
            self.machine.command(
                *("dhclient", "-4", "-d", "-cf", self.home / "dhclient.conf"),
                *("-sf", self.home / "script", "-lf", self.home / "leases"),
                *("-pf", self.home / "pid", "eth0"),
            ),
            self.home / "dhclient.log",
        )

    def join(self) -> None:
        """Plug it in, and wait until it has an address."""
        self.plug()
        until(lambda: self.address, f"an address for {self.name}")

    def unplug(self) -> None:
        """Stop asking for addresses."""
        if self._dhcp is not None:
            self._dhcp.stop()
            self._dhcp = None

    def leave(self) -> None:
        """Unplug it; it remembers its lease."""
        self.unplug()
        self.machine.ip("-4 address flush dev eth0")

    def rejoin(self) -> None:
        """Unplug it and plug it in again: it asks for the address that it had."""
        self.leave()
        self.join()

    def take(self, address: str) -> None:
        """Give it an address by hand, as who knows better does."""
        self.leave()
        self.machine.ip(f"address add {address}/8 dev eth0")
        self.machine.ip("route replace default via 10.0.0.1")
        self.machine.resolver.write_text("nameserver 10.0.0.1\n")

    def browser(self, certificate: Path, who: str) -> Browser:
        return Browser(self.machine, self.home / who, certificate)

    def stream(self, url: str, into: Path) -> "Process":
        """Begin to download something that does not end."""
        return Process(
            self.machine.command("curl", "-sS", "-N", "-o", into, url), into.with_suffix(".log")
        )

    def fetch(self, url: str) -> int:
        """The status of the answer of a web server; 0 without any."""
        done = subprocess.run(
            self.machine.command(
                *("curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "--max-time", "2", url)
            ),
            env=environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        return int(done.stdout or "0")
