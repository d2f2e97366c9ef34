"""What is done of someone's account from their page, and from the list."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from urllib.parse import quote

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from sqlalchemy.orm import Session

from app.core import clock
from app.core.errors import DomainError
from app.core.transaction import transaction
from app.enums import LoginMethod, PermissionScope as S, PermissionType as T, TokenPurpose
from app.extensions import db
from app.models import (
    AuditEvent,
    LoginSession,
    OneTimeToken,
    OutboxEntry,
    PCeen,
    Role,
    pceen_role,
)
from app.modules.account import mails
from app.modules.account.service import links
from app.modules.gris.service import people as service
from app.modules.intrarez import queries as network
from app.modules.intrarez.effects import RefreshNetwork
from app.web import installation
from tests.client import Client, Page
from tests.conftest import Login, Outbox
from tests.factories import (
    DeviceFactory,
    PCeenFactory,
    RentalFactory,
    RoleFactory,
    permission,
    system_role,
)

HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture
def gri(session: Session, login: Login) -> Client:
    """The browser of a GRI, who is not the only one."""
    PCeenFactory(prenom="Zoé", nom="Zola", slugs=["gri"])
    return login(PCeenFactory(prenom="Ada", nom="Lovelace", slugs=["gri"]))


@pytest.fixture
def helper(session: Session, login: Login) -> Client:
    """The browser of someone who may write people, and nothing else."""
    return login(PCeenFactory(nom="Helper", can=[(T.write, S.pceen)]))


def read(session: Session, pceen: PCeen) -> PCeen:
    """Someone, as the database has them now."""
    session.expire_all()
    return session.get_one(PCeen, pceen.id)


def begin(session: Session, pceen: PCeen) -> LoginSession:
    """Log someone in, elsewhere."""
    login = LoginSession(pceen=pceen, method=LoginMethod.password)
    session.add(login)
    session.commit()
    return login


def logins(session: Session, pceen: PCeen) -> int:
    stmt = sa.select(sa.func.count()).where(LoginSession.pceen_id == pceen.id)
    return session.execute(stmt).scalar_one()


def events(session: Session, pceen: PCeen, action: str) -> list[AuditEvent]:
    stmt = sa.select(AuditEvent).where(
        AuditEvent.object_type == "PCeen",
        AuditEvent.object_id == pceen.id,
        AuditEvent.action == action,
    )
    return list(session.scalars(stmt.order_by(AuditEvent.id)))


def typed(pceen: PCeen, **changes: object) -> dict[str, object]:
    """The form of who someone is, with these changes."""
    now = {
        "prenom": pceen.prenom,
        "nom": pceen.nom,
        "promo": pceen.promo or "",
        "email": pceen.email or "",
        "locale": pceen.locale or "",
        "version": pceen.version,
    }
    return now | changes


# Who may


ACTIONS = ["edit", "invite", "disable", "enable", "sessions/end"]


@pytest.mark.parametrize("action", ACTIONS)
def test_an_action_is_for_who_may_write_people_and_by_post(
    session: Session, login: Login, action: str
) -> None:
    curie = PCeenFactory(nom="Curie")
    stranger = login(PCeenFactory(can=[(T.read, S.pceen), (T.write, S.role)]))

    assert stranger.post(f"/gris/pceens/{curie.id}/{action}").status_code == 403
    assert stranger.post("/gris/pceens/999999/" + action).status_code == 403
    gri = login(PCeenFactory(slugs=["gri"]))
    assert gri.post("/gris/pceens/999999/" + action).status_code == 404
    if action not in ("edit", "disable"):
        assert gri.get(f"/gris/pceens/{curie.id}/{action}").status_code == 405


@pytest.mark.parametrize("action", ["", *ACTIONS, "history", "sessions/1/end"])
def test_who_is_not_logged_in_is_sent_to_log_in(
    session: Session, client: Client, action: str
) -> None:
    curie = PCeenFactory(nom="Curie")
    url = f"/gris/pceens/{curie.id}/{action}".rstrip("/")

    answer = client.get(url) if action in ("", "history") else client.post(url)

    assert (answer.status_code, answer.location.partition("?")[0]) == (302, "/login")


def test_who_may_write_one_person_acts_on_that_one_only(session: Session, login: Login) -> None:
    curie, joliot = PCeenFactory(nom="Curie"), PCeenFactory(nom="Joliot")
    friend = login(PCeenFactory(can=[(T.write, S.pceen, curie.id)]))

    assert friend.get(f"/gris/pceens/{curie.id}").status_code == 200
    assert friend.post(f"/gris/pceens/{curie.id}/sessions/end").status_code == 303
    assert friend.post(f"/gris/pceens/{joliot.id}/sessions/end").status_code == 403


# Identity


def test_a_gri_changes_who_someone_is_as_typed_and_they_are_told(
    session: Session, gri: Client, outbox: Outbox
) -> None:
    curie = PCeenFactory(prenom="Marie", nom="Curie", email="marie@example.org", promo=140)

    fields = typed(curie, nom="de la TOUR", promo="141", email="Tour@Example.ORG", locale="en")
    page = gri.submit(f"/gris/pceens/{curie.id}/edit", **fields)

    now = read(session, curie)
    assert (now.full_name, now.promo, now.locale) == ("Marie de la TOUR", 141, "en")
    assert (now.nom_key, now.email, now.version) == ("de la tour", "tour@example.org", 2)
    assert now.email_confirmed_at is None
    assert "Les informations de Marie de la TOUR sont enregistrées." in page.flashes
    told = [mail for mail in outbox() if isinstance(mail, mails.IdentityChanged)]
    assert [mail.to for mail in told] == ["marie@example.org", "tour@example.org"]
    (event,) = events(session, curie, "account.pceen.change")
    assert event.before == {
        "email": "marie@example.org",
        "locale": "fr",
        "nom": "Curie",
        "promo": 140,
    }
    assert event.after["email"] == "tour@example.org"


def test_what_is_saved_unchanged_changes_nothing(
    session: Session, gri: Client, outbox: Outbox
) -> None:
    curie = PCeenFactory(nom="Curie")

    page = gri.submit(f"/gris/pceens/{curie.id}/edit", **typed(curie))

    assert "Rien n'a changé." in page.flashes
    assert read(session, curie).version == 1
    assert outbox() == []
    assert events(session, curie, "account.pceen.change") == []


def test_a_stale_form_is_refused_with_both_values(session: Session, gri: Client) -> None:
    curie = PCeenFactory(prenom="Marie", nom="Curie")
    fields = typed(curie, prenom="Irène")
    curie.rename(prenom="Ève", nom="Curie")
    curie.version = 2
    session.commit()

    page = gri.submit(f"/gris/pceens/{curie.id}/edit", status=409, **fields)

    assert page.html.select_one("[name=prenom]")["value"] == "Irène"
    assert "Valeur actuelle : Ève" in page.text("main")
    assert read(session, curie).prenom == "Ève"


@pytest.mark.parametrize(
    "changes",
    [
        {"email": "taken@example.org"},
        {"email": "TAKEN@EXAMPLE.ORG"},
        {"email": ""},
        {"email": "nonsense"},
        {"email": "a@example.org\r\nBcc: b@example.org"},
        {"nom": "123"},
        {"nom": ""},
        {"nom": "a\u202eb"},
        {"nom": "x" * 65},
        {"promo": "0"},
        {"promo": "1000"},
        {"promo": "²"},
        {"locale": "de"},
    ],
)
def test_what_cannot_be_is_refused_and_kept(
    session: Session, gri: Client, changes: dict[str, str]
) -> None:
    PCeenFactory(email="taken@example.org")
    curie = PCeenFactory(prenom="Marie", nom="Curie", email="marie@example.org")

    answer = gri.post(f"/gris/pceens/{curie.id}/edit", data=typed(curie, **changes))

    assert answer.status_code == 422
    now = read(session, curie)
    assert (now.nom, now.email, now.version) == ("Curie", "marie@example.org", 1)


def test_another_address_makes_the_links_worth_nothing(session: Session, gri: Client) -> None:
    curie = PCeenFactory(nom="Curie")
    purposes = (TokenPurpose.reset_password, TokenPurpose.invitation, TokenPurpose.confirm_email)
    for purpose in purposes:
        links.make(session, pceen=curie, purpose=purpose, secret=purpose.value)
    session.commit()

    gri.submit(f"/gris/pceens/{curie.id}/edit", **typed(curie, email="new@example.org"))

    assert open_tokens(session, curie) == 0


def open_tokens(session: Session, pceen: PCeen) -> int:
    stmt = sa.select(sa.func.count()).where(
        OneTimeToken.pceen_id == pceen.id, OneTimeToken.used_at.is_(None)
    )
    return session.execute(stmt).scalar_one()


# Nobody enters the account of who may do more


@pytest.mark.parametrize(
    "right", [(T.all, S.gris), (T.write, S.payments), (T.write, S.role), (T.read, S.bar)]
)
@pytest.mark.parametrize("action", ["edit", "invite", "disable", "sessions/end"])
def test_the_account_of_who_may_do_more_is_out_of_reach(
    session: Session, helper: Client, outbox: Outbox, right: tuple[T, S], action: str
) -> None:
    chief = PCeenFactory(nom="Chief", email="chief@example.org", can=[right])
    begin(session, chief)
    fields = typed(chief, email="mine@example.org", reason="because")

    answer = helper.post(f"/gris/pceens/{chief.id}/{action}", data=fields)

    assert answer.status_code in (303, 403)
    now = read(session, chief)
    assert (now.email, now.is_disabled, logins(session, chief)) == ("chief@example.org", False, 1)
    assert open_tokens(session, chief) == 0
    assert outbox() == []
    with helper.session_transaction() as cookie:
        flashed = [text for _, text in cookie.get("_flashes", [])]
    assert answer.status_code == 403 or any("peut faire plus que vous" in text for text in flashed)


def test_a_disabled_account_of_who_may_do_more_is_not_opened(
    session: Session, helper: Client
) -> None:
    chief = PCeenFactory(nom="Chief", slugs=["gri"], disabled_at=clock.now())

    helper.post(f"/gris/pceens/{chief.id}/enable")

    assert read(session, chief).is_disabled


def test_who_holds_as_much_may(session: Session, login: Login) -> None:
    helper = login(PCeenFactory(can=[(T.write, S.pceen), (T.all, S.bar)]))
    barman = PCeenFactory(nom="Barman", can=[(T.read, S.bar)])

    helper.submit(f"/gris/pceens/{barman.id}/edit", **typed(barman, email="new@example.org"))

    assert read(session, barman).email == "new@example.org"


def test_a_right_on_one_element_does_not_cover_one_on_all(session: Session, login: Login) -> None:
    other = PCeenFactory(nom="Other")
    helper = login(PCeenFactory(can=[(T.write, S.pceen), (T.write, S.role, 3)]))
    chief = PCeenFactory(nom="Chief", can=[(T.write, S.role)])

    helper.submit(
        f"/gris/pceens/{chief.id}/edit", status=403, **typed(chief, email="new@example.org")
    )
    helper.submit(f"/gris/pceens/{other.id}/edit", **typed(other, email="new@example.org"))

    assert read(session, other).email == "new@example.org"


def test_names_of_anybody_are_corrected_without_reaching_their_account(
    session: Session, helper: Client
) -> None:
    chief = PCeenFactory(nom="Chief", slugs=["gri"])

    helper.submit(f"/gris/pceens/{chief.id}/edit", **typed(chief, nom="Chef"))

    assert read(session, chief).nom == "Chef"


def test_the_page_offers_only_what_may_be_done(session: Session, helper: Client) -> None:
    chief, curie = PCeenFactory(slugs=["gri"]), PCeenFactory()

    out_of_reach = helper.open_page(f"/gris/pceens/{chief.id}")
    within_reach = helper.open_page(f"/gris/pceens/{curie.id}")

    assert "seul un GRI ouvre ou ferme son compte" in out_of_reach.text("main")
    assert not out_of_reach.html.select('form[action$="/invite"]')
    assert within_reach.html.select('form[action$="/invite"]')


# Links


def test_who_never_came_gets_an_invitation_which_cancels_the_former(
    session: Session, gri: Client, outbox: Outbox
) -> None:
    curie = PCeenFactory(activated=False, password_hash=None)

    gri.submit(f"/gris/pceens/{curie.id}/invite")
    page = gri.submit(f"/gris/pceens/{curie.id}/invite")

    assert [type(mail) for mail in outbox()] == [mails.Invitation] * 2
    assert open_tokens(session, curie) == 1
    assert f"Un lien part à {curie.email}, pour {curie.full_name}." in page.flashes
    assert len(events(session, curie, "account.invitation.send")) == 2


def test_who_came_gets_a_new_password_three_times_an_hour(
    session: Session, gri: Client, outbox: Outbox
) -> None:
    curie = PCeenFactory(nom="Curie")

    for _ in range(4):
        page = gri.submit(f"/gris/pceens/{curie.id}/invite")

    assert [type(mail) for mail in outbox()] == [mails.ResetPassword] * 3
    assert "a déjà reçu 3 liens depuis une heure" in page.flashes[0]


def test_no_link_leaves_for_a_disabled_account_nor_without_an_address(
    session: Session, gri: Client, outbox: Outbox
) -> None:
    disabled = PCeenFactory(disabled_at=clock.now())
    without = PCeenFactory(email=None)

    for pceen in (disabled, without):
        gri.submit(f"/gris/pceens/{pceen.id}/invite")

    assert outbox() == []


@pytest.mark.parametrize(("days", "seconds", "status"), [(13, 0, 200), (14, 1, 404)])
def test_an_invitation_is_good_for_fourteen_days(
    session: Session, gri: Client, outbox: Outbox, days: int, seconds: int, status: int
) -> None:
    curie = PCeenFactory(activated=False, password_hash=None)
    gri.submit(f"/gris/pceens/{curie.id}/invite")
    (mail,) = outbox()
    assert isinstance(mail, mails.Invitation)
    gri.post("/logout")

    with time_machine.travel(clock.now() + timedelta(days=days, seconds=seconds)):
        assert gri.get(f"/invitation/{mail.secret}").status_code == status


# Disabling, enabling


def test_disabling_ends_all_and_tells_why(session: Session, gri: Client, outbox: Outbox) -> None:
    curie = PCeenFactory(nom="Curie", slugs=["rezident"])
    begin(session, curie)
    links.make(session, pceen=curie, purpose=TokenPurpose.reset_password, secret="x")
    session.commit()

    gri.submit(f"/gris/pceens/{curie.id}/disable", reason="Partage de compte")

    now = read(session, curie)
    assert now.is_disabled
    assert (now.disabled_reason, now.disabled_by.full_name) == ("Partage de compte", "Ada Lovelace")
    assert logins(session, curie) == open_tokens(session, curie) == 0
    mail, refresh = outbox()
    assert isinstance(mail, mails.AccountDisabled)
    assert (mail.to, mail.reason) == (curie.email, "Partage de compte")
    assert isinstance(refresh, RefreshNetwork)
    (event,) = events(session, curie, "account.pceen.disable")
    assert event.reason == "Partage de compte"


def test_a_copied_cookie_is_worth_nothing_once_disabled(
    session: Session, app: Flask, login: Login
) -> None:
    curie = PCeenFactory(nom="Curie")
    secret = begin(session, curie).secret
    gri = login(PCeenFactory(slugs=["gri"]))
    gri.submit(f"/gris/pceens/{curie.id}/disable", reason="test")

    replay = app.test_client()
    with replay.session_transaction() as cookie:
        cookie["_user_id"] = secret

    assert replay.get("/profile/").status_code == 302


@pytest.mark.parametrize("reason", ["", "   ", "x" * 256, "a\x00b", "a\u202eb"])
def test_a_reason_is_needed(session: Session, gri: Client, reason: str) -> None:
    curie = PCeenFactory(nom="Curie")

    gri.submit(f"/gris/pceens/{curie.id}/disable", status=422, reason=reason)

    assert not read(session, curie).is_disabled


def test_enabling_gives_all_back_but_the_log_ins(
    session: Session, gri: Client, outbox: Outbox
) -> None:
    curie = PCeenFactory(disabled_at=clock.now(), disabled_reason="test")

    gri.submit(f"/gris/pceens/{curie.id}/enable")
    again = gri.submit(f"/gris/pceens/{curie.id}/enable")

    now = read(session, curie)
    assert (now.disabled_at, now.disabled_reason, now.disabled_by_id) == (None, None, None)
    assert [type(effect) for effect in outbox()] == [mails.AccountEnabled, RefreshNetwork]
    assert "n'est pas désactivé" in again.flashes[0]


def test_nobody_disables_themselves(session: Session, login: Login) -> None:
    PCeenFactory(slugs=["gri"])
    me = PCeenFactory(slugs=["gri"])
    browser = login(me)

    page = browser.submit(f"/gris/pceens/{me.id}/disable", status=409, reason="test")

    assert "Personne ne désactive son propre compte." in page.text("main")
    assert not read(session, me).is_disabled


def test_two_gris_who_disable_each_other_leave_one(shared: Flask) -> None:
    with shared.app_context():
        session = db.session()
        role = session.scalars(sa.select(Role).where(Role.slug == "gri")).one()
        ids = []
        for name in ("Ada", "Zoe"):
            pceen = PCeen(prenom=name, nom=name, username=name.lower(), roles=[role])
            session.add(pceen)
            session.flush()
            ids.append(pceen.id)
        session.commit()
        db.session.remove()

    def disable(pair: tuple[int, int]) -> str:
        with shared.app_context():
            try:
                with transaction(db.session()) as session:
                    service.disable(
                        session,
                        pceen=session.get_one(PCeen, pair[0]),
                        reason="test",
                        actor=session.get_one(PCeen, pair[1]),
                    )
            except (DomainError, sa.exc.OperationalError) as refusal:
                return type(refusal).__name__
            finally:
                db.session.remove()
            return "done"

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(disable, [(ids[0], ids[1]), (ids[1], ids[0])]))

    with shared.app_context():
        left = sa.select(sa.func.count()).where(PCeen.disabled_at.is_(None))
        assert db.session.execute(left).scalar_one() >= 1
        db.session.remove()


def test_a_disabled_person_leaves_the_network(session: Session, gri: Client) -> None:
    curie = PCeenFactory(slugs=["rezident"])
    RentalFactory(room_num=312, pceen=curie)
    DeviceFactory(pceen=curie)
    gri.submit(f"/gris/pceens/{curie.id}/disable", reason="test")
    with gri.application.app_context():
        assert network.hosts(session, installation.plan()) == []


# Sessions


def test_the_log_ins_of_someone_are_listed_and_ended(session: Session, gri: Client) -> None:
    curie = PCeenFactory(nom="Curie")
    first, _second = begin(session, curie), begin(session, curie)

    page = gri.open_page(f"/gris/pceens/{curie.id}/history")
    assert len(page.html.select("#sessions tbody tr")) == 2
    gri.submit(f"/gris/pceens/{curie.id}/sessions/{first.id}/end")
    assert logins(session, curie) == 1
    gri.submit(f"/gris/pceens/{curie.id}/sessions/end")
    assert logins(session, curie) == 0


def test_a_log_in_is_ended_from_the_page_of_its_person_only(session: Session, gri: Client) -> None:
    curie, joliot = PCeenFactory(), PCeenFactory()
    login = begin(session, joliot)

    assert gri.post(f"/gris/pceens/{curie.id}/sessions/{login.id}/end").status_code == 404
    assert logins(session, joliot) == 1


def test_one_stays_logged_in_when_one_ends_one_s_own_log_ins(
    session: Session, login: Login
) -> None:
    me = PCeenFactory(slugs=["gri"])
    browser = login(me)
    begin(session, me)

    browser.submit(f"/gris/pceens/{me.id}/sessions/end")

    assert logins(session, me) == 1
    assert browser.get("/profile/").status_code == 200


# The page


def test_names_alike_are_told(session: Session, gri: Client) -> None:
    curie = PCeenFactory(prenom="Marie", nom="Curie", promo=140)
    other = PCeenFactory(prenom="MARIE", nom="curie", promo=None)
    PCeenFactory(prenom="Irène", nom="Curie")

    page = gri.open_page(f"/gris/pceens/{curie.id}")

    assert page.texts(".notice-title") == ["Une autre personne porte ce nom."]
    assert page.html.select(f'.notice a[href="/gris/pceens/{other.id}"]')


def test_history_tells_mails_by_their_subject_and_never_what_they_hold(
    session: Session, gri: Client
) -> None:
    curie = PCeenFactory(activated=False, password_hash=None)
    gri.submit(f"/gris/pceens/{curie.id}/invite")
    entry = session.scalars(sa.select(OutboxEntry)).one()

    page = gri.open_page(f"/gris/pceens/{curie.id}/history")

    assert page.texts("#mails td.headline") == ["Votre compte vous attend"]
    assert entry.payload["secret"] not in str(page.html)
    assert "Invitation envoyée" in page.texts("#audit td.headline")


def test_history_tells_what_was_done_to_what_is_theirs(session: Session, gri: Client) -> None:
    curie = PCeenFactory(slugs=["rezident"])
    gri.submit(
        f"/gris/pceens/{curie.id}/rentals",
        room="312",
        start=clock.today().isoformat(),
        reason="test",
    )

    page = gri.open_page(f"/gris/pceens/{curie.id}/history")

    assert "Chambre prise" in page.texts("#audit td.headline")
    said = page.text("#audit table")
    assert "chambre : 312" in said
    assert f"{clock.today():%Y}" in said
    assert clock.today().isoformat() not in said


def test_markup_in_names_and_reasons_is_inert(session: Session, gri: Client) -> None:
    curie = PCeenFactory(prenom=HOSTILE, nom=HOSTILE, roles=[RoleFactory.build(name=HOSTILE)])
    PCeenFactory(prenom=HOSTILE, nom=HOSTILE)
    gri.submit(f"/gris/pceens/{curie.id}/disable", reason=HOSTILE)

    for path in ("", "/history", "/edit", "/disable"):
        page = gri.open_page(f"/gris/pceens/{curie.id}{path}")
        assert HOSTILE in page.text("main")
        assert not page.html.select('img[src="x"]')
    assert not gri.open_page(f"/gris/pceens/all?q={quote(HOSTILE)}").html.select('img[src="x"]')


def test_the_page_and_its_history_take_few_statements(
    session: Session, login: Login, queries: list[str]
) -> None:
    curie = RentalFactory(
        room_num=312, pceen=PCeenFactory(slugs=["rezident", "eleve", "bekk"])
    ).pceen
    DeviceFactory(pceen=curie)
    gri = login(PCeenFactory(slugs=["gri"]))
    key = curie.id
    for path, most in (("", 13), ("/history", 12)):
        gri.open_page(f"/gris/pceens/{key}{path}")
        queries.clear()
        gri.open_page(f"/gris/pceens/{key}{path}")
        assert len(queries) <= most


# Several at once


HERE = "/gris/pceens/all?q=curie&sort=nom"


def select(
    gri: Client, action: str, people: list[PCeen], status: int = 200, **fields: object
) -> Page:
    """Press a button under the list, with these people ticked."""
    keys = [pceen.id for pceen in people]
    return gri.submit(f"/gris/pceens/selected/{action}", status=status, p=keys, next=HERE, **fields)


def test_what_is_done_to_several_is_shown_first_with_names_and_their_number(
    session: Session, gri: Client, outbox: Outbox
) -> None:
    people = [PCeenFactory(prenom=name, nom="Curie") for name in ("Marie", "Irène", HOSTILE)]

    page = select(gri, "invite", people)

    assert page.text("legend") == "3 personnes"
    assert "Marie Curie" in page.text("fieldset")
    assert not page.html.select('img[src="x"]')
    assert len(page.html.select("input[name=p][checked]")) == 3
    assert outbox() == []


def test_several_are_invited_and_the_list_comes_back_with_its_filters(
    session: Session, gri: Client, outbox: Outbox
) -> None:
    people = [PCeenFactory(nom=f"Curie {n}") for n in range(3)]

    keys = [pceen.id for pceen in people]
    data = {"p": keys, "next": HERE, "confirmed": "yes"}
    answer = gri.post("/gris/pceens/selected/invite", data=data)

    assert (answer.status_code, answer.location) == (303, HERE)
    assert len(outbox()) == 3


def test_if_one_is_refused_nothing_is_done_and_it_is_said_of_whom(
    session: Session, gri: Client, outbox: Outbox
) -> None:
    people = [PCeenFactory(nom="Curie"), PCeenFactory(nom="Nomad", email=None)]

    page = select(gri, "invite", people, status=409, confirmed="yes")

    assert outbox() == []
    assert "Rien n'a été fait" in page.text(".error-summary")
    assert [box["value"] for box in page.html.select("input[name=p][checked]")] == [
        str(people[0].id)
    ]
    assert "n'a pas d'adresse" in page.text("fieldset .field-errors")


def test_several_accounts_are_disabled_but_never_one_s_own(
    session: Session, login: Login, outbox: Outbox
) -> None:
    PCeenFactory(slugs=["gri"])
    me = PCeenFactory(slugs=["gri"])
    gri = login(me)
    people = [PCeenFactory(nom=f"Curie {n}") for n in range(2)]

    select(gri, "disable", [*people, me], status=409, confirmed="yes", reason="test")
    assert not any(read(session, one).is_disabled for one in [*people, me])
    assert outbox() == []
    select(gri, "disable", people, status=422, confirmed="yes", reason="")
    page = select(gri, "disable", people, confirmed="yes", reason="test")

    assert all(read(session, one).is_disabled for one in people)
    assert "2 comptes sont désactivés." in page.flashes


def test_all_the_gris_at_once_are_not_disabled(session: Session, login: Login) -> None:
    me, other = PCeenFactory(slugs=["gri"]), PCeenFactory(slugs=["gri"])
    gri = login(me)

    select(gri, "disable", [me, other], status=409, confirmed="yes", reason="test")

    assert not read(session, other).is_disabled


def test_the_log_ins_of_several_end(session: Session, gri: Client) -> None:
    people = [PCeenFactory(), PCeenFactory()]
    for pceen in people:
        begin(session, pceen)

    select(gri, "end_sessions", people, confirmed="yes")

    assert [logins(session, pceen) for pceen in people] == [0, 0]


def test_a_role_is_given_to_several_then_taken(session: Session, gri: Client) -> None:
    people, role = [PCeenFactory(), PCeenFactory()], system_role("eleve")

    select(gri, "give_role", people, confirmed="yes", role=role.id)
    assert all(role in read(session, one).roles for one in people)
    again = select(gri, "give_role", people, status=409, confirmed="yes", role=role.id)
    assert len(again.html.select("fieldset .field-errors")) == 2
    select(gri, "take_role", people, confirmed="yes", role=role.id)

    assert not any(read(session, one).roles for one in people)


def test_a_role_that_one_may_not_give_is_given_to_nobody(session: Session, login: Login) -> None:
    curie, role = PCeenFactory(), system_role("admin")
    some = login(PCeenFactory(can=[(T.write, S.pceen), (T.write, S.role)]))

    select(some, "give_role", [curie], status=422, confirmed="yes", role=role.id)

    assert (
        session.execute(sa.select(pceen_role).where(pceen_role.c.pceen_id == curie.id)).all() == []
    )


def test_the_role_of_gris_takes_a_proof(session: Session, gri: Client) -> None:
    curie, role = PCeenFactory(), system_role("gri")

    answer = gri.post(
        "/gris/pceens/selected/give_role",
        data={"p": [curie.id], "confirmed": "yes", "role": role.id},
    )

    assert (answer.status_code, answer.location.partition("?")[0]) == (303, "/reauth")
    assert read(session, curie).roles == []


@pytest.mark.parametrize("sent", [[], ["x"], ["²"], ["-1"], ["9" * 30], ["999999"]])
def test_nobody_ticked_is_said_and_the_list_comes_back(
    session: Session, gri: Client, sent: list[str]
) -> None:
    headers = {"Referer": f"http://localhost{HERE}"}

    answer = gri.post("/gris/pceens/selected/invite", data={"p": sent}, headers=headers)

    assert (answer.status_code, answer.location) == (303, HERE)


@pytest.mark.parametrize("action", ["invite", "end_sessions", "disable", "give_role", "take_role"])
def test_what_is_done_to_several_is_for_who_may_and_by_post(
    session: Session, login: Login, action: str
) -> None:
    url = f"/gris/pceens/selected/{action}"
    stranger = login(PCeenFactory(can=[(T.read, S.pceen)]))

    assert stranger.post(url, data={"p": [1]}).status_code == 403
    assert stranger.get(url).status_code in (404, 405)


def test_a_foreign_next_is_not_followed(session: Session, gri: Client) -> None:
    curie = PCeenFactory()

    answer = gri.post(f"/gris/pceens/{curie.id}/sessions/end", data={"next": "//evil.example/x"})

    assert answer.location == f"/gris/pceens/{curie.id}"


def test_an_action_of_a_row_comes_back_to_the_list_with_its_filters(
    session: Session, gri: Client
) -> None:
    curie = PCeenFactory(nom="Curie")

    for action in ("invite", "sessions/end"):
        answer = gri.post(f"/gris/pceens/{curie.id}/{action}", data={"next": HERE})
        assert answer.location == HERE
    answer = gri.post(f"/gris/pceens/{curie.id}/disable", data={"next": HERE, "reason": "x"})
    assert answer.location == HERE


# Permission on one element, given by hand


def test_a_permission_on_something_that_is_no_more_puts_nobody_out_of_reach(
    session: Session, helper: Client
) -> None:
    role = RoleFactory(permissions=[permission(T.write, S.pceen, 987_654)])
    curie = PCeenFactory(roles=[role])

    helper.submit(f"/gris/pceens/{curie.id}/edit", **typed(curie, email="new@example.org"))

    assert read(session, curie).email == "new@example.org"
