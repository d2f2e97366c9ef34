"""The helper of the firewall's set: it loads pairs, and nothing else."""

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from app.modules.intrarez.rules.nft import admitted, render
from tests.gateway.conftest import Gateway, digest, hosts
from tests.gateway.models import install, needs, needs_root, run

pytestmark = [pytest.mark.once, needs("nft", "ip", "flock"), needs_root]

HEAD = render([])


def batch(number: int) -> str:
    """What the site writes when so many devices are admitted."""
    return render(admitted(hosts(2 * number)))


class Firewall(Gateway):
    """A gateway with a network of its own, where its firewall is loaded."""

    def __init__(self, home: Path) -> None:
        super().__init__(home, "kea")
        self.namespace = f"pem-{uuid4().hex[:8]}"

    def inside(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        return run("ip", "netns", "exec", self.namespace, *arguments)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.inside(self.home / "pem-nft-reload", *arguments)

    def loaded(self) -> int:
        """How many pairs the firewall lets through."""
        return self.inside("nft", "list", "set", "inet", "pem", "admitted").stdout.count(" . 10.")

    @property
    def in_force(self) -> str:
        return (self.state / "admitted.nft").read_text()


@pytest.fixture
def firewall(tmp_path: Path) -> Iterator[Firewall]:
    own = Firewall(tmp_path)
    assert run("ip", "netns", "add", own.namespace).returncode == 0
    path = install(tmp_path, "nftables.conf", ("/var/lib/pem-gateway", str(own.state)))
    assert own.inside("nft", "-f", path).stdout == ""
    yield own
    run("ip", "netns", "del", own.namespace)


@pytest.mark.parametrize("number", [0, 1, 2, 2000])
def test_what_the_site_writes_is_loaded(firewall: Firewall, number: int) -> None:
    firewall.wanted_pairs.write_text(batch(number))

    done = firewall.run()

    assert done.stdout == f"loaded, {number} pairs\n"
    assert done.returncode == 0
    assert firewall.loaded() == number
    assert firewall.in_force == batch(number)
    assert (firewall.state / "admitted.nft").stat().st_mode & 0o777 == 0o644
    assert firewall.status("nft") == (0, digest(batch(number)), f"loaded, {number} pairs")
    assert firewall.left_behind() == []


def test_a_set_replaces_the_one_before(firewall: Firewall) -> None:
    for number in (3, 1, 0, 2):
        firewall.wanted_pairs.write_text(batch(number))
        firewall.run()
        assert firewall.loaded() == number


@pytest.mark.parametrize(
    "text",
    [
        "",
        HEAD[:-1],
        f"{batch(1)}\n",
        f"{batch(1)}flush ruleset\n",
        f'{batch(1)}include "/etc/passwd"\n',
        f"{batch(1)}{batch(1).splitlines()[-1]}\n",
        f"{batch(1)}# a comment\n",
        f"flush ruleset\n{batch(1)}",
        batch(1).replace("inet pem", "inet other"),
        batch(1).replace("add element", "delete element"),
        batch(1).replace("10.0.1.1 }", "10.0.1.1; }"),
        batch(1).replace("10.0.1.1 }", "10.0.1.256 }"),
        batch(1).replace("10.0.1.1 }", "0.0.0.0/0 }"),
        batch(1).replace("10.0.1.1 }", "10.0.1.1, 10.0.1.2 }"),
        batch(1).replace("10.0.1.1 }", "10.0.1.1 } ; flush ruleset"),
        batch(1).replace("3c:22", "3d:22"),
        batch(1).replace("3c:22", "3C:22"),
        batch(1).replace("3c:22:fb", "3c:22"),
        batch(1).replace("flush set inet pem admitted\n", ""),
        batch(1).replace("\t", "  "),
        batch(1).replace("\n", "\r\n"),
        batch(1) + "\x00",
        batch(1).replace("{ 3c", "{ \x003c"),
    ],
)
def test_what_the_site_does_not_write_is_refused(firewall: Firewall, text: str) -> None:
    firewall.wanted_pairs.write_text(batch(2))
    firewall.run()
    firewall.wanted_pairs.write_bytes(text.encode())

    done = firewall.run()

    assert done.returncode == 65
    assert firewall.loaded() == 2
    assert firewall.in_force == batch(2)
    assert firewall.status("nft") == (65, digest(text), done.stdout.strip())
    assert firewall.inside("nft", "list", "tables").stdout == "table inet pem\n"
    assert firewall.left_behind() == []


@pytest.mark.parametrize("kind", ["link", "folder", "missing", "5 MiB"])
def test_what_is_no_ordinary_file_is_refused(firewall: Firewall, kind: str) -> None:
    good = firewall.home / "good"
    good.write_text(batch(1))
    match kind:
        case "link":
            firewall.wanted_pairs.symlink_to(good)
        case "folder":
            firewall.wanted_pairs.mkdir()
        case "5 MiB":
            firewall.wanted_pairs.write_bytes(b"x" * 5 * 1024 * 1024)

    done = firewall.run()

    assert done.returncode == (66 if kind == "missing" else 65)
    assert firewall.loaded() == 0
    assert firewall.status("nft")[:2] == (done.returncode, "-")


def test_an_unchanged_set_is_not_loaded_again(firewall: Firewall) -> None:
    firewall.wanted_pairs.write_text(batch(1))
    firewall.run()

    assert firewall.run().stdout == "unchanged\n"
    assert firewall.status("nft")[2] == "loaded, 1 pairs"


def test_a_set_that_the_firewall_lost_is_loaded_again(firewall: Firewall) -> None:
    firewall.wanted_pairs.write_text(batch(1))
    firewall.run()
    firewall.inside("nft", "flush", "ruleset")

    assert firewall.run().stdout == "loaded, 1 pairs\n"
    assert firewall.loaded() == 1


def test_the_firewall_starts_with_those_it_admitted_before(firewall: Firewall) -> None:
    firewall.wanted_pairs.write_text(batch(2))
    firewall.run()
    firewall.inside("nft", "flush", "ruleset")
    firewall.inside("nft", "add", "table", "inet", "other")

    assert firewall.inside("nft", "-f", firewall.home / "nftables.conf").stdout == ""

    assert firewall.loaded() == 2
    assert "table inet other" in firewall.inside("nft", "list", "tables").stdout
    firewall.inside("nft", "-f", firewall.home / "nftables.conf")
    assert firewall.loaded() == 2


def test_2_000_pairs_are_loaded_in_100_ms(firewall: Firewall) -> None:
    path = firewall.home / "batch"
    path.write_text(batch(2000))
    durations = []
    for _ in range(5):
        begun = time.monotonic()
        assert firewall.inside("nft", "-f", path).returncode == 0
        durations.append(time.monotonic() - begun)

    assert min(durations) <= 0.1


def test_connections_of_those_who_left_are_ended(firewall: Firewall) -> None:
    log = firewall.home / "log"
    firewall.stand_in("conntrack", f'echo "$@" >>{log}')
    firewall.wanted_pairs.write_text(batch(3))
    firewall.run()
    assert not log.exists()
    firewall.wanted_pairs.write_text(batch(1))

    firewall.run()

    gone = [address for _, address in admitted(hosts(6))[1:]]
    assert log.read_text().splitlines() == [f"-D -s {address}" for address in gone]


def test_it_takes_no_argument(firewall: Firewall) -> None:
    firewall.wanted_pairs.write_text(batch(1))

    assert firewall.run("/etc/passwd").returncode == 64
    assert firewall.loaded() == 0


def test_the_site_can_read_what_is_in_force(firewall: Firewall) -> None:
    firewall.wanted_pairs.write_text(batch(1))
    firewall.run()

    for name in ("admitted.nft", "nft.status"):
        assert (firewall.state / name).stat().st_mode & 0o004
    assert firewall.state.stat().st_mode & 0o005 == 0o005
