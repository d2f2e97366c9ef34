"""Each model passes its own program's check, and they agree with one another and the site."""

import configparser
import re
from pathlib import Path

import pytest

from app.core.addresses import AddressPlan
from app.integrations import documents
from app.modules.photos.rules.uploads import LARGEST
from app.settings import Settings
from tests.gateway.models import MODELS, install, model, needs, needs_root, run

pytestmark = pytest.mark.once

PLAN = AddressPlan.parse()
URI = "https://pc-est-magique.fr/api/captive-portal"
SCRIPTS = ("pem-dhcp-reload", "pem-nft-reload", "pem-watch", "pem-gateway.sh", "pem-gateway.conf")
HOME = "/srv/pc-est-magique"
CURRENT = f"{HOME}/current"
OURS = ("pem-web.service", "pem-worker.service")
UNITS = sorted(
    path.name for path in MODELS.glob("*.*") if path.suffix in {".path", ".service", ".timer"}
)


def web_server() -> str:
    """Its model, each block of which holds no other block."""
    return re.sub(r"limit_except [^}]*\}", "", model("nginx.conf"))


def programs() -> configparser.RawConfigParser:
    """What supervisor runs."""
    found = configparser.RawConfigParser(inline_comment_prefixes=(";",))
    found.read_string(model("supervisor.conf"))
    return found


def unit(name: str) -> dict[str, str]:
    """What a unit of systemd says of its service; of what it says twice, the last."""
    service = model(name).partition("[Service]\n")[2].partition("[Install]")[0]
    lines = (line.split("=", 1) for line in service.splitlines() if re.match(r"\w+=", line))
    return dict(lines)


def setting(name: str) -> str:
    """What the helpers go by, unless it is changed."""
    match = re.search(rf'^{name}="?([^"\n]*)"?$', model("pem-gateway.conf"), re.MULTILINE)
    assert match is not None
    return match[1]


def alternative(dhcp_format: str, name: str) -> str:
    """What they go by with another server."""
    block = model("pem-gateway.conf").partition(f"#FORMAT={dhcp_format}\n")[2]
    match = re.search(rf"^#{name}=(.*)$", block, re.MULTILINE)
    assert match is not None
    return match[1]


@pytest.mark.parametrize("name", SCRIPTS)
@pytest.mark.parametrize("shell", ["sh", pytest.param("dash", marks=needs("dash"))])
def test_a_script_is_one(name: str, shell: str) -> None:
    done = run(shell, "-n", MODELS / name)

    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("name", SCRIPTS[:3])
def test_a_helper_can_be_run(name: str) -> None:
    assert (MODELS / name).stat().st_mode & 0o777 == 0o755


@needs("kea-dhcp4")
def test_kea_accepts_its_model(tmp_path: Path) -> None:
    (tmp_path / "rules").write_text("[]\n")
    path = install(
        tmp_path,
        "kea-dhcp4.conf",
        ('["br0"]', "[]"),
        (setting("SERVED_FILE"), str(tmp_path / "rules")),
        ("/var/log/kea", str(tmp_path)),
    )

    done = run(
        "env", f"KEA_PIDFILE_DIR={tmp_path}", "KEA_LOCKFILE_DIR=none", "kea-dhcp4", "-t", path
    )

    assert done.returncode == 0, done.stdout
    assert "ERROR" not in done.stdout
    assert "WARN" not in done.stdout


@needs("dhcpd")
def test_dhcpd_accepts_its_model(tmp_path: Path) -> None:
    (tmp_path / "rules").touch()
    path = install(
        tmp_path, "dhcpd.conf", (alternative("dhcpd", "SERVED_FILE"), str(tmp_path / "rules"))
    )

    done = run("dhcpd", "-t", "-cf", path)

    assert done.returncode == 0, done.stdout
    assert "line" not in done.stdout


@needs("dnsmasq")
def test_dnsmasq_accepts_its_model() -> None:
    done = run("dnsmasq", "--test", f"--conf-file={MODELS / 'dnsmasq.conf'}")

    assert (done.returncode, done.stdout) == (0, "dnsmasq: syntax check OK.\n")


@needs("dnsmasq")
def test_dnsmasq_accepts_its_model_for_names_alone(tmp_path: Path) -> None:
    names = tmp_path / "names"
    names.write_text(re.sub(r"(?m)^dhcp.*\n", "", model("dnsmasq.conf")))

    assert run("dnsmasq", "--test", f"--conf-file={names}").returncode == 0


@needs("nft", "unshare")
@needs_root
@pytest.mark.parametrize(
    "pairs", ["", "add element inet pem admitted { 3c:22:fb:0a:1b:2c . 10.0.1.1 }\n"]
)
def test_nft_accepts_its_model_with_and_without_pairs(tmp_path: Path, pairs: str) -> None:
    path = install(tmp_path, "nftables.conf", (setting("STATE_DIR"), str(tmp_path)))
    if pairs:
        (tmp_path / "admitted.nft").write_text(pairs)

    done = run("unshare", "--net", "nft", "-c", "-f", path)

    assert (done.returncode, done.stdout) == (0, "")


def test_no_packet_goes_out_because_of_the_ones_before() -> None:
    forward = model("nftables.conf").partition("chain forward {")[2].partition("}")[0]
    outwards = [line for line in forward.splitlines() if "$wan" in line and "accept" in line]

    assert [line.split()[:4] for line in outwards if "established" not in line] == [
        ["iifname", "$lan", "oifname", "$wan"]
    ]
    assert [line.split()[:4] for line in outwards if "established" in line] == [
        ["iifname", "$wan", "oifname", "$lan"]
    ]
    assert forward.count("accept") == 2
    assert "ether saddr . ip saddr @admitted" in outwards[0]


@needs("systemd-analyze")
def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    for name in UNITS:
        text = model(name).replace("/usr/local/sbin/pem", "/bin/true #")
        (tmp_path / name).write_text(re.sub(rf"{CURRENT}/.venv/bin/\w+", "/bin/true", text))

    done = run("systemd-analyze", "verify", *(tmp_path / name for name in UNITS))

    assert (done.returncode, done.stdout) == (0, "")


@needs("systemd-analyze")
@pytest.mark.parametrize("name", OURS)
def test_what_systemd_runs_has_few_ways_to_harm(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text(re.sub(rf"{CURRENT}/.venv/bin/\w+", "/bin/true", model(name)))

    done = run("systemd-analyze", "security", "--offline=true", "--threshold=20", path)

    (exposure,) = re.findall(r"Overall exposure level .*: ([\d.]+)", done.stdout)
    assert float(exposure) <= 2, done.stdout


@pytest.mark.parametrize("name", OURS)
def test_systemd_runs_what_supervisor_runs(name: str) -> None:
    service, program = unit(name), programs()[f"program:{name.removesuffix('.service')}"]

    assert service["ExecStart"] == program["command"]
    assert service["WorkingDirectory"] == program["directory"] == CURRENT
    assert service["User"] == program["user"] == "pem"
    assert service["UMask"] == f"0{program['umask']}" == "0027"
    assert service["TimeoutStopSec"] == program["stopwaitsecs"] == "30"
    assert service["Restart"] == "always"
    assert service["NoNewPrivileges"] == "yes"
    assert service["CapabilityBoundingSet"] == ""
    assert service["ProtectSystem"] == "strict"
    assert f"{HOME}/instance" in service["ReadWritePaths"].split()


def test_each_watched_file_has_its_helper() -> None:
    for name, variable in (("dhcp", "HOSTS_FILE"), ("nft", "NFT_FILE")):
        path, service = model(f"pem-{name}.path"), model(f"pem-{name}-reload.service")
        assert f"PathChanged={setting(variable)}\n" in path
        assert f"Unit=pem-{name}-reload.service\n" in path
        assert f"ExecStart=/usr/local/sbin/pem-{name}-reload\n" in service
        assert f"pem-{name}-reload.timer" in UNITS


@needs("visudo")
def test_sudo_accepts_its_model() -> None:
    done = run("visudo", "-c", "-f", MODELS / "sudoers")

    assert done.returncode == 0, done.stdout


def test_sudo_allows_a_few_commands_as_they_are_and_nothing_else() -> None:
    lines = [line for line in model("sudoers").splitlines() if not line.startswith("#")]
    helpers = [f'/usr/local/sbin/pem-{name}-reload ""' for name in ("dhcp", "nft")]
    releases = [
        "/usr/bin/supervisorctl signal HUP pem-web",
        "/usr/bin/supervisorctl restart pem-worker",
        "/usr/bin/supervisorctl restart pem-dhcp-watch",
        "/usr/bin/systemctl reload pem-web.service",
        "/usr/bin/systemctl restart pem-worker.service",
    ]

    assert re.sub(r" *\\\n *", " ", "\n".join(lines)).splitlines() == [
        f"Cmnd_Alias PEM_RELOAD = {', '.join(helpers)}",
        "Defaults!PEM_RELOAD env_reset, !setenv",
        "pem ALL = (root) NOPASSWD: PEM_RELOAD",
        f"Cmnd_Alias PEM_RELEASE = {', '.join(releases)}",
        "Defaults!PEM_RELEASE env_reset, !setenv",
        "pem-deploy ALL = (root) NOPASSWD: PEM_RELEASE",
    ]
    known = {f"program:{command.split()[-1]}" for command in releases[:3]}
    assert known <= set(programs().sections())
    assert {command.split()[-1] for command in releases[3:]} == set(OURS)


def test_supervisor_runs_nothing_as_root_and_waits_30_seconds() -> None:
    found = programs()

    assert set(found.sections()) == {
        f"program:{name}" for name in ("pem-web", "pem-worker", "pem-dhcp-watch")
    }
    for name in found.sections():
        program = found[name]
        assert program["user"] == "pem"
        assert program["autorestart"] == "true"
        assert program["stopwaitsecs"] == "30"
        assert program["command"].startswith(f"{CURRENT}/.venv/bin/")
        assert program["directory"] == CURRENT
        assert program["umask"] == "027"
        assert program["stdout_logfile"].startswith("/var/log/pem/")


def gunicorn() -> str:
    """How the site is served."""
    return (MODELS.parent / "gunicorn.conf.py").read_text()


def test_nginx_asks_where_gunicorn_listens() -> None:
    (address,) = re.findall(r'^bind = "(\S+)"$', gunicorn(), re.MULTILINE)

    assert f"\t\tserver {address};\n" in model("nginx.conf")
    assert model("nginx.conf").count(address) == 1
    for name in ("supervisor.conf", "pem-web.service"):
        assert "--config /srv/pc-est-magique/current/gunicorn.conf.py\n" in model(name)
        assert "--bind" not in model(name)


def test_the_site_has_time_to_end_before_it_is_killed() -> None:
    (seconds,) = re.findall(r"^graceful_timeout = (\d+)$", gunicorn(), re.MULTILINE)

    assert int(seconds) < 30


def test_cron_calls_the_jobs_each_minute_as_the_site() -> None:
    (line,) = re.findall(r"^\* \* \* \* \* (.+)$", model("crontab"), re.MULTILINE)

    assert line.startswith(f"pem cd {CURRENT} && .venv/bin/flask jobs due ")
    assert "%" not in line  # cron would end the command there


def test_postfix_gives_mails_to_the_site() -> None:
    text = model("postfix-master.cf")
    (service,) = re.findall(r"^(\S+) +unix +- +n +n +- +\d+ +pipe$", text, re.MULTILINE)

    assert f" user=pem directory={CURRENT} " in text
    assert f"\n  argv={CURRENT}/.venv/bin/flask mail-hook\n" in text
    assert f" = {service}: " in text
    assert "message_size_limit = 26214400" in text


def test_all_models_speak_of_one_place() -> None:
    """Nothing names the home of the site otherwise, nor what a release holds but by ``current``."""
    places = re.compile(rf"{HOME}/([\w.-]+)")
    for path in MODELS.iterdir():
        if path.suffix != ".json":
            assert set(places.findall(path.read_text())) <= {"current", "instance"}, path.name


def test_nginx_leaves_the_site_say_how_long_the_service_worker_is_kept() -> None:
    """An old one would go on for as long as it is kept: no location but the site's serves it."""
    text = model("nginx.conf")
    ways = re.findall(r"(?m)^\t\tlocation (=|\^~|~|)\s*(\S+) \{$", text)

    assert ("", "/") in ways
    for kind, place in ways:
        if place != "/":
            takes = re.search(place, "/sw.js") if kind == "~" else "/sw.js".startswith(place)
            assert not takes, place


def test_the_helpers_serve_the_file_that_the_server_reads() -> None:
    assert setting("FORMAT") == "kea"
    assert f'<?include "{setting("SERVED_FILE")}"?>' in model("kea-dhcp4.conf")
    assert f'include "{alternative("dhcpd", "SERVED_FILE")}";' in model("dhcpd.conf")
    assert f"dhcp-hostsfile={alternative('dnsmasq', 'SERVED_FILE')}\n" in model("dnsmasq.conf")
    assert f'include "{setting("STATE_DIR")}/admitted*.nft"' in model("nftables.conf")


def test_the_servers_give_the_addresses_of_the_site() -> None:
    first, last, gateway = PLAN.pool.first, PLAN.pool.last, PLAN.gateway

    assert f'"pool": "{first} - {last}"' in model("kea-dhcp4.conf")
    assert f"range {first} {last};" in model("dhcpd.conf")
    assert f"dhcp-range=tag:!known,{first},{last},{PLAN.network.netmask},5m\n" in model(
        "dnsmasq.conf"
    )
    assert f"define gateway = {gateway}\n" in model("nftables.conf")
    assert f"define residence = {PLAN.network}\n" in model("nftables.conf")
    assert f"\t\t{PLAN.network} 1;" in model("nginx.conf")
    assert f'"routers", "data": "{gateway}"' in model("kea-dhcp4.conf")
    assert f"option routers {gateway};" in model("dhcpd.conf")
    assert f"dhcp-option=option:router,{gateway}\n" in model("dnsmasq.conf")


@pytest.mark.parametrize("name", ["kea-dhcp4.conf", "dhcpd.conf", "dnsmasq.conf"])
def test_every_client_is_told_where_to_ask_whether_it_is_captive(name: str) -> None:
    assert model(name).count(URI) == 1


def test_nginx_lets_through_what_the_site_accepts() -> None:
    limit = Settings.model_fields["max_content_length"].default

    assert "client_max_body_size 25m;" in model("nginx.conf")
    assert limit <= 25 * 1024 * 1024 < limit * 1.1


def test_photos_have_a_limit_of_their_own_above_that_of_the_site() -> None:
    """The site says itself what is too large, and how much that is."""
    limits = re.findall(r"client_max_body_size (\d+)m;", model("nginx.conf"))

    assert "97" in limits
    assert LARGEST + 1_000_000 <= 97 * 1024 * 1024 < LARGEST * 1.02


@pytest.mark.parametrize(
    ("path", "is_large"),
    [
        ("/api/photos/upload", True),
        ("/photos/2026/gala/upload", True),
        ("/club_q/plaquettes", True),
        ("/club_q/plaquettes/3/retry", False),
        ("/club_q/spectacles", False),
        ("/bekk/new", True),
        ("/bekk/12/edit", True),
        ("/bekk/12/delete", False),
        ("/bekk", False),
    ],
)
def test_what_takes_large_files_is_let_through_and_nothing_else(path: str, is_large: bool) -> None:
    (pattern,) = re.findall(r"location ~ (\S+) \{\s+client_max_body_size 97m;", model("nginx.conf"))

    assert bool(re.search(pattern, path)) is is_large
    assert LARGEST == documents.LARGEST


def test_the_site_and_nginx_are_given_one_secret() -> None:
    (key,) = re.findall(r"^PHOTOS_SECRET_KEY=(\w[\w-]{31,})$", model("model.env"), re.MULTILINE)

    assert f"\tdefault {key};\n" in model("photos-secret.conf")


def test_a_location_and_its_directory_end_alike() -> None:
    pairs = re.findall(r"location (?:\^~ )?(\S+) \{[^}]*\balias (\S+);", web_server())

    assert len(pairs) == 8
    assert all(where.endswith("/") and directory.endswith("/") for where, directory in pairs)


def test_every_location_of_protected_files_asks_for_a_link() -> None:
    blocks = re.findall(r"location (\S+ )?(/\w+/) \{([^}]*)\}", web_server())
    protected = {where: block for _how, where, block in blocks if "instance/" in block}

    for_everybody = {
        where for where in protected if "/protected-files.conf;" not in protected[where]
    }
    assert (len(protected), for_everybody) == (6, {"/club_q_images/"})


def test_every_location_that_proxies_says_who_asks() -> None:
    blocks = re.findall(r"location [^{]*\{([^}]*)\}", web_server())
    proxied = [block for block in blocks if "proxy_pass http" in block]

    assert len(proxied) == 4
    assert all("include /etc/nginx/proxy-headers.conf;" in block for block in proxied)


@pytest.mark.parametrize("path", sorted(MODELS.iterdir()), ids=lambda path: path.name)
def test_a_model_is_plain_text_and_ends_well(path: Path) -> None:
    text = path.read_text(encoding="ascii" if path.name != "model.env" else "utf-8")

    assert text.endswith("\n")
    assert not re.search(r"[ \t]+$", text, re.MULTILINE)
