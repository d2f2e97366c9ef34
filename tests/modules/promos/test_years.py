"""The end of a school year."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
import time_machine
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy.orm import Session

from app.enums import AlbumOrigin, PermissionScope, PermissionType
from app.integrations.mailer import written
from app.integrations.photo_store import PhotoStore
from app.models import AuditEvent, Collection, OutboxEntry, PCeen, Role
from app.models.gris import permission_key
from app.modules.promos.mails import RoleSwitch
from app.modules.promos.service import years
from tests.conftest import Outbox
from tests.factories import PCeenFactory

pytestmark = pytest.mark.usefixtures("summer", "store")

COMMAND = ("annual-update", "--year", "2026")
TASK = ("tasks", "run", "annual-update", "--param", "year=2026")


@pytest.fixture
def summer() -> object:
    with time_machine.travel(datetime(2026, 8, 31, 10, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def store(app: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> PhotoStore:
    """Where the photos are: nothing is there."""
    store = PhotoStore(tmp_path)
    monkeypatch.setitem(app.extensions, "photo_store", store)
    return store


@pytest.fixture
def school(session: Session) -> dict[str, PCeen]:
    """A school, and some of whom an update is not about."""
    students = {"promo": 141, "slugs": ["eleve", "barman"]}
    return {
        "leaves": PCeenFactory(**students, email="a@example.org"),
        "at school": PCeenFactory(**students, email="b@espci.fr", locale="en"),
        "no address": PCeenFactory(**students, email=None),
        "school alone": PCeenFactory(**students, email=None, espci_email="c@espci.psl.eu"),
        "disabled": PCeenFactory(**students, disabled_at=datetime(2026, 1, 1, tzinfo=UTC)),
        "both": PCeenFactory(promo=141, slugs=["eleve", "alumni"], email="d@example.org"),
        "stays": PCeenFactory(promo=142, slugs=["eleve"]),
        "late": PCeenFactory(promo=139, slugs=["eleve"]),
        "nowhere": PCeenFactory(promo=None, slugs=["eleve"]),
        "erased": PCeenFactory(**students, erased_at=datetime(2026, 1, 1, tzinfo=UTC)),
        "alumni": PCeenFactory(promo=141, slugs=["alumni"]),
    }


LEAVE = ("leaves", "at school", "no address", "school alone", "disabled", "both")
TOLD = ("leaves", "at school", "school alone", "both")


def slugs(session: Session, pceen: PCeen) -> set[str | None]:
    session.expire_all()
    return {role.slug for role in pceen.roles}


def everything(session: Session) -> tuple[object, ...]:
    tables = (AuditEvent, OutboxEntry, Role)
    held = sorted(
        (one.id, role.id) for one in session.scalars(sa.select(PCeen)) for role in one.roles
    )
    return (held, *(session.scalar(sa.select(sa.func.count(one.id))) for one in tables))


def test_a_promo_leaves_and_one_enters_and_a_second_run_changes_nothing(
    session: Session, school: dict[str, PCeen], cli: FlaskCliRunner, outbox: Outbox
) -> None:
    done = cli.invoke(args=[*COMMAND, "--apply"])

    assert done.exit_code == 0, done.output
    assert "2026: promo 141 leaves, promo 145 enters" in done.output
    assert "6 become alumni." in done.output
    for name, pceen in school.items():
        held = slugs(session, pceen)
        assert ("alumni" in held, "eleve" in held) == (
            (name in (*LEAVE, "alumni")),
            (name not in (*LEAVE, "alumni")),
        ), name
    assert "barman" in slugs(session, school["leaves"])
    mails = outbox()
    assert [(mail.to, mail.locale, mail.is_of_the_school) for mail in mails] == [  # type: ignore[attr-defined]
        ("a@example.org", "fr", False),
        ("b@espci.fr", "en", True),
        ("c@espci.psl.eu", "fr", True),
        ("d@example.org", "fr", False),
    ]
    due = session.scalars(sa.select(OutboxEntry.due_at).order_by(OutboxEntry.id)).all()
    assert [(one - due[0]).total_seconds() for one in due] == [0, 2, 4, 6]
    role = session.scalars(sa.select(Role).where(Role.slug == "promo-145")).one()
    assert (role.name, role.index) == ("145", 145)
    done_to = sa.select(AuditEvent.action).filter_by(
        object_type="PCeen", object_id=school["leaves"].id
    )
    assert session.scalars(done_to.order_by(AuditEvent.id)).all() == [
        "account.role.take",
        "account.role.give",
    ]

    before = everything(session)
    again = cli.invoke(args=[*COMMAND, "--apply"])
    assert again.exit_code == 0
    assert "0 become alumni." in again.output
    assert "role promo-145: already there" in again.output
    assert everything(session) == before


def test_the_collection_of_the_year_is_there_for_four_promos_and_once(
    session: Session, cli: FlaskCliRunner, store: PhotoStore
) -> None:
    dry = cli.invoke(args=COMMAND)
    assert "collection 145: new" in dry.output
    assert all(f"role promo-{n}: reads collection 145" in dry.output for n in range(142, 146))
    assert session.scalars(sa.select(Collection)).all() == []

    assert cli.invoke(args=[*COMMAND, "--apply"]).exit_code == 0

    (made,) = session.scalars(sa.select(Collection))
    assert (made.dir_name, made.name, made.visible, made.origin) == (
        *("145", "145"),
        *(False, AlbumOrigin.annual),
    )
    assert (made.start, made.end) == (date(2026, 9, 1), date(2027, 6, 30))
    assert (store.base / "145").is_dir()
    right = permission_key(PermissionType.read, PermissionScope.collection, made.id)

    def readers() -> list[str | None]:
        session.expire_all()
        roles = session.scalars(sa.select(Role).order_by(Role.index, Role.id))
        return [one.slug for one in roles for held in one.permissions if held.key == right]

    expected = [f"promo-{promo}" for promo in range(142, 146)]
    assert readers() == expected
    before = everything(session)
    again = cli.invoke(args=[*COMMAND, "--apply"])
    assert "collection 145: already there" in again.output
    assert "reads collection" not in again.output
    assert (readers(), everything(session)) == (expected, before)

    # one that was shown meanwhile stays so, and a right that was taken comes back
    made.visible = True
    role = session.scalars(sa.select(Role).where(Role.slug == "promo-143")).one()
    role.permissions.clear()
    session.commit()
    assert "role promo-143: reads collection 145" in cli.invoke(args=COMMAND).output
    cli.invoke(args=[*COMMAND, "--apply"])
    assert (readers(), made.visible) == (expected, True)


def test_a_dry_run_a_command_and_a_task_say_the_same(
    session: Session, school: dict[str, PCeen], cli: FlaskCliRunner
) -> None:
    before = everything(session)
    dry = cli.invoke(args=COMMAND)
    dry_task = cli.invoke(args=[*TASK, "--dry-run"])
    task_audit = session.scalar(sa.select(sa.func.count(AuditEvent.id)))
    assert dry.exit_code == dry_task.exit_code == 0, dry.output + dry_task.output
    assert everything(session)[2:] == before[2:]

    lines = [
        line for line in dry.stdout.splitlines() if line.startswith(("2026", "person", "role"))
    ]
    late, nowhere = school["late"].id, school["nowhere"].id
    assert f"person {late}: still a student, promo 139; nothing is done" in lines
    assert f"person {nowhere}: still a student, promo -; nothing is done" in lines
    assert sum(line.endswith("student becomes alumni, written to") for line in lines) == len(TOLD)
    assert sum(line.endswith("student becomes alumni") for line in lines) == len(LEAVE) - len(TOLD)
    assert all(line in dry_task.stdout for line in lines)
    assert task_audit is not None

    refused = cli.invoke(args=TASK)
    assert refused.exit_code == 1
    assert slugs(session, school["leaves"]) == {"eleve", "barman"}
    done = cli.invoke(args=[*TASK, "--confirm", "annual-update"])
    assert done.exit_code == 0, done.output
    assert all(line in done.stdout for line in lines)
    assert slugs(session, school["leaves"]) == {"alumni", "barman"}


def test_one_failing_person_does_not_stop_the_rest(
    session: Session,
    school: dict[str, PCeen],
    cli: FlaskCliRunner,
    outbox: Outbox,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    failing, exchange = school["at school"].id, years._exchange

    def fail(session: Session, pceen: PCeen, student: Role, alumni: Role) -> None:
        exchange(session, pceen, student, alumni)
        if pceen.id == failing:
            raise RuntimeError("on purpose")

    monkeypatch.setattr(years, "_exchange", fail)
    done = cli.invoke(args=[*COMMAND, "--apply"])

    assert done.exit_code == 1
    assert f"person {failing}: student becomes alumni, FAILED: RuntimeError" in done.output
    assert "5 become alumni." in done.output
    assert slugs(session, school["at school"]) == {"eleve", "barman"}
    assert slugs(session, school["both"]) == {"alumni"}
    assert len(outbox()) == 3
    assert cli.invoke(args=[*TASK, "--confirm", "annual-update"]).exit_code == 1

    monkeypatch.undo()
    rest = cli.invoke(args=[*TASK, "--confirm", "annual-update"])
    assert rest.exit_code == 0, rest.output
    assert slugs(session, school["at school"]) == {"alumni", "barman"}
    assert len(outbox()) == 4


def test_the_last_gri_who_is_one_by_the_role_of_students_keeps_it(
    session: Session, cli: FlaskCliRunner
) -> None:
    role = session.scalars(sa.select(Role).where(Role.slug == "eleve")).one()
    gri = session.scalars(sa.select(Role).where(Role.slug == "gri")).one()
    role.permissions = [*role.permissions, *(p for p in gri.permissions if p.scope == "gris")]
    last = PCeenFactory(promo=141, slugs=["eleve"])

    done = cli.invoke(args=[*COMMAND, "--apply"])

    assert done.exit_code == 1
    assert "FAILED: Il ne resterait plus aucun GRI" in done.output
    assert slugs(session, last) == {"eleve"}


@pytest.mark.parametrize(("year", "status"), [(2024, 1), (2025, 0), (2027, 0), (2028, 1)])
def test_a_year_is_within_one_of_today(
    session: Session, cli: FlaskCliRunner, year: int, status: int
) -> None:
    dry = cli.invoke(args=["annual-update", "--year", str(year)])
    task = cli.invoke(
        args=["tasks", "run", "annual-update", "--dry-run", "--param", f"year={year}"]
    )

    assert (dry.exit_code, task.exit_code) == (status, status)
    if status:
        assert "2025 à 2027" in dry.output
        assert "2025 à 2027" in task.output
    else:
        assert f"promo {year - 1885} leaves, promo {year - 1881} enters" in dry.output


@pytest.mark.parametrize("locale", ["fr", "en"])
@pytest.mark.parametrize("of_the_school", [True, False])
def test_the_mail_urges_those_alone_whose_address_will_close(
    app: Flask, locale: str, *, of_the_school: bool
) -> None:
    mail = RoleSwitch(
        to="a@example.org",
        locale=locale,
        prenom="Eve <b>",
        username="ecurie",
        promo=141,
        is_of_the_school=of_the_school,
    )
    with app.test_request_context():
        message = written(mail, 1)

    body = message.get_body(("html",))
    assert body is not None
    html = BeautifulSoup(body.get_content(), "html.parser")
    links = [str(link["href"]) for link in html.select("a[href]")]
    assert any("modify_account" in link for link in links) is of_the_school
    assert all(link.startswith(("http://localhost", "mailto:")) for link in links)
    assert "141" in html.get_text()
