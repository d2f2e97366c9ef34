"""Making the account of someone, who gets an invitation."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from app.core.errors import DomainError
from app.core.transaction import transaction
from app.enums import PermissionScope as S, PermissionType as T
from app.extensions import db
from app.models import AuditEvent, LoginSession, PCeen, Role
from app.modules.account.mails import Invitation
from app.modules.account.service.registration import Identity
from app.modules.gris.service import people as service
from tests.client import Client
from tests.conftest import Login, Outbox
from tests.factories import PCeenFactory, system_role

URL = "/gris/pceens/add"


@pytest.fixture
def gri(session: Session, login: Login) -> Client:
    return login(PCeenFactory(prenom="Ada", nom="Lovelace", slugs=["gri"]))


def typed(**changes: object) -> dict[str, object]:
    """The form, with these changes."""
    usual = {"prenom": "marie", "nom": "skłodowska-curie", "email": "Marie@Example.org"}
    return usual | {"promo": "140", "idempotency_key": "k"} | changes


def made(session: Session) -> list[PCeen]:
    """Who was made, the fixtures aside."""
    session.expire_all()
    stmt = sa.select(PCeen).where(PCeen.email.contains("marie")).order_by(PCeen.id)
    return list(session.scalars(stmt))


@pytest.mark.parametrize(
    ("can", "status"),
    [
        ([], 403),
        ([(T.read, S.pceen)], 403),
        ([(T.write, S.role)], 403),
        ([(T.write, S.pceen)], 200),
        ([(T.all, S.gris)], 200),
    ],
)
def test_the_form_is_for_who_may_write_people(
    session: Session, login: Login, can: list[tuple[T, S]], status: int
) -> None:
    browser = login(PCeenFactory(can=can))

    assert browser.get(URL).status_code == status
    assert browser.post(URL, data={}).status_code == (422 if status == 200 else status)


def test_an_account_is_made_without_a_password_and_invited(
    session: Session, gri: Client, outbox: Outbox
) -> None:
    eleve, bekk = system_role("eleve"), system_role("bekk")

    page = gri.submit(URL, **typed(roles=[eleve.id, bekk.id]))

    (curie,) = made(session)
    assert (curie.full_name, curie.promo) == ("Marie Skłodowska-Curie", 140)
    assert (curie.username, curie.email) == ("msklodow", "marie@example.org")
    assert (curie.password_hash, curie.activated, curie.email_confirmed_at) == (None, False, None)
    assert {role.slug for role in curie.roles} == {"eleve", "bekk"}
    (mail,) = outbox()
    assert isinstance(mail, Invitation)
    assert mail.to == "marie@example.org"
    assert "L'invitation part à marie@example.org." in page.flashes[0]
    stmt = sa.select(AuditEvent.action).where(AuditEvent.object_id == curie.id)
    done = session.scalars(stmt.order_by(AuditEvent.id)).all()
    assert [action for action in done if action.startswith("account.")] == [
        "account.pceen.create",
        "account.role.give",
        "account.role.give",
        "account.invitation.send",
    ]
    gri.post("/logout")
    assert gri.get(f"/invitation/{mail.secret}").status_code == 200


def test_the_same_form_twice_makes_one_account(
    session: Session, gri: Client, outbox: Outbox
) -> None:
    gri.submit(URL, **typed())
    page = gri.submit(URL, **typed())

    assert len(made(session)) == len(outbox()) == 1
    assert page.flashes == ["Ce compte est déjà créé."]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"prenom": ""}, "prenom"),
        ({"prenom": "123"}, "prenom"),
        ({"nom": "-"}, "nom"),
        ({"nom": "x" * 65}, "nom"),
        ({"nom": "a\u202eb"}, "nom"),
        ({"email": ""}, "email"),
        ({"email": "nonsense"}, "email"),
        ({"email": "a@b, c@d"}, "email"),
        ({"email": "x" * 120 + "@example.org"}, "email"),
        ({"promo": "0"}, "promo"),
        ({"promo": "١٢"}, "promo"),
    ],
)
def test_what_is_wrong_is_said_next_to_its_field_with_what_was_typed(
    session: Session, gri: Client, outbox: Outbox, changes: dict[str, str], field: str
) -> None:
    page = gri.submit(URL, status=422, **typed(**changes))

    assert page.html.select(f"#{field}[aria-invalid]")
    kept = "prenom" if field != "prenom" else "nom"
    assert page.html.select_one(f"#{kept}")["value"] == typed()[kept]
    assert (made(session), outbox()) == ([], [])


@pytest.mark.parametrize("email", ["marie@example.org", "MARIE@example.ORG"])
def test_an_address_in_use_is_refused_whatever_its_case(
    session: Session, gri: Client, outbox: Outbox, email: str
) -> None:
    PCeenFactory(nom="Other", email="marie@example.org")

    page = gri.submit(URL, status=422, **typed(email=email))

    assert "Cette adresse est déjà celle d'un autre compte." in page.text("#email-errors")
    assert outbox() == []


@pytest.mark.parametrize(
    ("prenom", "nom"),
    [
        ("Marie", "Skłodowska-Curie"),
        ("MARIE", "sklodowska curie"),
        ("marié", "Skłodowska  Curie"),
    ],
)
@pytest.mark.parametrize("sure", [False, True])
def test_the_same_name_and_promo_is_refused_even_to_who_is_sure(
    session: Session, gri: Client, prenom: str, nom: str, sure: bool
) -> None:
    PCeenFactory(prenom=prenom, nom=nom, promo=140)

    changes = {"is_another": "y"} if sure else {}
    page = gri.submit(URL, status=422, **typed(**changes))

    assert "a déjà ce nom et cette promo" in page.text("#nom-errors")
    assert made(session) == []


@pytest.mark.parametrize(("theirs", "promo"), [(None, "140"), (140, ""), (None, "")])
def test_the_same_name_without_a_promo_asks_to_be_sure(
    session: Session, gri: Client, theirs: int | None, promo: str
) -> None:
    PCeenFactory(prenom="Marie", nom="Sklodowska-Curie", promo=theirs)

    page = gri.submit(URL, status=422, **typed(promo=promo))
    assert "cochez cette case" in page.text("#is_another-errors")
    assert made(session) == []
    gri.submit(URL, **typed(promo=promo, is_another="y"))

    assert len(made(session)) == 1


def test_the_same_name_of_another_promo_is_someone_else(session: Session, gri: Client) -> None:
    PCeenFactory(prenom="Marie", nom="Sklodowska-Curie", promo=139)

    gri.submit(URL, **typed())

    assert len(made(session)) == 1


# Roles


def test_only_roles_that_one_may_give_are_offered(session: Session, login: Login) -> None:
    some = login(PCeenFactory(can=[(T.write, S.pceen), (T.write, S.role), (T.read, S.bar)]))

    page = some.open_page(URL)

    offered = {box["value"] for box in page.html.select("input[name=roles]")}
    assert str(system_role("bar_client").id) in offered
    assert str(system_role("admin").id) not in offered
    assert "0" not in offered


@pytest.mark.parametrize("can", [[(T.write, S.pceen)], [(T.write, S.pceen), (T.write, S.role)]])
@pytest.mark.parametrize("slug", ["admin", "gri", "public"])
def test_a_role_refused_refuses_the_whole_form(
    session: Session, login: Login, outbox: Outbox, can: list[tuple[T, S]], slug: str
) -> None:
    some = login(PCeenFactory(can=can))

    page = some.submit(URL, status=403, **typed(roles=[system_role(slug).id]))

    assert page.html.select_one("#prenom")["value"] == "marie"
    assert (made(session), outbox()) == ([], [])


@pytest.mark.parametrize("role", ["999999", "x", "-1", "²"])
def test_a_role_that_does_not_exist_refuses_the_whole_form(
    session: Session, gri: Client, role: str
) -> None:
    gri.submit(URL, status=403, **typed(roles=[role]))

    assert made(session) == []


def test_the_role_of_gris_takes_a_proof(session: Session, login: Login) -> None:
    browser = login(PCeenFactory(slugs=["gri"]))
    fields = typed(roles=[system_role("gri").id])

    page = browser.submit(URL, status=403, **fields)
    assert page.html.select_one("#prenom")["value"] == "marie"
    assert made(session) == []
    session.execute(sa.update(LoginSession).values(proved_at=sa.func.current_timestamp()))
    session.commit()
    browser.submit(URL, **fields)

    assert [role.slug for role in made(session)[0].roles] == ["gri"]


def test_two_forms_at_once_make_one_account(shared: Flask) -> None:
    with shared.app_context():
        session = db.session()
        role = session.scalars(sa.select(Role).where(Role.slug == "gri")).one()
        actor = PCeen(prenom="Ada", nom="Ada", username="ada", roles=[role])
        session.add(actor)
        session.commit()
        key = actor.id
        db.session.remove()

    def make(number: int) -> str:
        with shared.app_context():
            identity = Identity(
                prenom="Marie", nom="Curie", promo=140, email=f"marie{number}@example.org"
            )
            try:
                with transaction(db.session()) as session:
                    service.create(
                        session,
                        identity=identity,
                        is_another=True,
                        roles=(),
                        actor=session.get_one(PCeen, key),
                    )
            except DomainError as refusal:
                return type(refusal).__name__
            finally:
                db.session.remove()
            return "made"

    with ThreadPoolExecutor(4) as pool:
        outcomes = sorted(pool.map(make, range(8)))

    assert outcomes == ["SameNameAndPromo"] * 7 + ["made"]
