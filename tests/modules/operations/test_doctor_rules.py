"""What the doctor says of each fact."""

from dataclasses import replace
from pathlib import Path

import pytest

from app.modules.operations.rules.doctor import around, database, files, machine
from app.modules.operations.rules.doctor.around import Service, Site
from app.modules.operations.rules.doctor.database import Database
from app.modules.operations.rules.doctor.files import File, Folder, Secret
from app.modules.operations.rules.doctor.machine import Machine, Process, Program
from app.modules.operations.rules.doctor.verdicts import Verdict, exit_status, off, ok
from app.modules.operations.service.doctor.database import numbers
from app.modules.operations.service.doctor.machine import kind_of

pytestmark = pytest.mark.once

FINE = Machine(
    python=(3, 11, 2),
    user="pem",
    processes=(Process("pem-web", "pem"), Process("pem-worker", "pem")),
    is_on_time=True,
)
BASE = Database(
    dialect="postgresql",
    version=(15, 4),
    milliseconds=1,
    encoding="UTF8",
    zone="Etc/UTC",
    isolation="read committed",
    skew=0.02,
    may=(),
    found=frozenset({"a"}),
    wanted=frozenset({"a"}),
    is_ahead=False,
    missing=frozenset(),
    connections=100,
    connected=12,
)
PLACE = Folder(variable="PHOTOS_BASE_PATH", path="/srv/photos", error=None, free=0.5)
SITE = Site(url="https://site", version="1.0", wanted="1.0", link="opened")


def by_name(verdicts: list[Verdict]) -> dict[str, Verdict]:
    return {verdict.name: verdict for verdict in verdicts}


def states(verdicts: list[Verdict]) -> set[str]:
    return {verdict.state for verdict in verdicts}


def test_what_is_right_is_said_to_be() -> None:
    said = [
        *machine.machine(FINE),
        *database.database(BASE, is_production=True),
        *files.folders([PLACE]),
        *around.site(SITE),
        *around.gateway("/run/hosts", {"dhcp.status": ""}),
        *machine.programs([Program("restic", "backups", "restic", is_there=True)]),
        *files.made({"assets": True}, {}),
        *around.health({"outbox": "ok"}, {}),
        around.push(None, is_on=True),
        around.parked(0),
        around.school(is_configured=True, is_known=True),
        files.private(File("key", "/key", 0o640)),
        files.photos_secret("/p", "secret", ours="secret", is_there=True),
    ]

    assert states(said) == {"ok"}
    assert all(verdict.remedy == "" for verdict in said)


@pytest.mark.parametrize(
    ("found", "name", "state"),
    [
        (replace(FINE, python=(3, 10, 1)), "python", "wrong"),
        (replace(FINE, user="root"), "user", "warning"),
        (replace(FINE, is_on_time=False), "clock", "warning"),
        (replace(FINE, is_on_time=None), "clock", "off"),
        (replace(FINE, processes=()), "pem-web", "off"),
        (replace(FINE, processes=[Process("pem-web", "root")]), "pem-web", "warning"),
        (replace(FINE, user="someone"), "pem-worker", "warning"),
    ],
)
def test_of_the_machine(found: Machine, name: str, state: str) -> None:
    assert by_name([*machine.machine(found)])[name].state == state


@pytest.mark.parametrize(
    ("found", "name", "state"),
    [
        (replace(BASE, version=(12, 9)), "database", "wrong"),
        (
            replace(BASE, dialect="mariadb", version=(10, 5), encoding="utf8mb4"),
            "database",
            "wrong",
        ),
        (replace(BASE, dialect="sqlite", version=(3, 40)), "database", "warning"),
        (replace(BASE, found=frozenset()), "migrations", "wrong"),
        (replace(BASE, found=frozenset()), "triggers", "off"),
        (replace(BASE, found=frozenset({"later"}), is_ahead=True), "migrations", "warning"),
        (replace(BASE, missing=frozenset({"audit_event_update"})), "triggers", "warning"),
        (replace(BASE, encoding="SQL_ASCII"), "encoding", "wrong"),
        (replace(BASE, dialect="mariadb", encoding="utf8"), "encoding", "wrong"),
        (replace(BASE, isolation="REPEATABLE-READ"), "isolation", "wrong"),
        (replace(BASE, may=("drop them",)), "role", "warning"),
        (replace(BASE, skew=-5), "database-clock", "warning"),
        (replace(BASE, skew=31), "database-clock", "wrong"),
        (replace(BASE, connected=81), "connections", "warning"),
        (replace(BASE, connected=None), "connections", "off"),
    ],
)
def test_of_the_database(found: Database, name: str, state: str) -> None:
    assert by_name([*database.database(found, is_production=True)])[name].state == state


def test_of_a_database_that_is_away() -> None:
    (verdict,) = database.unreachable("connection refused")

    assert (verdict.state, verdict.said) == ("wrong", "connection refused")
    assert "SQLALCHEMY_DATABASE_URI" in verdict.remedy


def test_a_developer_may_have_sqlite() -> None:
    found = replace(BASE, dialect="sqlite", version=(3, 40))

    said = by_name([*database.database(found, is_production=False)])

    assert said["database"].state == "ok"
    assert "role" not in said  # it has none


@pytest.mark.parametrize(
    ("file", "state", "remedy"),
    [
        (File("key", "/key", 0o600), "ok", ""),
        (File("key", "/key", None), "warning", "make /key"),
        (File("key", "/key", 0o644), "warning", "chmod 640 /key"),
        (File("key", "/key", 0o660), "warning", "chmod 640 /key"),
        (File("key", "/key", 0o640, is_readable=False), "wrong", "chgrp pem /key"),
        (File("deploy.env", "/d", 0o600, is_owners=True, is_readable=False), "ok", ""),
        (File("deploy.env", "/d", 0o640, is_owners=True), "warning", "chmod 600 /d"),
    ],
)
def test_of_a_file_that_holds_a_secret(file: File, state: str, remedy: str) -> None:
    verdict = files.private(file)

    assert verdict.state == state
    assert verdict.remedy.startswith(remedy)


def test_without_a_file_of_settings_it_is_said_where_to_begin() -> None:
    verdict = files.environment(File(".env", "/srv/.env", None))

    assert verdict.state == "warning"
    assert "model.env" in verdict.remedy
    assert files.environment(File(".env", "/srv/.env", 0o640)).state == "ok"


def test_settings_that_are_wrong_are_told_and_so_is_a_developers_mode() -> None:
    (fault,) = files.settings("ADMINS: required in production", "")

    assert (fault.state, fault.said) == ("wrong", "ADMINS: required in production")
    assert states([*files.settings(None, "development")]) == {"ok", "warning"}
    assert states([*files.settings(None, "production")]) == {"ok"}


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("photos-change-me", "example"),
        ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "typed"),
        ("the same as another, be it as long", "another secret"),
        ("drawn by lot, and nobody else's 0123", "characters"),
    ],
)
def test_of_a_secret_that_is_never_said(value: str, said: str) -> None:
    other = Secret(name="OTHER", value="the same as another, be it as long")
    found = [Secret(name="KEY", value=value, examples=["photos-change-me"]), other]

    verdict = by_name([*files.secrets(found)])["KEY"]

    assert said in verdict.said
    assert value not in f"{verdict.said} {verdict.remedy}"


def test_of_the_secret_that_the_web_server_has_too() -> None:
    def state(shared: str | None, *, is_there: bool = True) -> str:
        return files.photos_secret("/p", shared, ours="ours", is_there=is_there).state

    assert [state("ours"), state("theirs"), state(None)] == ["ok", "warning", "off"]
    assert state(None, is_there=False) == "off"


@pytest.mark.parametrize(
    ("folder", "state", "said"),
    [
        (replace(PLACE, error="Permission denied"), "wrong", "Permission denied"),
        (replace(PLACE, is_public=True), "wrong", "gives all of it"),
        (replace(PLACE, is_one_disk=False), "wrong", "two disks"),
        (replace(PLACE, kind="nfs4", is_local=True), "warning", "shared (nfs4)"),
        (replace(PLACE, kind="nfs4"), "ok", "50 % free"),
        (replace(PLACE, free=0.04), "warning", "of the disk"),
        (replace(PLACE, free_files=0.01), "warning", "of the inodes"),
    ],
)
def test_of_a_folder(folder: Folder, state: str, said: str) -> None:
    (verdict,) = files.folders([folder])

    assert verdict.state == state
    assert said in verdict.said


def test_two_variables_do_not_share_a_folder() -> None:
    within = replace(PLACE, variable="BEKKS_BASE_PATH", path="/srv/photos/bekks")
    beside = replace(PLACE, variable="EXPORTS_DIR", path="/srv/photos-of-others")

    said = by_name([*files.folders([PLACE, within, beside])])

    assert said["BEKKS_BASE_PATH"].state == "warning"
    assert said["EXPORTS_DIR"].state == said["PHOTOS_BASE_PATH"].state == "ok"


def test_what_is_not_made_is_told_with_what_makes_it() -> None:
    (verdict,) = files.made({"assets": False}, {"assets": "flask assets install"})

    assert (verdict.state, verdict.remedy) == ("warning", "flask assets install")


def test_a_program_that_is_missing_is_told_with_its_package() -> None:
    (verdict,) = machine.programs([Program("restic", "backups", "restic", is_there=False)])

    assert (verdict.state, verdict.remedy) == ("warning", "apt install restic")


def test_of_the_checks_of_the_site_itself() -> None:
    found = {"worker": "degraded", "disk": "failing", "new": "degraded"}

    said = by_name([*around.health(found, {"worker": "seconds=300"})])

    assert (said["worker"].state, said["worker"].said) == ("warning", "seconds=300")
    assert said["disk"].state == "wrong"
    assert "/gris/status" in said["new"].remedy
    assert around.parked(2).state == "warning"


def test_of_services_of_other_machines() -> None:
    lydia = Service(name="lydia", where="lydia-app.com", variable="LYDIA_BASE_URL")
    found = [
        replace(lydia, where=""),
        lydia,
        replace(lydia, is_asked=True),
        replace(lydia, is_asked=True, error="no route"),
    ]

    said = [*around.services(found)]

    assert [verdict.state for verdict in said] == ["off", "ok", "ok", "warning"]
    assert "not asked" in said[1].said
    assert "not asked" not in said[2].said
    mute = {"is_suppressed": True}
    assert around.mail(lydia, is_production=True, **mute).state == "warning"
    assert around.mail(lydia, is_production=False, **mute).state == "off"
    assert around.mail(lydia, is_suppressed=False, is_production=True).state == "ok"


def test_of_the_school_and_of_devices() -> None:
    assert around.school(is_configured=False, is_known=False).state == "off"
    assert around.school(is_configured=True, is_known=False).state == "warning"
    assert around.push(None, is_on=False).state == "off"
    assert around.push("not a pair", is_on=True).said == "not a pair"


@pytest.mark.parametrize(
    ("found", "name", "state"),
    [
        (Site(url="https://site", error="refused"), "site", "wrong"),
        (replace(SITE, version=None), "site", "wrong"),
        (replace(SITE, version="0.9"), "site", "warning"),
        (replace(SITE, distrust="expired"), "certificate", "warning"),
        (replace(SITE, takes_for_local=True), "visitor", "wrong"),
        (replace(SITE, takes_for_local=None), "visitor", "off"),
        (replace(SITE, link="refused"), "links", "warning"),
        (replace(SITE, link="unknown"), "links", "off"),
    ],
)
def test_of_the_site_as_a_browser_finds_it(found: Site, name: str, state: str) -> None:
    assert by_name([*around.site(found)])[name].state == state


def test_of_the_gateway() -> None:
    assert states([*around.gateway(None, {})]) == {"off"}
    assert states([*around.gateway("/run/hosts", {})]) == {"off"}
    said = by_name([*around.gateway("/h", {"dhcp.status": None, "nft.status": "refused"})])
    assert [said["dhcp.status"].state, said["nft.status"].state] == ["warning", "warning"]


def test_the_worst_verdict_is_the_exit_status() -> None:
    found: list[Verdict] = [ok("a", ""), off("b", "")]

    assert exit_status(found) == 0
    assert exit_status([*found, Verdict("c", "warning", "")]) == 1
    assert exit_status([*found, Verdict("c", "warning", ""), Verdict("d", "wrong", "")]) == 2


@pytest.mark.parametrize(
    ("said", "version"),
    [(150004, (15, 4)), ("10.11.6-MariaDB-0+deb12u1", (10, 11, 6)), ("3.40.1", (3, 40, 1))],
)
def test_versions_are_read_as_servers_say_them(said: object, version: tuple[int, ...]) -> None:
    assert numbers(said) == version


@pytest.mark.parametrize(
    ("command", "kind"),
    [
        ("/srv/pem/.venv/bin/python /srv/pem/.venv/bin/gunicorn -c x", "pem-web"),
        ("/srv/pem/.venv/bin/python /srv/pem/.venv/bin/flask worker", "pem-worker"),
        ("/srv/pem/.venv/bin/python /srv/pem/.venv/bin/flask doctor", None),
        ("/srv/other/bin/python /srv/other/bin/gunicorn", None),
        ("/usr/bin/less /srv/pem/worker", None),
    ],
)
def test_processes_of_this_installation_are_known(command: str, kind: str | None) -> None:
    assert kind_of(command.split(), Path("/srv/pem")) == kind
