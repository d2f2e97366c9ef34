"""The helper of the DHCP rules: it serves what the site can write, and nothing else."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.gateway.conftest import Gateway, digest, rules
from tests.gateway.models import needs

pytestmark = [pytest.mark.once, needs("flock")]

Make = Callable[[str], Gateway]
FORMATS = ("kea", "dhcpd", "dnsmasq")
every_format = pytest.mark.parametrize("dhcp_format", FORMATS)

HOSTILE = {
    "a file of the machine": 'include "/etc/passwd";',
    "a file of the machine, in JSON": '<?include "/etc/passwd"?>',
    "a program": 'execute("/bin/sh", "-c", "id");',
    "an option": "option domain-name-servers 6.6.6.6;",
    "a program of dnsmasq": "dhcp-script=/bin/sh",
    "another file of dnsmasq": "conf-file=/etc/passwd",
    "two statements": "\tfixed-address 10.0.1.1; include x;",
    "a group of addresses": "\thardware ethernet 01:00:5e:00:00:01;",
    "an octet too large": "\tfixed-address 10.0.1.256;",
    "a comment": "# a comment of someone's",
    "a lease time": "3c:22:fb:0a:1b:2c,set:registered,10.0.1.1,infinite",
    "a tag": "3c:22:fb:0a:1b:2c,set:friends,10.0.1.1",
    "a reservation with more": '  {"hw-address": "3c:22:fb:0a:1b:2c", "boot-file-name": "x"}',
    "a carriage return": "}\r",
    "a character that is none": "\x00",
    "a letter of another alphabet": "\tfixed-address 10.0.1.１;",
    "an empty line": "",
}


@pytest.mark.parametrize(
    ("dhcp_format", "program"),
    [
        pytest.param("kea", "kea-dhcp4", marks=needs("kea-dhcp4")),
        pytest.param("dhcpd", "dhcpd", marks=needs("dhcpd")),
        pytest.param("dnsmasq", "dnsmasq", marks=needs("dnsmasq")),
    ],
)
@pytest.mark.parametrize("number", [0, 1, 2, 500])
def test_what_the_site_writes_is_served(
    gateway: Make, dhcp_format: str, program: str, number: int
) -> None:
    own = gateway(dhcp_format)
    own.served.write_text("former\n")
    own.wanted.write_text(rules(dhcp_format, number))
    minimal = {
        "kea": '{"Dhcp4": {"interfaces-config": {"interfaces": []}, "lease-database": '
        '{"type": "memfile", "persist": false}, "subnet4": [{"id": 1, "subnet": "10.0.0.0/8", '
        f'"reservations": <?include "{own.served}"?>}}]}}}}',
        "dhcpd": f'include "{own.served}";\nsubnet 10.0.0.0 netmask 255.0.0.0 {{ }}\n',
        "dnsmasq": f"port=0\ndhcp-range=10.0.0.0,static,255.0.0.0\ndhcp-hostsfile={own.served}\n",
    }
    (own.home / "etc" / "server.conf").write_text(minimal[dhcp_format])

    done = own.run()

    assert done.stdout == "reloaded\n"
    assert done.returncode == 0
    assert own.served.read_text() == own.wanted.read_text()
    assert own.served.with_name("served.previous").read_text() == "former\n"
    assert own.reloads == 1
    assert own.status() == (0, digest(own.wanted.read_text()), "reloaded")
    assert own.left_behind() == []


@every_format
@pytest.mark.parametrize("line", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("at", ["the start", "the middle", "the end"])
def test_a_line_that_the_site_does_not_write_is_refused(
    gateway: Make, dhcp_format: str, line: str, at: str
) -> None:
    own = gateway(dhcp_format)
    own.accept_everything()
    lines = rules(dhcp_format, 2).splitlines()
    lines.insert({"the start": 0, "the middle": 2, "the end": len(lines)}[at], line)
    own.wanted.write_bytes("".join(f"{each}\n" for each in lines).encode())

    done = own.run()

    assert done.returncode == 65
    assert own.served.read_text() == rules(dhcp_format)
    assert own.reloads == 0
    assert own.status()[:2] == (65, digest("".join(f"{each}\n" for each in lines)))
    assert own.status()[2] == done.stdout.strip()
    assert "one that the site writes" in done.stdout
    assert not line.strip() or line not in done.stdout
    assert own.left_behind() == []


@every_format
@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "first line is missing"),
        ("\n", "line 1 is not one"),
        ("{rules}garbage", "last line does not end"),
        ("{unended}", "last line does not end"),
        ("{rules}\x00", "is not one that the site writes"),
    ],
)
def test_a_file_that_is_not_whole_is_refused(
    gateway: Make, dhcp_format: str, text: str, reason: str
) -> None:
    own = gateway(dhcp_format)
    own.accept_everything()
    whole = rules(dhcp_format, 2)
    own.wanted.write_text(text.replace("{rules}", whole).replace("{unended}", whole[:-1]))

    done = own.run()

    assert done.returncode == 65
    assert reason in done.stdout
    assert own.served.read_text() == rules(dhcp_format)


def test_the_first_line_must_be_there(gateway: Make) -> None:
    own = gateway("dhcpd")
    own.accept_everything()
    own.wanted.write_text(rules("dhcpd", 2).partition("\n")[2])

    assert own.run().stdout == "the first line is missing\n"


def test_a_file_of_4_mib_at_most_is_read(gateway: Make) -> None:
    own = gateway("dnsmasq")
    own.accept_everything()
    header = rules("dnsmasq")
    own.wanted.write_text(header + "# r101-d1\n" * ((4 * 1024 * 1024 - len(header)) // 10))
    assert own.run().returncode == 0

    with own.wanted.open("a") as file:
        file.write("# r101-d1\n" * 2)

    done = own.run()

    assert done.returncode == 65
    assert "longer than 4194304 bytes" in done.stdout
    assert own.status()[1] == "-"


@pytest.mark.parametrize("kind", ["link", "dangling link", "folder", "pipe", "missing", "5 MiB"])
def test_what_is_no_ordinary_file_is_refused(gateway: Make, kind: str, tmp_path: Path) -> None:
    own = gateway("kea")
    own.accept_everything()
    good = tmp_path / "good"
    good.write_text(rules("kea", 2))
    match kind:
        case "link":
            own.wanted.symlink_to(good)
        case "dangling link":
            own.wanted.symlink_to(tmp_path / "nowhere")
        case "folder":
            own.wanted.mkdir()
        case "pipe":
            os.mkfifo(own.wanted)
        case "5 MiB":
            own.wanted.write_bytes(b"x" * 5 * 1024 * 1024)

    done = own.run()

    assert done.returncode == (66 if kind == "missing" else 65)
    assert own.served.read_text() == rules("kea")
    assert own.reloads == 0
    assert own.status()[:2] == (done.returncode, "-")
    assert own.left_behind() == []


@needs("kea-dhcp4")
def test_what_the_server_refuses_is_not_served_and_it_says_why(gateway: Make) -> None:
    own = gateway("kea")
    own.wanted.write_text(rules("kea", 2).replace("},\n", "}\n"))

    done = own.run()

    assert done.returncode == 65
    assert done.stdout.startswith("the server refuses it: ")
    assert own.status() == (65, digest(own.wanted.read_text()), done.stdout.strip())
    assert own.served.read_text() == rules("kea")
    assert own.reloads == 0


def test_the_whole_configuration_is_checked_with_the_copy_in_its_place(gateway: Make) -> None:
    own = gateway("dhcpd")
    own.stand_in("dhcpd", f'cat "$3" $(sed -n \'s/.*"\\(.*\\)".*/\\1/p\' "$3") >>{own.log}')
    (own.home / "etc" / "server.conf").write_text(f'authoritative;\ninclude "{own.served}";\n')
    own.wanted.write_text(rules("dhcpd", 1))

    own.run()

    assert own.log.read_text().startswith("authoritative;\n")
    assert rules("dhcpd", 1) in own.log.read_text()


def test_a_configuration_that_does_not_read_the_rules_is_an_error(gateway: Make) -> None:
    own = gateway("kea")
    own.accept_everything()
    (own.home / "etc" / "server.conf").write_text("{}")
    own.wanted.write_text(rules("kea", 1))

    done = own.run()

    assert done.returncode == 78
    assert own.served.read_text() == rules("kea")


def test_unchanged_rules_cause_no_reload_and_keep_their_instant(gateway: Make) -> None:
    own = gateway("kea")
    own.accept_everything()
    own.wanted.write_text(rules("kea", 2))
    own.run()
    before = (own.state / "dhcp.status").read_text()

    done = own.run()

    assert (done.returncode, done.stdout) == (0, "unchanged\n")
    assert own.reloads == 1
    assert (own.state / "dhcp.status").read_text() == before


def test_good_rules_after_bad_ones_are_said_to_be_in_force(gateway: Make) -> None:
    own = gateway("kea")
    own.accept_everything()
    own.wanted.write_text("bad\n")
    own.run()
    own.wanted.write_text(rules("kea"))

    own.run()

    assert own.status() == (0, digest(rules("kea")), "unchanged")


def test_the_former_rules_come_back_when_the_server_does_not(gateway: Make) -> None:
    own = gateway("kea")
    own.accept_everything()
    own.configure(DHCP_ALIVE=f"! grep -q r101 {own.served}")
    own.wanted.write_text(rules("kea", 1))

    done = own.run()

    assert done.returncode == 69
    assert "former rules are in force again" in done.stdout
    assert own.served.read_text() == rules("kea")
    assert own.reloads == 2
    assert own.status()[:2] == (69, digest(rules("kea", 1)))


def test_the_former_rules_come_back_when_the_reload_fails(gateway: Make) -> None:
    own = gateway("kea")
    own.accept_everything()
    own.configure(DHCP_RELOAD=f"echo reload >>{own.log}; ! grep -q r101 {own.served}")
    own.wanted.write_text(rules("kea", 1))

    assert own.run().returncode == 69
    assert own.served.read_text() == rules("kea")


def test_a_server_that_is_dead_for_good_is_said_so_and_tried_again(gateway: Make) -> None:
    own = gateway("kea")
    own.accept_everything()
    own.configure(DHCP_ALIVE="false")
    own.wanted.write_text(rules("kea", 1))
    done = own.run()
    assert done.returncode == 69
    assert "even with the former rules" in done.stdout

    own.configure(DHCP_ALIVE="true")

    assert own.run().stdout == "reloaded\n"
    assert own.served.read_text() == rules("kea", 1)


def test_a_server_that_starts_and_dies_at_once_is_not_back(gateway: Make) -> None:
    own = gateway("kea")
    own.accept_everything()
    tries = own.home / "tries"
    own.configure(
        DHCP_ALIVE=f'echo >>{tries}; grep -q "^\\[\\]" {own.served} || [ $(wc -l <{tries}) -lt 3 ]'
    )
    own.wanted.write_text(rules("kea", 1))

    assert own.run().returncode == 69
    assert own.served.read_text() == rules("kea")


def test_a_run_that_was_killed_before_the_reload_is_made_up_for(gateway: Make) -> None:
    own = gateway("kea")
    own.accept_everything()
    own.configure(DHCP_RELOAD='kill -9 "$(ps -o ppid= -p $PPID)"')
    own.wanted.write_text(rules("kea", 1))
    assert own.run().returncode == -9
    assert own.served.read_text() == rules("kea", 1)
    own.configure(DHCP_RELOAD=f"echo reload >>{own.log}")

    done = own.run()

    assert done.stdout == "reloaded\n"
    assert own.reloads == 1
    assert own.run().stdout == "unchanged\n"
    assert own.left_behind() == []


def test_runs_wait_for_one_another(gateway: Make) -> None:
    own = gateway("kea")
    own.accept_everything()
    own.configure(DHCP_RELOAD=f"echo begin >>{own.log}; sleep 0.2; echo end >>{own.log}")
    helper = own.home / "pem-dhcp-reload"
    processes = []

    for number in range(1, 5):
        own.wanted.write_text(rules("kea", number))
        processes.append(subprocess.Popen([helper], stdout=subprocess.DEVNULL))

    assert [process.wait(30) for process in processes] == [0] * 4
    assert own.served.read_text() == rules("kea", 4)
    lines = own.log.read_text().split()
    assert lines == ["begin", "end"] * (len(lines) // 2)


def test_a_server_started_by_the_reload_does_not_keep_the_lock(gateway: Make) -> None:
    own = gateway("kea")
    own.accept_everything()
    own.configure(DHCP_RELOAD=f"sleep 5 & echo $! >{own.log}")
    own.wanted.write_text(rules("kea", 1))
    own.run()
    own.configure(DHCP_RELOAD="true")
    own.wanted.write_text(rules("kea", 2))

    assert own.run().stdout == "reloaded\n"
    os.kill(int(own.log.read_text()), 15)


def test_it_takes_no_argument(gateway: Make) -> None:
    own = gateway("kea")
    own.wanted.write_text(rules("kea", 1))

    assert own.run("/etc/passwd").returncode == 64
    assert own.served.read_text() == rules("kea")


def test_a_configuration_that_others_can_write_is_not_read(gateway: Make) -> None:
    own = gateway("kea")
    own.wanted.write_text(rules("kea", 1))
    (own.home / "gateway.conf").chmod(0o664)

    done = own.run()

    assert done.returncode == 78
    assert "can be written by others" in done.stdout


def test_an_unknown_format_is_an_error(gateway: Make) -> None:
    own = gateway("kea")
    own.configure(FORMAT="bind")
    own.wanted.write_text(rules("kea", 1))

    assert own.run().returncode == 78
