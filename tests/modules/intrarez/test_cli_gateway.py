"""``flask dhcp watch|show`` and ``flask portal``."""

import sys
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy.orm import Session

from app.integrations import nft as firewall
from app.modules.intrarez import queries
from app.modules.intrarez.rules import nft
from tests.modules.intrarez.conftest import Settle, ban

MAC, OTHER = "3c:22:fb:00:00:01", "3c:22:fb:00:00:02"


@pytest.fixture(autouse=True)
def _without_firewall(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(firewall, "check_with_nft", lambda *_: None)


def configure(app: Flask, monkeypatch: pytest.MonkeyPatch, **network: object) -> None:
    settings = app.extensions["settings"]
    changed = settings.network.model_copy(update=network)
    monkeypatch.setitem(
        app.extensions, "settings", settings.model_copy(update={"network": changed})
    )


def test_the_set_is_printed_sorted_without_who_is_banned(
    session: Session, cli: FlaskCliRunner, settle: Settle
) -> None:
    settle(305, macs=(MAC,))
    (banned,) = settle(306, macs=(OTHER,))
    ban(session, banned.pceen)

    result = cli.invoke(args=["portal", "nft"])

    assert result.exit_code == 0
    assert nft.parse(result.stdout) == {(MAC, "10.0.3.5")}
    assert "1 device(s) admitted" in result.stderr


def test_the_set_is_written_where_the_settings_say(
    app: Flask,
    cli: FlaskCliRunner,
    settle: Settle,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    configure(app, monkeypatch, nft_set_file=tmp_path / "admitted.nft")
    settle(305, macs=(MAC,))

    assert cli.invoke(args=["portal", "nft"]).exit_code == 0
    assert nft.parse((tmp_path / "admitted.nft").read_text()) == {(MAC, "10.0.3.5")}
    assert cli.invoke(args=["portal", "nft", "--output", str(tmp_path / "x")]).exit_code == 0
    assert (tmp_path / "x").read_text() == (tmp_path / "admitted.nft").read_text()


def test_a_bad_pair_is_refused_and_the_file_is_left(
    app: Flask,
    session: Session,
    cli: FlaskCliRunner,
    settle: Settle,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    path = tmp_path / "admitted.nft"
    path.write_text("before")
    configure(app, monkeypatch, nft_set_file=path)
    (device,) = settle(305, macs=(MAC,))
    held = queries.allocation(session, device)
    assert held is not None
    held.ip = "10.0.3.256"
    session.commit()

    result = cli.invoke(args=["portal", "nft"])

    assert result.exit_code == 1
    assert "is the address of no room" in result.stderr
    assert path.read_text() == "before"


def test_a_firewall_that_refuses_is_said(
    cli: FlaskCliRunner, settle: Settle, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle(305, macs=(MAC,))
    monkeypatch.setattr(firewall, "load", lambda _text: "nft: Operation not permitted")

    result = cli.invoke(args=["portal", "nft", "--apply"])

    assert result.exit_code == 1
    assert "Operation not permitted" in result.stderr


@pytest.mark.parametrize("dhcp_format", ["dhcpd", "kea", "dnsmasq"])
def test_the_option_is_printed_for_a_site_with_a_name_in_https(
    app: Flask, cli: FlaskCliRunner, monkeypatch: pytest.MonkeyPatch, dhcp_format: str
) -> None:
    settings = app.extensions["settings"]
    named = {"server_name": "pem.example.org", "preferred_url_scheme": "https"}
    monkeypatch.setitem(app.extensions, "settings", settings.model_copy(update=named))

    result = cli.invoke(args=["portal", "options", "--format", dhcp_format])

    assert "https://pem.example.org/api/captive-portal" in result.stdout


def test_without_https_no_option_is_printed(cli: FlaskCliRunner) -> None:
    result = cli.invoke(args=["portal", "options"])

    assert (result.exit_code, result.stdout) == (0, "")
    assert "clients want https" in result.stderr


@pytest.mark.parametrize("what", [MAC, MAC.upper(), "10.0.3.5"])
def test_a_device_is_shown_with_its_owner_and_its_past(
    cli: FlaskCliRunner, settle: Settle, what: str
) -> None:
    (device,) = settle(305, macs=(MAC,))

    result = cli.invoke(args=["dhcp", "show", what])

    assert device.pceen.full_name in result.stdout
    assert "room    305" in result.stdout
    assert "now  10.0.3.5" in result.stdout


def test_an_address_of_nobody_is_said(cli: FlaskCliRunner) -> None:
    assert cli.invoke(args=["dhcp", "show", "10.0.3.5"]).exit_code == 1


def test_each_file_is_handed_to_its_helper(
    app: Flask, cli: FlaskCliRunner, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    log, hosts, admitted = tmp_path / "log", tmp_path / "hosts", tmp_path / "admitted.nft"
    hosts.write_text("hosts")
    admitted.write_text("admitted")
    code = f"import sys; open({str(log)!r}, 'a').write(sys.argv[1] + ' ')"
    configure(
        app,
        monkeypatch,
        dhcp_hosts_file=hosts,
        nft_set_file=admitted,
        dhcp_reload_command=(sys.executable, "-c", code, "dhcp"),
        nft_reload_command=(sys.executable, "-c", code, "nft"),
    )

    assert cli.invoke(args=["dhcp", "watch", "--once"]).exit_code == 0
    assert log.read_text().split() == ["dhcp", "nft"]


def test_without_anything_to_watch_it_says_so(cli: FlaskCliRunner) -> None:
    result = cli.invoke(args=["dhcp", "watch"])

    assert result.exit_code == 1
    assert "DHCP_RELOAD_COMMAND" in result.stderr
