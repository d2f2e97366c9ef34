"""Runs that are adopted, one after the other, and undone exactly."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Session

from app.core.errors import DomainError
from app.core.transaction import transaction
from app.enums import DiscontentKind, RunMode, RunStatus, Strategy
from app.models import (
    ClubQAttribution,
    ClubQDiscontent,
    ClubQRun,
    ClubQRunPerson,
    ClubQSpectacle,
    ClubQVoeu,
)
from app.modules.club_q.errors import (
    AlreadyAdopted,
    AlreadyPublished,
    AnotherAdopted,
    ComplementFirst,
    GapNotAccepted,
    InputChanged,
    NotAdoptable,
    NotAdopted,
    OnlyComplement,
    ReasonNeeded,
)
from app.modules.club_q.service import publication, runs
from app.modules.club_q.service.replay import replay
from tests.factories import PCeenFactory
from tests.factories.club_q import SeasonFactory, SpectacleFactory, grant, participant, wish
from tests.modules.club_q.shared_out import (
    adopted,
    computed,
    discontented,
    discontents,
    grants,
    launched,
    shared_season,
    state,
)


def without_runs(session: Session) -> Mapping[str, Any]:
    """Grants and discontents, but for the history."""
    return {
        name: rows
        for name, rows in state(session).items()
        if name in ("club_q_attribution", "club_q_return")
    } | {"discontent": discontents(session)}


def refused(session: Session, run: ClubQRun, **told: Any) -> DomainError:
    """Why a run is not adopted."""
    with pytest.raises(DomainError) as caught, transaction(session):
        runs.adopt(session, run=run, by=None, **{"reason": "Essai"} | told)
    return caught.value


def test_grants_and_discontents_are_those_of_the_run(session: Session) -> None:
    season = shared_season(session)
    run = computed(session, season)
    assert grants(session) == {}

    adopted(session, run)

    stmt = sa.select(ClubQRunPerson.pceen_id, ClubQRunPerson.after)
    after = {person: value for person, value in session.execute(stmt) if value}
    assert discontents(session) == after
    assert len(grants(session)) == 18
    assert sum(grants(session).values()) == 9
    assert run.status is RunStatus.adopted
    assert season.closing_hash is not None
    lines = session.scalars(sa.select(ClubQDiscontent)).all()
    assert {one.kind for one in lines} == {DiscontentKind.run}
    assert all(one.after == one.before + one.delta and one.run_id == run.id for one in lines)


def test_of_three_classic_runs_adopted_one_after_the_other_the_last_one_alone_counts(
    session: Session,
) -> None:
    season = shared_season(session)
    bonus = {"promo_1a": 145, "bonuses": (40, 30, 20, 10)}
    discontented(session, session.get_one(ClubQVoeu, first_wish(session)).pceen, "4.7")
    every = [computed(session, season, **bonus) for _ in range(3)]
    assert len({one.input_hash for one in every}) == len({one.result_hash for one in every}) == 1

    adopted(session, every[0])
    once = discontents(session)
    for run in every[1:]:
        adopted(session, run)
        assert discontents(session) == once

    assert [one.status for one in every] == [
        RunStatus.superseded,
        RunStatus.superseded,
        RunStatus.adopted,
    ]
    assert every[2].adopted_season_id == season.id


def first_wish(session: Session) -> int:
    return session.scalars(sa.select(sa.func.min(ClubQVoeu.id))).one()


@pytest.mark.parametrize("strategy", list(Strategy))
def test_undoing_puts_grants_and_discontents_back_exactly(
    session: Session, strategy: Strategy
) -> None:
    season = shared_season(session)
    wishes = session.scalars(sa.select(ClubQVoeu).order_by(ClubQVoeu.id)).all()
    grant(wishes[0], 1, locked=True)
    grant(wishes[1], 1)
    discontented(session, wishes[0].pceen, "-3.3")
    discontented(session, PCeenFactory(), "7.3")
    before = without_runs(session)
    first, second = (computed(session, season, strategy) for _ in range(2))

    adopted(session, first)
    one = without_runs(session)
    adopted(session, second)
    with transaction(session):
        runs.revert(session, run=second, by=None)

    assert without_runs(session) == before
    assert second.status is RunStatus.done
    assert second.reverted_at is not None
    adopted(session, first)
    assert [row[:2] for row in without_runs(session)["club_q_attribution"]] == [
        row[:2] for row in one["club_q_attribution"]
    ]
    assert without_runs(session)["discontent"] == one["discontent"]


def test_the_discontent_of_who_wishes_for_nothing_fades_with_a_fair_run_alone(
    session: Session,
) -> None:
    season = shared_season(session)
    other = PCeenFactory()
    discontented(session, other, "7.3")

    adopted(session, computed(session, season, Strategy.classic))
    assert discontents(session)[other.id] == Decimal("7.3")
    fair = adopted(session, computed(session, season, Strategy.fair))
    assert discontents(session)[other.id] == Decimal("5.8")
    with transaction(session):
        runs.revert(session, run=fair, by=None)

    assert discontents(session) == {other.id: Decimal("7.3")}


def test_what_the_team_set_since_stays_when_a_run_is_undone(session: Session) -> None:
    season = shared_season(session)
    run = adopted(session, computed(session, season))
    kept = session.scalars(sa.select(ClubQAttribution)).first()
    assert kept is not None
    kept.run_id, kept.locked, kept.note = None, True, "À l'accueil"
    session.commit()

    with transaction(session):
        runs.revert(session, run=run, by=None)

    (left,) = session.scalars(sa.select(ClubQAttribution))
    assert (left.voeu_id, left.note) == (kept.voeu_id, "À l'accueil")


def test_what_changed_since_the_run_is_named(session: Session) -> None:
    season = shared_season(session)
    run = computed(session, season)
    first = session.get_one(ClubQVoeu, first_wish(session))
    first.places_demandees += 1
    show = session.get_one(ClubQSpectacle, first.spectacle_id)
    name, title = first.pceen.full_name, show.nom
    session.commit()
    before = state(session)

    refusal = refused(session, run)

    assert isinstance(refusal, InputChanged)
    assert name in refusal.message
    assert title in refusal.message
    assert state(session) == before
    (found,) = refusal.details["differences"]
    assert (found.kind, found.change, found.person, found.show) == (
        "wish",
        "changed",
        first.pceen_id,
        show.id,
    )
    assert found.fields == (("places", first.places_demandees - 1, first.places_demandees),)


@pytest.mark.parametrize("what", ["capacity", "cancelled", "discontent", "lock", "promo"])
def test_whatever_else_changed_is_named_too(session: Session, what: str) -> None:
    season = shared_season(session)
    run = computed(session, season)
    first = session.get_one(ClubQVoeu, first_wish(session))
    show = session.get_one(ClubQSpectacle, first.spectacle_id)
    if what == "capacity":
        show.nb_tickets += 1
    elif what == "cancelled":
        show.cancelled = True
    elif what == "promo":
        first.pceen.promo = 100
    elif what == "discontent":
        discontented(session, first.pceen, "1.0")
    else:
        grant(first, 1, locked=True)
    session.commit()

    refusal = refused(session, run)

    assert isinstance(refusal, InputChanged)
    assert refusal.details["differences"][0].sentence in refusal.message


def test_other_rules_than_those_announced_need_a_reason(session: Session) -> None:
    run = computed(session, shared_season(session))

    assert isinstance(refused(session, run, reason=" "), ReasonNeeded)
    adopted(session, run, "Le solveur est en panne")

    assert run.adoption_reason == "Le solveur est en panne"


def test_the_rules_announced_need_none(session: Session) -> None:
    run = computed(session, shared_season(session, rules={"strategy": "classic"}))

    adopted(session, run, "")

    assert run.adoption_reason is None


def test_a_run_cut_short_is_adopted_only_with_its_gap(session: Session) -> None:
    run = computed(session, shared_season(session))
    assert run.result is not None
    run.result = run.result.replace('"cut_short":false', '"cut_short":true')
    session.commit()

    assert isinstance(refused(session, run), GapNotAccepted)
    adopted(session, run, accepts_gap=True)


def test_what_is_not_done_is_not_adopted_and_what_is_once_only(session: Session) -> None:
    season = shared_season(session)
    waiting = launched(session, season)
    assert isinstance(refused(session, waiting), NotAdoptable)
    with transaction(session):
        runs.cancel(session, run=waiting)
    run = adopted(session, computed(session, season))

    assert isinstance(refused(session, run), AlreadyAdopted)
    other = computed(session, season)
    assert isinstance(refused(session, other, replaces=0), AnotherAdopted)
    adopted(session, other, replaces=run.id)


def test_once_published_nothing_is_undone_nor_decided_afresh(session: Session) -> None:
    season = shared_season(session)
    first, second = (computed(session, season) for _ in range(2))
    adopted(session, first)
    with transaction(session):
        publication.publish(session, season=season, by=None)

    assert isinstance(refused(session, second), OnlyComplement)
    with pytest.raises(AlreadyPublished), transaction(session):
        runs.revert(session, run=first, by=None)
    with pytest.raises(NotAdopted), transaction(session):
        runs.revert(session, run=second, by=None)
    with pytest.raises(OnlyComplement):
        launched(session, season)
    assert first.replaced is None


def test_a_complement_before_publication_is_undone_before_what_it_stands_on(
    session: Session,
) -> None:
    season = shared_season(session)
    full = adopted(session, computed(session, season))
    late = participant()
    show = SpectacleFactory(season_id=season.id)
    wish(late, show, 1, 3)
    before = without_runs(session)
    more = adopted(session, computed(session, season, mode=RunMode.complement))
    assert grants(session)[late.id, show.id] == 3

    with pytest.raises(ComplementFirst), transaction(session):
        runs.revert(session, run=full, by=None)
    with transaction(session):
        runs.revert(session, run=more, by=None)

    assert without_runs(session) == before
    with transaction(session):
        runs.revert(session, run=full, by=None)
    assert grants(session) == discontents(session) == {}


def test_a_full_run_replaces_complements_too(session: Session) -> None:
    season = shared_season(session)
    adopted(session, computed(session, season))
    late = participant()
    wish(late, SpectacleFactory(season_id=season.id), 1, 3)
    more = adopted(session, computed(session, season, mode=RunMode.complement))

    again = adopted(session, computed(session, season))

    assert more.status is RunStatus.superseded
    stmt = sa.select(ClubQRunPerson.pceen_id, ClubQRunPerson.after)
    after = session.execute(stmt.where(ClubQRunPerson.run_id == again.id))
    assert discontents(session) == {person: value for person, value in after if value}


def test_the_number_of_people_does_not_change_the_number_of_statements(session: Session) -> None:
    counts = []
    for people in (3, 40):
        season = shared_season(session, people=people)
        first, second = (computed(session, season) for _ in range(2))
        adopted(session, first)
        said: list[str] = []

        def count(_connection: Any, _cursor: Any, text: str, *_rest: Any, into: Any = said) -> None:
            into.append(text)

        engine = session.get_bind().engine
        event.listen(engine, "before_cursor_execute", count)
        adopted(session, second)
        event.remove(engine, "before_cursor_execute", count)
        counts.append(len(said))

    assert counts[0] == counts[1] < 60


@pytest.mark.parametrize("strategy", list(Strategy))
def test_a_run_is_found_again_whatever_is_edited_since(
    session: Session, strategy: Strategy
) -> None:
    season = shared_season(session)
    run = adopted(session, computed(session, season, strategy))
    for voeu in session.scalars(sa.select(ClubQVoeu)):
        voeu.places_demandees = voeu.places_demandees % 2 + 1
        voeu.places_minimum = 1
    for show in session.scalars(sa.select(ClubQSpectacle)):
        show.nom, show.nb_tickets = "Autre", 50
    season.nom = "Autre"
    session.commit()

    assert replay(session, run) == []


def test_one_bit_of_the_seed_is_enough_not_to_match(session: Session) -> None:
    season = SeasonFactory()
    wish(participant(), SpectacleFactory(season_id=season.id))
    run = computed(session, season)
    flipped = bytes([season.seed[0] ^ 1]) + season.seed[1:]

    assert replay(session, run, seed=flipped) == ["the seed does not match the commitment"]


def test_a_stored_result_that_was_touched_is_not_found_again(session: Session) -> None:
    season = shared_season(session)
    run = computed(session, season)
    assert run.result is not None
    run.result = run.result.replace('"places":2', '"places":1', 1)
    session.commit()

    found = replay(session, run)

    assert any("digest of the result" in one for one in found)
