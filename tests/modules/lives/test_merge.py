"""Two accounts of one person become one (network-a 3.10)."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from app.core import clock
from app.core.errors import DomainError
from app.core.transaction import transaction
from app.enums import (
    BanKind,
    PaymentMethod,
    PaymentStatus,
    PermissionScope as S,
    PermissionType as T,
)
from app.models import (
    AuditEvent,
    Ban,
    Base,
    GriCard,
    JournalEntry,
    LoginSession,
    MergedAccount,
    Payment,
    PCeen,
    Permission,
    PhotoPerson,
    PhotoTag,
    Rental,
    Subscription,
    TaskRun,
)
from app.modules.account.errors import NoSuchPCeen
from app.modules.gris.errors import LastGri, NotWithinReach
from app.modules.gris.queries.person import events_about
from app.modules.intrarez import queries as network
from app.modules.intrarez.effects import RefreshNetwork
from app.modules.lives.errors import MergeRefused, SamePerson, SelfAbsorbed
from app.modules.lives.mails import AccountsMerged
from app.modules.lives.service import merge as service
from app.modules.lives.service.merge import Pair
from app.modules.lives.service.parts import Parts
from app.modules.operations.queries.audit import Wanted, page_of
from tests.conftest import Outbox
from tests.factories import (
    DeviceFactory,
    PaymentFactory,
    PCeenFactory,
    PhotoFactory,
    RentalFactory,
)
from tests.modules.lives.conftest import Proved
from tests.modules.lives.people import DAY, HERS, Traits, open_rental, settle, somebody
from tests.modules.lives.test_personal import references

OTHER = Traits(
    username="zwxyzkvi1",
    email="zephyrine@example.net",
    espci_email=None,
    subject=None,
    mac="3e:a7:5c:91:0d:f4",
    former_mac="3e:a7:5c:91:0d:f5",
    address="198.51.100.78",
    rank=8,
)


def merge(
    session: Session, kept: PCeen, absorbed: PCeen, parts: Parts, actor: PCeen | None = None
) -> MergedAccount:
    with transaction(session):
        pair = Pair(kept=kept, absorbed=absorbed)
        return service.merge(session, pair=pair, parts=parts, actor=actor)


def refused(session: Session, *people: PCeen, parts: Parts, actor: PCeen | None = None) -> str:
    """Why a merge is refused; nothing is done."""
    before = counts(session)
    with pytest.raises(DomainError) as refusal:
        merge(session, *people, parts=parts, actor=actor)
    assert counts(session) == before
    return f"{type(refusal.value).__name__}: {refusal.value.message}"


def counts(session: Session) -> dict[str, int]:
    return {
        name: session.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
        for name, table in Base.metadata.tables.items()
    }


def pointing_at(session: Session, key: int) -> dict[str, int]:
    """How many rows refer to an account, by reference."""
    found = {}
    for name, column in sorted(references()):
        stmt = sa.select(sa.func.count()).where(Base.metadata.tables[name].c[column] == key)
        found[f"{name}.{column}"] = session.execute(stmt).scalar_one()
    return found


def money(session: Session) -> dict[str, Any]:
    totals = sa.select(Payment.status, sa.func.count(), sa.func.sum(Payment.amount_cents))
    return {
        "payments": sorted(map(str, session.execute(totals.group_by(Payment.status)))),
        "journal": session.execute(sa.select(sa.func.sum(JournalEntry.amount_cents))).scalar(),
        "subscriptions": session.execute(sa.select(sa.func.count(Subscription.id))).scalar(),
    }


def test_nothing_is_left_of_an_account_that_had_one_of_everything(
    session: Session, parts: Parts, gri: PCeen, outbox: Outbox
) -> None:
    kept, absorbed = somebody(OTHER), somebody(HERS)
    settle(session, kept, gri, OTHER)
    settle(session, absorbed, gri)
    session.add(open_rental(absorbed, 101))
    session.commit()
    before, key = pointing_at(session, absorbed.id), absorbed.id
    total, roles = money(session), {role.id for one in (kept, absorbed) for role in one.roles}
    assert [name for name, count in before.items() if not count] == [], "fill them too"

    merged = merge(session, kept, absorbed, parts, actor=gri)

    session.expire_all()
    assert set(pointing_at(session, key).values()) == {0}
    assert session.get(PCeen, key) is None
    assert money(session) == total
    assert {role.id for role in kept.roles} == roles
    assert session.scalars(sa.select(Rental.open_pceen).where(Rental.room_num == 101)).one() == (
        kept.id
    )
    assert (kept.espci_email, kept.sso_subject) == (HERS.espci_email, HERS.subject)
    assert kept.espci_sso_enabled
    assert kept.email == OTHER.email
    assert kept.sub_state == "subscribed"
    assert merged.copy is not None
    assert merged.copy["absorbed"]["email"] == HERS.email
    assert "password_hash" not in merged.copy["absorbed"]
    assert (merged.absorbed_id, merged.merged_by_id) == (key, gri.id)
    sent = [one for one in outbox() if isinstance(one, AccountsMerged)]
    assert sorted(mail.to for mail in sent) == sorted([HERS.email, OTHER.email])
    assert RefreshNetwork() in outbox()


def test_what_an_account_cannot_have_twice_is_that_of_who_is_kept(
    session: Session, parts: Parts, gri: PCeen
) -> None:
    kept, absorbed = somebody(OTHER), somebody(HERS)
    settle(session, kept, gri, OTHER)
    settle(session, absorbed, gri)
    own = session.scalars(sa.select(GriCard.id).where(GriCard.pceen_id == kept.id)).one()

    merge(session, kept, absorbed, parts)

    session.expire_all()
    assert session.scalars(sa.select(GriCard.id).where(GriCard.pceen_id == kept.id)).all() == [own]
    welcomes = session.scalars(
        sa.select(Subscription)
        .where(Subscription.offer_slug == "_first", Subscription.pceen_id == kept.id)
        .order_by(Subscription.id)
    ).all()
    # both begin on one day: that of the absorbed account is given up
    assert [one.welcome_of for one in welcomes] == [kept.id, None]
    assert [one.revoked_at is None for one in welcomes] == [True, False]
    open_bans = session.scalars(
        sa.select(Ban).where(Ban.pceen_id == kept.id, Ban.open_key.is_not(None))
    ).all()
    assert [ban.open_key for ban in open_bans] == [f"{kept.id}:disciplinary"]


def test_permissions_and_tasks_about_the_account_are_about_the_other(
    session: Session, parts: Parts, gri: PCeen
) -> None:
    kept, absorbed = somebody(OTHER), somebody(HERS)
    settle(session, kept, gri, OTHER)
    settle(session, absorbed, gri)
    helper = PCeenFactory(can=[(T.read, S.pceen, absorbed.id), (T.write, S.pceen, absorbed.id)])
    key = absorbed.id

    merge(session, kept, absorbed, parts)

    session.expire_all()
    about = session.scalars(sa.select(Permission).where(Permission.scope == S.pceen)).all()
    assert key not in {one.ref_id for one in about}
    assert helper.has_permission(T.read, S.pceen, kept)
    assert helper.has_permission(T.write, S.pceen, kept)
    runs = session.scalars(sa.select(TaskRun).where(TaskRun.task == "accounts.export")).all()
    assert [run.params["person"] for run in runs] == [kept.id, kept.id]


def test_the_past_of_both_is_on_one_page(session: Session, parts: Parts, gri: PCeen) -> None:
    kept, absorbed = PCeenFactory(), PCeenFactory()
    key = absorbed.id
    session.add(AuditEvent(action="account.login.succeed", actor_id=key))
    session.add(
        JournalEntry(
            day=clock.today(), kind="move", debit="bank", credit="cash", amount_cents=1, by_id=key
        )
    )
    session.commit()

    merge(session, kept, absorbed, parts, actor=gri)

    session.expire_all()
    events = events_about(session, kept)
    assert [event.action for event in events] == ["account.pceen.merge", "account.login.succeed"]
    assert events[-1].actor_id == key
    assert events[-1].actor is kept
    found = page_of(session, Wanted(text=kept.username)).items
    assert [event.id for event in found] == [event.id for event in events]
    entry = session.scalars(sa.select(JournalEntry).where(JournalEntry.by_id == key)).one()
    assert entry.by is kept


def test_an_account_that_absorbed_another_may_be_absorbed(
    session: Session, parts: Parts, gri: PCeen
) -> None:
    first, second, third = (PCeenFactory() for _ in range(3))
    keys = [first.id, second.id]
    session.add(AuditEvent(action="account.login.succeed", actor_id=first.id))
    session.commit()

    merge(session, second, first, parts)
    merge(session, third, second, parts)

    rows = session.scalars(sa.select(MergedAccount).order_by(MergedAccount.id)).all()
    assert [(one.absorbed_id, one.kept_id) for one in rows] == [(key, third.id) for key in keys]
    assert "account.login.succeed" in {one.action for one in events_about(session, third)}


def test_empty_fields_are_filled(session: Session, parts: Parts) -> None:
    kept = PCeenFactory(promo=None, email=None, email_confirmed_at=None, locale=None)
    absorbed = PCeenFactory(promo=141, locale="en", password_hash="x")
    email = absorbed.email

    merge(session, kept, absorbed, parts)

    assert (kept.promo, kept.email, kept.locale, kept.password_hash) == (141, email, "en", "x")
    assert kept.email_confirmed_at is not None


def test_what_is_filled_already_is_kept(session: Session, parts: Parts) -> None:
    kept, absorbed = PCeenFactory(promo=140, password_hash="own"), PCeenFactory(promo=141)
    before = (kept.nom, kept.email, kept.username)

    merge(session, kept, absorbed, parts)

    assert (kept.nom, kept.email, kept.username) == before
    assert (kept.promo, kept.password_hash) == (140, "own")


def test_devices_have_an_address_in_the_room_of_who_is_kept(session: Session, parts: Parts) -> None:
    rental = RentalFactory(room_num=216)
    device = DeviceFactory()

    merge(session, rental.pceen, device.pceen, parts)

    session.expire_all()
    held = network.allocation(session, device)
    assert held is not None
    assert (held.room_num, device.pceen_id) == (216, rental.pceen_id)


@pytest.mark.parametrize(("own", "other", "left"), [(3, 9, 9), (9, 3, 9), (3, None, None)])
def test_the_longest_ban_of_a_kind_holds(
    session: Session, parts: Parts, own: int, other: int | None, left: int | None
) -> None:
    people, now = [PCeenFactory(), PCeenFactory()], clock.now()
    for pceen, days in zip(people, (own, other), strict=True):
        ends_at = None if days is None else now + timedelta(days=days)
        key = f"{pceen.id}:disciplinary"
        kind = BanKind.disciplinary
        session.add(Ban(pceen=pceen, kind=kind, reason="x", open_key=key, ends_at=ends_at))
    session.commit()

    merge(session, *people, parts)

    session.expire_all()
    ban = network.open_ban(session, people[0].id, BanKind.disciplinary)
    assert ban is not None
    assert ban.ends_at == (None if left is None else now + timedelta(days=left))


def test_two_rooms_are_one_too_many(session: Session, parts: Parts) -> None:
    kept, absorbed = RentalFactory(room_num=101).pceen, RentalFactory(room_num=102).pceen

    why = refused(session, kept, absorbed, parts=parts)

    assert why.startswith("MergeRefused")
    assert "101" in why
    assert "102" in why


def test_the_same_days_are_not_paid_twice(session: Session, parts: Parts) -> None:
    people = [PCeenFactory(), PCeenFactory()]
    for pceen in people:
        paid = PaymentFactory(
            pceen=pceen,
            status=PaymentStatus.manual,
            method=PaymentMethod.cash,
            payed_at=clock.now(),
        )
        start = clock.today()
        given = {"start": start, "end": start + 90 * DAY, "effective_start": start}
        session.add(Subscription(pceen=pceen, offer_slug="3months", payment=paid, **given))
    session.commit()

    assert "MergeRefused" in refused(session, *people, parts=parts)


def test_two_people_for_the_school_are_two_people(session: Session, parts: Parts) -> None:
    kept = PCeenFactory(sso_issuer="i", sso_subject="a")
    absorbed = PCeenFactory(sso_issuer="i", sso_subject="b")

    assert "MergeRefused" in refused(session, kept, absorbed, parts=parts)


@pytest.mark.parametrize("column", ["erased_at", "erasure_requested_at"])
@pytest.mark.parametrize("which", [0, 1])
def test_nobody_erased_is_merged(session: Session, parts: Parts, column: str, which: int) -> None:
    people = [PCeenFactory(), PCeenFactory()]
    setattr(people[which], column, clock.now())
    session.commit()

    assert "MergeRefused" in refused(session, *people, parts=parts)


def test_an_account_is_not_merged_with_itself_nor_by_who_would_disappear(
    session: Session, parts: Parts, gri: PCeen
) -> None:
    other = PCeenFactory()

    assert refused(session, other, other, parts=parts).startswith(SamePerson.__name__)
    why = refused(session, other, gri, parts=parts, actor=gri)
    assert why.startswith(SelfAbsorbed.__name__)


@pytest.mark.parametrize("order", [1, -1])
def test_nobody_merges_who_may_do_more(
    session: Session, parts: Parts, gri: PCeen, order: int
) -> None:
    helper = PCeenFactory(can=[(T.write, S.pceen)])
    people = [gri, PCeenFactory()][::order]

    why = refused(session, *people, parts=parts, actor=helper)

    assert why.startswith(NotWithinReach.__name__)


def test_there_is_always_a_gri(session: Session, parts: Parts) -> None:
    last = PCeenFactory(slugs=["gri"])
    closed = PCeenFactory(disabled_at=clock.now())

    assert refused(session, closed, last, parts=parts).startswith(LastGri.__name__)


def test_who_is_logged_in_no_longer_is(session: Session, parts: Parts, proved: Proved) -> None:
    kept, absorbed = PCeenFactory(), PCeenFactory()
    browser = proved(absorbed)
    assert browser.get("/profile/").status_code == 200

    merge(session, kept, absorbed, parts)

    assert browser.get("/profile/").status_code == 302
    assert session.scalars(sa.select(LoginSession)).all() == []


# The pages


def test_a_gri_sees_what_moves_then_confirms(
    session: Session, gri: PCeen, proved: Proved, app: Flask
) -> None:
    kept, absorbed = somebody(OTHER), somebody(HERS)
    other_gri = PCeenFactory(slugs=["gri"])
    settle(session, kept, other_gri, OTHER)
    settle(session, absorbed, other_gri)
    browser = proved(gri)
    path, key = f"/gris/pceens/{kept.id}/merge", absorbed.id

    choose = browser.get(path)
    assert HERS.username in choose.text  # of the same name
    shown = browser.get(f"{path}?other={HERS.username}")
    assert "Suspensions" in shown.text
    assert HERS.espci_email in shown.text
    wrong = browser.post(path, data={"other": str(key), "confirm": OTHER.username})
    assert wrong.status_code == 422
    assert session.get(PCeen, key) is not None
    done = browser.post(path, data={"other": str(key), "confirm": HERS.username})

    assert (done.status_code, done.location) == (303, f"/gris/pceens/{kept.id}")
    session.expire_all()
    assert session.get(PCeen, key) is None
    assert "est réuni à" in browser.get(done.location).text


def test_a_merge_takes_a_recent_proof(session: Session, gri: PCeen, login: Any) -> None:
    kept, absorbed = PCeenFactory(), PCeenFactory()
    data = {"other": str(absorbed.id), "confirm": absorbed.username}

    answer = login(gri).post(f"/gris/pceens/{kept.id}/merge", data=data)

    assert answer.status_code == 303
    assert answer.location.startswith("/reauth?next=/gris/pceens/")
    assert session.get(PCeen, absorbed.id) is not None


def test_the_account_that_is_kept_is_chosen_first(gri: PCeen, proved: Proved) -> None:
    browser, kept = proved(gri), PCeenFactory()

    assert browser.get("/gris/pceens/merge").status_code == 200
    assert browser.get("/gris/pceens/merge?kept=nobody").status_code == 422
    answer = browser.get(f"/gris/pceens/merge?kept={kept.email}")
    assert answer.location == f"/gris/pceens/{kept.id}/merge"


@pytest.mark.parametrize(
    "other", ["nobody", "0", "-1", "²", "9" * 400, "null", "\x00", "<b>", "2147483648"]
)
def test_nonsense_is_refused_kindly(gri: PCeen, proved: Proved, other: str) -> None:
    browser, kept = proved(gri), PCeenFactory()
    path = f"/gris/pceens/{kept.id}/merge"

    assert browser.get(path, query_string={"other": other}).status_code in (200, 422)
    assert browser.post(path, data={"other": other, "confirm": "x"}).status_code in (200, 422)


def test_who_is_absorbed_meanwhile_is_nobody(session: Session, parts: Parts) -> None:
    first, second, absorbed = (PCeenFactory() for _ in range(3))
    pair = Pair(kept=second, absorbed=absorbed)
    merge(session, first, absorbed, parts)

    with pytest.raises((NoSuchPCeen, sa.exc.InvalidRequestError)):
        service.merge(session, pair=pair, parts=parts, actor=None)
    assert MergeRefused(["x"]).details["reasons"] == ["x"]


def test_who_is_on_photos_under_two_names_is_on_each_once(session: Session, parts: Parts) -> None:
    kept, absorbed, other = PCeenFactory(), PCeenFactory(), PCeenFactory()
    both, hers = PhotoFactory(), PhotoFactory()
    for photo, who, by in ((both, kept, absorbed), (both, absorbed, other), (hers, absorbed, kept)):
        session.add(PhotoTag(photo=photo, pceen=who, tagged_by_id=by.id))
    session.add(PhotoPerson(pceen_id=absorbed.id, taggable=False))
    session.commit()

    merge(session, kept, absorbed, parts)

    tags = session.scalars(sa.select(PhotoTag).order_by(PhotoTag.photo_id)).all()
    assert [(tag.photo_id, tag.pceen_id, tag.tagged_by_id) for tag in tags] == [
        (both.id, kept.id, kept.id),
        (hers.id, kept.id, kept.id),
    ]
    assert session.get_one(PhotoPerson, kept.id).taggable is False
