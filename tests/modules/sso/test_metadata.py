"""Knowing the school's provider: what the worker does for it, what the GRIs are told."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy.orm import Session

from app.core import clock
from app.integrations.saml import MetadataRefused, ServiceProvider, fetching
from app.modules.sso import jobs
from app.modules.sso.mails import MetadataNotRefreshed
from app.settings import SamlSettings
from tests.client import Client
from tests.conftest import Login, Outbox
from tests.factories import PCeenFactory
from tests.integrations.saml.conftest import made
from tests.modules.operations.test_health import light
from tests.saml.forge import IDP, Forge

URL = "https://idp.example.org/metadata"
GOOD = Forge().metadata()
Use = Callable[..., ServiceProvider]


class Net:
    """What is found at each address, instead of the internet."""

    def __init__(self) -> None:
        self.pages: dict[str, bytes] = {}
        self.asked: list[str] = []

    def fetched(self, url: str, *, longest: int) -> bytes:
        self.asked.append(url)
        if url not in self.pages:
            raise fetching.NotFetched("HTTP 404")
        return self.pages[url]


@pytest.fixture
def net(monkeypatch: pytest.MonkeyPatch) -> Net:
    net = Net()
    monkeypatch.setattr(fetching, "fetched", net.fetched)
    return net


@pytest.fixture
def use(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Use:
    """Have this site use a provider: ``use(idp_metadata_url=…)``."""

    def _use(**saml: Any) -> ServiceProvider:
        kept = {"idp_metadata_copy": tmp_path / "copy.xml", **saml}
        settings = SamlSettings(**kept)
        service = made(settings)
        monkeypatch.setitem(app.extensions, "saml", service)
        chosen = app.extensions["settings"].model_copy(update={"saml": settings})
        monkeypatch.setitem(app.extensions, "settings", chosen)
        return service

    return _use


@pytest.fixture
def context(app: Flask, session: Session) -> Any:
    with app.app_context():
        yield


def told(outbox: Outbox) -> list[MetadataNotRefreshed]:
    return [mail for mail in outbox() if isinstance(mail, MetadataNotRefreshed)]


@pytest.mark.usefixtures("context")
def test_the_worker_fetches_what_is_not_known(session: Session, use: Use, net: Net) -> None:
    service = use(idp_metadata_url=URL)
    jobs.watch(session)
    assert not service.is_available

    net.pages[URL] = GOOD
    jobs.watch(session)
    assert service.is_available

    jobs.watch(session)
    assert net.asked == [URL, URL]  # nothing is in want any more


@pytest.mark.usefixtures("context")
def test_the_worker_reads_again_what_is_known_at_its_start(
    session: Session, use: Use, net: Net, tmp_path: Path
) -> None:
    (tmp_path / "copy.xml").write_bytes(GOOD)
    net.pages[URL] = GOOD

    with time_machine.travel(clock.now() + timedelta(hours=1)):
        use(idp_metadata_url=URL)
        for _time in range(3):
            jobs.watch(session)

    assert net.asked == [URL]


@pytest.mark.usefixtures("context")
def test_the_gris_are_told_of_a_failure_once_a_day(
    session: Session, use: Use, net: Net, outbox: Outbox
) -> None:
    use(idp_metadata_url=URL)
    for _time in range(3):
        with pytest.raises(MetadataRefused):
            jobs.refresh(session)

    (mail,) = told(outbox)
    assert mail.to == "gri@example.org"
    assert mail.cause == f"{URL}: HTTP 404"
    assert not mail.is_available

    with time_machine.travel(clock.now() + timedelta(days=1, minutes=1)):
        jobs.watch(session)
        jobs.watch(session)
    assert len(told(outbox)) == 2


@pytest.mark.usefixtures("context")
def test_a_failure_keeps_what_was_known(
    session: Session, use: Use, net: Net, outbox: Outbox
) -> None:
    service = use(idp_metadata_url=URL)
    net.pages[URL] = GOOD
    jobs.refresh(session)
    net.pages[URL] = b"garbage"

    with pytest.raises(MetadataRefused, match="not well-formed"):
        jobs.refresh(session)

    assert service.is_available
    (mail,) = told(outbox)
    assert mail.is_available


@pytest.mark.usefixtures("context")
def test_a_file_that_is_not_good_is_told_of_too(
    session: Session, use: Use, net: Net, tmp_path: Path, outbox: Outbox
) -> None:
    use(idp_metadata_file=tmp_path / "idp.xml")
    with pytest.raises(MetadataRefused, match="SAML_IDP_METADATA_FILE"):
        jobs.refresh(session)
    assert len(told(outbox)) == 1

    (tmp_path / "idp.xml").write_bytes(GOOD)
    jobs.refresh(session)
    jobs.watch(session)
    assert net.asked == []


@pytest.mark.usefixtures("context")
def test_a_site_without_single_sign_on_has_nothing_to_do(session: Session, outbox: Outbox) -> None:
    jobs.refresh(session)
    jobs.watch(session)

    assert told(outbox) == []


def test_a_terminal_says_who_is_known(
    cli: FlaskCliRunner, use: Use, net: Net, session: Session
) -> None:
    assert "SAML_IDP_METADATA_* are empty" in cli.invoke(args=["saml", "check"]).output

    use(idp_metadata_url=URL)
    unknown = cli.invoke(args=["saml", "check"])
    assert unknown.exit_code == 1
    assert f"metadata url: {URL}" in unknown.output
    assert "no good metadata" in unknown.output
    refused = cli.invoke(args=["saml", "refresh"])
    assert (refused.exit_code, "HTTP 404" in refused.output) == (1, True)

    net.pages[URL] = GOOD
    assert f"kept: {IDP}" in cli.invoke(args=["saml", "refresh"]).output
    known = cli.invoke(args=["saml", "check"])
    assert known.exit_code == 0
    assert f"provider: {IDP}" in known.output
    assert "certificate: until 2060-01-01 00:00 UTC" in known.output
    assert "key pair: no" in known.output


def test_there_is_nothing_to_fetch_for_a_file(
    cli: FlaskCliRunner, use: Use, tmp_path: Path, session: Session
) -> None:
    use(idp_metadata_file=tmp_path / "idp.xml")

    assert "nothing to fetch" in cli.invoke(args=["saml", "refresh"]).output


@pytest.fixture
def gri(login: Login) -> Client:
    return login(PCeenFactory(slugs=["gri"], locale="fr"))


def test_the_status_of_the_site_says_whether_people_can_log_in(
    gri: Client, use: Use, tmp_path: Path
) -> None:
    title = "Connexion de l'école"
    assert "Pas branchée" in light(gri, title)

    use(idp_metadata_file=tmp_path / "idp.xml")
    assert "le fournisseur d'identité n'est pas connu" in light(gri, title)
    assert "flask saml check" in light(gri, title)

    ends = clock.now() + timedelta(days=1)
    (tmp_path / "idp.xml").write_bytes(Forge().metadata(valid_until=f"{ends:%FT%TZ}"))
    assert "Utilisable jusqu'au" in light(gri, title)
    assert "flask saml refresh" in light(gri, title)

    (tmp_path / "idp.xml").write_bytes(GOOD)
    assert "va bien" in light(gri, title)


def test_the_status_of_the_site_says_since_when_nobody_can(
    gri: Client, use: Use, tmp_path: Path
) -> None:
    (tmp_path / "idp.xml").write_bytes(Forge().metadata(valid_until="2026-01-01T12:00:00Z"))
    use(idp_metadata_file=tmp_path / "idp.xml")

    assert "Personne ne peut s'en servir depuis le" in light(gri, "Connexion de l'école")
