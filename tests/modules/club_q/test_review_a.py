"""Corners of the attribution: what an archive tells, what is undone, what nobody takes."""

import io
import json
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from zipfile import ZipFile

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from app.core import clock
from app.core.transaction import transaction
from app.enums import RunMode, RunStatus, Strategy
from app.models import ClubQAccount, ClubQAttribution, ClubQPreference, ClubQSeason, PCeen
from app.modules.club_q.errors import UndoDoesNotFit
from app.modules.club_q.module import module
from app.modules.club_q.queries.options import options
from app.modules.club_q.queries.seasons import opening
from app.modules.club_q.queries.standing import Standing, standing
from app.modules.club_q.rules.wishes import Typed, Wanted
from app.modules.club_q.service import (
    catalogue_seasons,
    closing,
    discontent,
    publication,
    returns,
    runs,
    staff_wishes,
    wishes,
)
from app.modules.club_q.service.catalogue_seasons import SeasonDraft
from app.modules.lives.service import archive, erase, merge as merging
from app.modules.lives.service.merge import Pair
from app.modules.lives.service.parts import Parts
from tests.factories.club_q import (
    SeasonFactory,
    SpectacleFactory,
    grant,
    make_current,
    organiser,
    participant,
    wish,
)
from tests.modules.club_q.shared_out import (
    adopted,
    computed,
    discontents,
    grants,
    shared_season,
)


def archived(session: Session, pceen: PCeen) -> dict[str, Any]:
    """The archive of someone: the rows of Club Q, and what was done of them."""
    session.expire_all()
    file = io.BytesIO()
    archive.write(session, pceen=pceen, file=file)
    with ZipFile(file) as found:
        return {
            name: json.loads(found.read(name))
            for name in found.namelist()
            if name.startswith("club_q") or name == "audit_event.json"
        }


def everybody(session: Session) -> Iterator[PCeen]:
    return iter(session.scalars(sa.select(PCeen).order_by(PCeen.id)).all())


def test_an_archive_tells_of_no_discontent_that_an_unpublished_run_made(session: Session) -> None:
    season = shared_season(session)
    first = next(everybody(session))
    session.add(ClubQAccount(pceen_id=first.id, discontent=Decimal("4.7")))
    session.commit()
    people = list(everybody(session))
    before = [archived(session, one) for one in people]

    adopted(session, computed(session, season))
    assert discontents(session)

    assert [archived(session, one) for one in people] == before
    with transaction(session):
        publication.publish(session, season=season, by=None)
    told = {
        one.id: Decimal(row["discontent"])
        for one in people
        for row in archived(session, one)["club_q_account.json"]
    }
    assert told == discontents(session)


def test_nor_does_it_through_what_the_team_sets_by_hand_afterwards(session: Session) -> None:
    season, by = shared_season(session), organiser()
    run = adopted(session, computed(session, season))
    someone = session.get_one(PCeen, next(iter(discontents(session))))
    with transaction(session):
        discontent.set_by_hand(
            session,
            pceen=someone,
            wanted=Decimal("9.0"),
            reason="Oublié l'an dernier",
            seen=discontents(session)[someone.id],
            by=by,
        )

    found = archived(session, someone)

    assert found["club_q_account.json"] == [{"discontent": "9.0"}]
    (line,) = found["club_q_discontent.json"]
    assert (line["before"], line["delta"], line["after"]) == (None, None, "9.0")
    (event,) = (
        one for one in found["audit_event.json"] if one["action"] == "club_q.discontent.set"
    )
    assert event["before"] is None
    with transaction(session):
        runs.revert(session, run=run, by=None)
        assert run.status is RunStatus.done


def test_undoing_never_gives_more_places_than_there_are(session: Session) -> None:
    season = SeasonFactory()
    show = SpectacleFactory(season_id=season.id, nb_tickets=2)
    ada, bob, by = participant(), participant(), organiser()
    session.add(ClubQAccount(pceen_id=bob.id, discontent=Decimal("9.0")))
    mine, other = wish(ada, show, 1, 2), wish(bob, show, 1, 2)
    grant(mine, 2)
    run = adopted(session, computed(session, season))
    assert grants(session) == {(ada.id, show.id): 0, (bob.id, show.id): 2}
    draft = staff_wishes.Draft(
        asked=staff_wishes.Asked(priorite=1, places_demandees=2),
        given=staff_wishes.Given(places=2, locked=True),
    )
    with transaction(session):
        staff_wishes.change(session, voeu=other, draft=draft, version=other.version, by=by)

    with pytest.raises(UndoDoesNotFit) as refusal, transaction(session):
        runs.revert(session, run=run, by=None)

    assert show.nom in str(refusal.value.message)
    assert grants(session) == {(ada.id, show.id): 0, (bob.id, show.id): 2}


@pytest.mark.parametrize("strategy", list(Strategy))
@pytest.mark.parametrize(
    "bound", [{"accept_clashes": False}, {"budget": 2000}, {"max_shows": 1}], ids=str
)
def test_who_gives_back_what_nobody_takes_is_given_nothing_that_excludes_it(
    session: Session, strategy: Strategy, bound: dict[str, Any]
) -> None:
    season = SeasonFactory(rules={"strategy": strategy.value})
    at = clock.now() + timedelta(days=30)
    held = SpectacleFactory(season_id=season.id, date=at, nb_tickets=3)
    ada = participant()
    session.add(
        ClubQPreference(pceen_id=ada.id, season_id=season.id, **{"accept_clashes": True} | bound)
    )
    mine = wish(ada, held, 1, 1)
    adopted(session, computed(session, season, strategy))
    apart = timedelta(0) if "accept_clashes" in bound else timedelta(days=1)
    other = SpectacleFactory(season_id=season.id, date=at + apart, nb_tickets=3)
    wish(ada, other, 2, 1)
    with transaction(session):
        publication.publish(session, season=season, by=None)
    with transaction(session):
        returns.offer(session, voeu=mine, places=1)

    adopted(session, computed(session, season, strategy, RunMode.complement))

    assert {key for key, places in grants(session).items() if places} == {(ada.id, held.id)}


def test_a_form_that_opens_again_is_sealed_again(session: Session) -> None:
    with time_machine.travel("2026-10-10T12:00:00Z", tick=False):
        season = shared_season(session, fin_inscription=date(2026, 10, 9))
        with transaction(session):
            assert closing.close_past(session) == 1
        assert season.closing_hash is not None
        draft = SeasonDraft(
            nom=season.nom, promo_orga=season.promo_orga, fin_inscription=date(2026, 10, 12)
        )

        with transaction(session):
            catalogue_seasons.edit(session, season.id, draft, version=season.version)

        assert (season.closing_hash, season.closed_at) == (None, None)
        run = adopted(session, computed(session, season))
        assert season.closing_hash is not None
        with transaction(session):
            runs.revert(session, run=run, by=None)
        assert session.get_one(ClubQSeason, season.id).closing_hash is None


def test_a_wish_of_which_places_were_given_back_once_may_be_taken_away(session: Session) -> None:
    season = make_current(SeasonFactory())
    show = SpectacleFactory(season_id=season.id)
    ada = participant()
    mine = wish(ada, show, 1, 2)
    held = grant(mine, 2)
    with transaction(session):
        publication.publish(session, season=season, by=None)
    with transaction(session):
        returns.offer(session, voeu=mine, places=1)
    with transaction(session):
        returns.withdraw(session, voeu=mine)
    with transaction(session):
        session.delete(session.get_one(ClubQAttribution, held.voeu_id))

    with transaction(session):
        saved = wishes.save(
            session, pceen=ada, season=season, wanted=Wanted(rows=(Typed(show=show.id),)), version=0
        )

    assert saved.wishes == ()


@pytest.mark.parametrize("strategy", list(Strategy))
def test_a_season_whose_shows_are_all_cancelled_is_shared_out_too(
    session: Session, strategy: Strategy
) -> None:
    season = SeasonFactory(rules={"strategy": strategy.value})
    wish(participant(), SpectacleFactory(season_id=season.id, cancelled=True))

    adopted(session, computed(session, season, strategy))

    assert grants(session) == {}


@pytest.mark.parametrize("what", ["merge", "erase"])
def test_seasons_are_locked_before_people(session: Session, what: str) -> None:
    season = SeasonFactory()
    one, other = participant(), participant()
    wish(one, SpectacleFactory(season_id=season.id))
    parts = Parts(keepers=(module.keeper,))
    seen: list[str] = []

    def note(context: Any) -> None:
        compiled = context.statement
        if getattr(compiled, "_for_update_arg", None) is not None:
            seen.append(compiled.get_final_froms()[0].name)

    sa.event.listen(session, "do_orm_execute", note)
    try:
        with transaction(session):
            if what == "merge":
                merging.merge(session, pair=Pair(kept=other, absorbed=one), parts=parts, actor=None)
            else:
                one.erasure_requested_at = clock.now() - timedelta(days=400)
                session.commit()
        if what == "erase":
            assert erase.erase_due(session, parts=parts) == [erase.Done(one.id)]
    finally:
        sa.event.remove(session, "do_orm_execute", note)

    assert seen.index("club_q_season") < seen.index("pceen")


def test_the_form_is_closed_once_what_was_left_is_shared_out(session: Session) -> None:
    season = make_current(SeasonFactory())
    show = SpectacleFactory(season_id=season.id)
    ada, bob = participant(), participant()
    grant(wish(ada, show, 1, 2), 2)
    wish(bob, show)
    run = adopted(session, computed(session, season, mode=RunMode.complement))
    assert grants(session) == {(ada.id, show.id): 2, (bob.id, show.id): 1}

    for form_is_closed in (True, False):
        found = [opening(session, season, options(session)), current_standing(session).opening]
        assert [one.is_adopted for one in found] == [form_is_closed] * 2
        if form_is_closed:
            with transaction(session):
                runs.revert(session, run=run, by=None)


def current_standing(session: Session) -> Standing:
    found, _stored = standing(session)
    assert found is not None
    return found
