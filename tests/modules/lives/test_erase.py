"""Forgetting someone (network-a 3.11)."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from sqlalchemy.orm import Session

from app.core import clock, passwords
from app.core.errors import DomainError
from app.core.transaction import transaction
from app.enums import (
    Account,
    EntryKind,
    EventSource,
    PaymentStatus,
    PaymentType,
    PermissionScope as S,
    PermissionType as T,
)
from app.extensions import db
from app.models import (
    AuditEvent,
    Base,
    Device,
    JournalEntry,
    LoginSession,
    MergedAccount,
    Payment,
    PaymentEvent,
    PCeen,
    Permission,
    RecoveryCode,
    RoomClaim,
    SamlSeen,
    SsoLink,
    Subscription,
    TaskRun,
)
from app.models.personal import CARE
from app.modules.account import queries as accounts
from app.modules.account.errors import AccountErased, ErasureAsked, WrongCredentials
from app.modules.account.service import lives, sessions
from app.modules.gris.errors import LastGri, NotWithinReach
from app.modules.gris.service import roles
from app.modules.intrarez.effects import RefreshNetwork
from app.modules.lives.errors import ErasureAskedAlready, ErasureNotAsked, FromTheProfile
from app.modules.lives.mails import ErasureBegun, ErasureCancelled
from app.modules.lives.rules import Words
from app.modules.lives.service import erase as service, retention
from app.modules.lives.service.exports import Asked
from app.modules.lives.service.parts import Parts
from tests.client import Client
from tests.conftest import Login, Outbox
from tests.factories import PaymentFactory, PCeenFactory, RentalFactory, system_role
from tests.modules.lives.conftest import Proved
from tests.modules.lives.people import DAY, HERS, settle, somebody, spelled

WAITS = service.WAITS
HELD = {name for name, care in CARE.items() if care.hold}


def dump(session: Session, *, but: set[str] = HELD) -> str:
    """All that the database holds, as text, outside of the tables under hold."""
    session.expire_all()
    lines = []
    for name, table in sorted(Base.metadata.tables.items()):
        if name not in but:
            lines += [f"{name}: {tuple(row)}" for row in session.execute(sa.select(table))]
    return "\n".join(lines)


#: What tells of her, in small letters.
TELLING = [
    *("wxyzkvist", "zéphyrine", "zephyrine", HERS.username, HERS.email, HERS.espci_email or ""),
    *(HERS.subject or "", HERS.address, *spelled(HERS.mac), *spelled(HERS.former_mac)),
]


def ask(session: Session, pceen: PCeen, parts: Parts, by: PCeen | None = None) -> None:
    with transaction(session):
        service.ask(session, pceen=pceen, asked=Asked(by=by, reason="why"), parts=parts)


def erase(session: Session, pceen: PCeen, parts: Parts) -> None:
    with transaction(session):
        service.erase(session, pceen=pceen, parts=parts)


def test_nothing_is_left_of_who_she_was_but_what_the_law_asks(
    session: Session, parts: Parts, gri: PCeen
) -> None:
    her = somebody()
    settle(session, her, gri)
    before = dump(session).lower()
    assert [word for word in TELLING if word not in before] == [], "write them too"
    money = session.execute(sa.select(sa.func.sum(Payment.amount_cents))).scalar()

    erase(session, her, parts)

    after = dump(session).lower()
    found = [line for line in after.splitlines() if any(word in line for word in TELLING)]
    assert found == []
    assert (her.full_name, her.username) == ("Anonyme PCéen", f"anonyme{her.id}")
    assert her.is_erased
    assert her.is_disabled
    assert session.execute(sa.select(sa.func.sum(Payment.amount_cents))).scalar() == money
    kept = sa.select(sa.func.count()).where(Subscription.pceen_id == her.id)
    assert session.execute(kept).scalar_one() == 2
    held = dump(session, but=set(Base.metadata.tables) - HELD)
    assert HERS.mac in held  # who had which address: for a year
    # others are still who they were
    assert gri.nom in after or gri.nom.lower() in after
    assert "une voisine" in after


def test_the_rows_that_name_her_no_more_are_whole(
    session: Session, parts: Parts, gri: PCeen
) -> None:
    her = somebody()
    settle(session, her, gri)
    helper = PCeenFactory(can=[(T.write, S.pceen, her.id)])

    erase(session, her, parts)

    session.expire_all()
    run = session.scalars(sa.select(TaskRun).where(TaskRun.task == "accounts.export")).one()
    assert run.params == {"person": her.id, "why": "…"}
    about = sa.select(Permission).where(Permission.scope == S.pceen)
    assert session.scalars(about.where(Permission.ref_id.is_not(None))).all() == []
    assert not helper.has_permission(T.write, S.pceen, her)
    assert session.scalars(sa.select(Device).where(Device.pceen_id == her.id)).all() == []
    claims = sa.select(RoomClaim.status).where(RoomClaim.pceen_id == her.id)
    assert session.scalars(claims).all() == ["withdrawn"]


@pytest.mark.once
@pytest.mark.parametrize(
    ("text", "without"),
    [
        ("Zoé Li a écrit", "… a écrit"),
        ("LI  ZOÉ", "…"),
        ("le client li et li3", "le client … et li3"),
        ("li@example.org, autreli@example.org", "…, autreli@example.org"),
        ("3C-22-FB-00-00-01 et 3c22fb000001", "… et …"),
        ("3c22.fb00.0001", "…"),
        ("Zoé Lind", "Zoé Lind"),
        ({"a": ["LI", 7, None]}, {"a": ["…", 7, None]}),
        (None, None),
    ],
)
def test_words_are_whole_words(text: object, without: object) -> None:
    words = Words(names=("Zoé", "Li"), words=["li", "li@example.org"], macs=["3c:22:fb:00:00:01"])

    assert words.without(text) == without
    assert words.are_in(text) is (text != without)


# Asking


def test_one_asks_types_ones_username_and_is_told(
    session: Session, proved: Proved, outbox: Outbox
) -> None:
    ada = PCeenFactory(prenom="Ada")
    browser = proved(ada)

    assert "Ce qui disparaît" in browser.get("/profile/erase").text
    assert browser.post("/profile/erase", data={"confirm": "other"}).status_code == 422
    answer = browser.post("/profile/erase", data={"confirm": ada.username})

    assert (answer.status_code, answer.location) == (303, "/auth_needed")
    session.expire_all()
    assert ada.erasure_requested_at is not None
    assert ada.disabled_reason == service.ASKED
    assert (
        session.scalars(sa.select(LoginSession).where(LoginSession.pceen_id == ada.id)).all() == []
    )
    mails = [one for one in outbox() if isinstance(one, ErasureBegun)]
    day = clock.day_of(ada.erasure_requested_at + WAITS).isoformat()
    assert [(mail.to, mail.on, mail.by_gri) for mail in mails] == [(ada.email, day, False)]
    assert RefreshNetwork() in outbox()
    assert browser.get("/profile/").status_code == 302


def test_it_takes_a_recent_proof(session: Session, login: Login) -> None:
    ada = PCeenFactory()

    answer = login(ada).post("/profile/erase", data={"confirm": ada.username})

    assert (answer.status_code, answer.location) == (303, "/reauth?next=/profile/erase")
    session.expire_all()
    assert ada.erasure_requested_at is None


def test_what_is_left_to_settle_is_listed(session: Session, proved: Proved, parts: Parts) -> None:
    ada = RentalFactory(room_num=216).pceen
    waiting = PaymentFactory(pceen=ada)
    browser = proved(ada)

    page = browser.get("/profile/erase")
    refused = browser.post("/profile/erase", data={"confirm": ada.username})

    for text in (page.text, refused.text):
        assert "la chambre 216 est encore louée" in text
        assert f"le paiement nº {waiting.id} attend encore" in text
    assert refused.status_code == 409
    session.expire_all()
    assert not ada.is_disabled


def test_the_last_gri_stays(session: Session, parts: Parts) -> None:
    last = PCeenFactory(slugs=["gri"])

    with pytest.raises(DomainError, match="NotSettled"):
        ask(session, last, parts)
    PCeenFactory(slugs=["gri"])
    ask(session, last, parts)
    assert LastGri.status == 409


def test_a_gri_asks_for_someone_and_may_cancel(
    session: Session, gri: PCeen, proved: Proved, outbox: Outbox
) -> None:
    ada, browser = PCeenFactory(prenom="Ada"), proved(gri)
    path = f"/gris/pceens/{ada.id}/erase"
    data = {"reason": "Demandé par courrier", "confirm": ada.username}

    assert browser.post(path, data={**data, "confirm": "x"}).status_code == 422
    assert browser.post(path, data={**data, "reason": ""}).status_code == 422
    assert browser.post(path, data=data).location == f"/gris/pceens/{ada.id}"
    assert "Sera effacé le" in browser.get(f"/gris/pceens/{ada.id}").text
    assert browser.post(path, data=data).status_code == 409  # already
    assert browser.post(f"/gris/pceens/{ada.id}/enable", follow_redirects=True).status_code == 200
    session.expire_all()
    assert ada.is_disabled  # one cancels, rather
    assert browser.post(f"{path}/cancel").status_code == 303

    session.expire_all()
    assert (ada.erasure_requested_at, ada.disabled_at) == (None, None)
    assert [one for one in outbox() if isinstance(one, ErasureCancelled)]
    event = session.scalars(sa.select(AuditEvent).where(AuditEvent.action == "account.erasure.ask"))
    assert event.one().reason == "Demandé par courrier"
    twice = browser.post(f"{path}/cancel", follow_redirects=True)
    assert "pas demandé" in twice.text


def test_an_account_that_a_gri_closed_stays_closed(session: Session, parts: Parts) -> None:
    ada = PCeenFactory(disabled_at=clock.now(), disabled_reason="Vol")
    ask(session, ada, parts)

    with transaction(session):
        service.cancel(session, pceen=ada)

    assert (ada.is_disabled, ada.disabled_reason) == (True, "Vol")


def test_nobody_asks_for_oneself_there_nor_for_who_may_do_more(
    session: Session, parts: Parts, gri: PCeen, proved: Proved
) -> None:
    helper = PCeenFactory(can=[(T.write, S.pceen)])

    with pytest.raises(FromTheProfile):
        ask(session, gri, parts, by=gri)
    with pytest.raises(NotWithinReach):
        ask(session, gri, parts, by=helper)
    page = proved(gri).get(f"/gris/pceens/{gri.id}/erase")
    assert page.status_code == 409
    with pytest.raises(ErasureNotAsked), transaction(session):
        service.cancel(session, pceen=gri)
    ask(session, helper, parts)
    with pytest.raises(ErasureAskedAlready):
        ask(session, helper, parts)
    with pytest.raises(ErasureAsked), transaction(session):
        lives.enable(session, pceen=helper)


# Two weeks later


def test_it_is_done_after_two_weeks_one_failure_stops_nobody(
    app: Flask, session: Session, parts: Parts
) -> None:
    first, stuck, third, late, kept = (PCeenFactory() for _ in range(5))
    for pceen in (first, stuck, third):
        ask(session, pceen, parts)
    ask(session, kept, parts)
    with transaction(session):
        service.cancel(session, pceen=kept)
    PaymentFactory(pceen=stuck)
    with time_machine.travel(clock.now() + timedelta(days=1)):
        ask(session, late, parts)

    with time_machine.travel(clock.now() + WAITS - timedelta(minutes=1)):
        assert service.erase_due(session, parts=parts) == []
    with time_machine.travel(clock.now() + WAITS + timedelta(minutes=1)), app.app_context():
        told: list[object] = []
        found = service.erase_due(session, parts=parts, tell=told.append)

    assert [one.pceen_id for one in found] == [first.id, stuck.id, third.id]
    assert [one.error is None for one in found] == [True, False, True]
    assert told == found
    session.expire_all()
    everyone = (first, stuck, third, late, kept)
    assert [one.is_erased for one in everyone] == [True, False, True, False, False]


def test_an_erased_account_is_nobodys(
    session: Session, parts: Parts, gri: PCeen, proved: Proved, client: Client
) -> None:
    ada = PCeenFactory(
        prenom="Ada", nom="Byron", promo=140, password_hash=passwords.hashed("a long password")
    )
    email, username = ada.email, ada.username
    erase(session, ada, parts)
    browser = proved(gri)

    for name in (email, username, ada.username):
        with pytest.raises(WrongCredentials):
            sessions.recognise(session, name=str(name), password="a long password")
    for prenom, nom in (("Ada", "Byron"), ("Anonyme", "PCéen"), ("", "")):
        assert accounts.namesakes(session, prenom=prenom, nom=nom, promo=140) == []
    client.post("/reset_password_request", data={"email": email})
    for act in (
        lambda: lives.enable(session, pceen=ada),
        lambda: roles.give(session, pceen=ada, role=system_role("eleve"), actor=gri),
    ):
        with pytest.raises(AccountErased):
            act()
    page = f"/gris/pceens/{ada.id}"
    assert "Anonyme PCéen" in browser.get(page).text
    posts: list[tuple[str, dict[str, str]]] = [
        ("enable", {}),
        ("invite", {}),
        ("edit", {"prenom": "Ada", "nom": "B", "version": str(ada.version)}),
        ("doas", {"reason": "pour voir"}),
        ("export", {"reason": "x"}),
        ("erase", {"reason": "x", "confirm": ada.username}),
    ]
    for verb, data in posts:
        answer = browser.post(f"{page}/{verb}", data=data)
        assert answer.status_code in (303, 409), verb
    session.expire_all()
    assert (ada.full_name, ada.email, ada.erased_at is None) == ("Anonyme PCéen", None, False)
    shown = browser.get(f"/gris/pceens/all?q={ada.username}").text
    assert "Anonyme PCéen" in shown
    assert "Effacé" in shown
    # a new account of the same person is no match
    assert accounts.with_email(session, str(email)) is None
    with pytest.raises(ErasureNotAsked):
        erase(session, ada, parts)


def test_the_username_of_nobody_is_free(session: Session, parts: Parts) -> None:
    ada = PCeenFactory()
    PCeenFactory(username=f"anonyme{ada.id}")

    erase(session, ada, parts)

    assert ada.username == f"anonyme{ada.id}x"


# What is kept for a while


def test_what_is_too_old_is_forgotten(
    app: Flask, session: Session, exports_dir: object, tmp_path: object
) -> None:
    now, ada = clock.now(), PCeenFactory()
    ages: list[tuple[Callable[[object], Base], timedelta]] = [
        (
            lambda at: MergedAccount(
                kept_id=ada.id, absorbed_id=hash(at) % 10**6, merged_at=at, copy={"kept": {}}
            ),
            30 * DAY,
        ),
        (lambda at: RecoveryCode(pceen=ada, code_hash=str(at), used_at=at), 90 * DAY),
        (lambda at: SamlSeen(key=str(at), expires_at=at), timedelta(minutes=5)),
        (
            lambda at: SsoLink(
                browser_hash=str(at), identity={}, candidates=[], next="/", expires_at=at
            ),
            timedelta(minutes=5),
        ),
    ]
    for make, age in ages:
        session.add_all(
            [make(now - age - timedelta(seconds=9)), make(now - age + timedelta(1 / 999))]
        )
    session.commit()

    with app.app_context(), time_machine.travel(now, tick=False):
        retention.tidy(db.session(), directory=app.extensions["settings"].exports_dir)

    session.expire_all()
    copies = session.scalars(sa.select(MergedAccount.copy)).all()
    assert sorted(copy is None for copy in copies) == [False, True]
    for model in (RecoveryCode, SamlSeen, SsoLink):
        assert len(session.scalars(sa.select(model)).all()) == 1, model


def test_what_was_never_paid_is_forgotten_after_ten_years(
    app: Flask, session: Session, exports_dir: object
) -> None:
    old = {"created_at": clock.now() - timedelta(days=3654), "status": PaymentStatus.error}
    forgotten, recent = PaymentFactory(**old), PaymentFactory(status=PaymentStatus.error)
    booked, said = PaymentFactory(**old), PaymentFactory(**old)
    kinds = {"kind": EntryKind.payment, "debit": Account.lydia, "credit": Account.internet}
    entry = JournalEntry(day=clock.today(), amount_cents=400, payment=booked, **kinds)
    told = PaymentEvent(
        source=EventSource.poll, type=PaymentType.internet, payment=said, body="", outcome="x"
    )
    session.add_all([entry, told])
    session.commit()
    keys, gone = {recent.id, booked.id, said.id}, forgotten.id

    with app.app_context():
        retention.tidy(db.session(), directory=app.extensions["settings"].exports_dir)

    session.expire_all()
    assert set(session.scalars(sa.select(Payment.id))) == keys
    assert gone not in keys
