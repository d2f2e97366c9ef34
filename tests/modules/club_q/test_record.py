"""Publication, and the public record of the draw."""

import hashlib
import json
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from app.core import clock, draw
from app.core.transaction import transaction
from app.enums import RunMode, Strategy
from app.models import AuditEvent, ClubQSeason, ClubQSeedChange, ClubQSpectacle, ClubQVoeu
from app.modules.club_q.errors import (
    HidingReasonNeeded,
    NoSuchRun,
    NothingToPublish,
    NotPublished,
    SeedIsFixed,
    SeedReasonNeeded,
)
from app.modules.club_q.jobs import CLOSE_FORMS
from app.modules.club_q.queries.record import files, record
from app.modules.club_q.rules import check
from app.modules.club_q.rules.closing import digest
from app.modules.club_q.rules.instance import read
from app.modules.club_q.rules.stored import outcome
from app.modules.club_q.service import computing, publication, seeds
from app.modules.club_q.service.computing import Asked
from tests.factories.club_q import (
    SeasonFactory,
    SpectacleFactory,
    grant,
    make_current,
    organiser,
    participant,
    wish,
)
from tests.modules.club_q.shared_out import adopted, computed, shared_season


def publish(session: Session, season: ClubQSeason) -> None:
    with transaction(session):
        publication.publish(session, season=season, by=None)


def test_before_publication_the_record_shows_the_commitment_and_nothing_of_the_result(
    session: Session,
) -> None:
    season = shared_season(session)
    adopted(session, computed(session, season))

    found = record(session, season)

    assert found.commitment == season.seed_commitment
    assert found.closing_hash == season.closing_hash is not None
    assert (found.seed, found.runs, found.run_count, found.late_edits) == (None, (), None, None)
    assert not found.is_published
    with pytest.raises(NotPublished):
        files(session, season)


@pytest.mark.parametrize("strategy", list(Strategy))
def test_published_it_shows_all_that_is_needed_to_compute_it_again(
    session: Session, strategy: Strategy
) -> None:
    season = shared_season(session)
    run = adopted(session, computed(session, season, strategy))
    computed(session, season)
    publish(session, season)

    found = record(session, season)
    (shown,) = found.runs
    texts = files(session, season)

    assert found.seed is not None
    seed = bytes.fromhex(found.seed)
    assert draw.commitment(season=season.id, seed=seed) == found.commitment
    assert (found.run_count, found.late_edits) == (2, 0)
    assert (shown.key, shown.strategy, shown.adoption_reason) == (run.id, strategy, "Essai")
    assert hashlib.sha256(texts.input.encode()).hexdigest() == shown.input_hash
    assert hashlib.sha256(texts.result.encode()).hexdigest() == shown.result_hash
    assert json.loads(texts.record) == {
        "format": "club-q-record-1",
        "season": season.id,
        "seed": found.seed,
        "commitment": found.commitment,
        "strategy": strategy.value,
        "input_hash": shown.input_hash,
        "result_hash": shown.result_hash,
    }
    again = computing.solve(read(texts.input), Asked(strategy=strategy, seed=seed, time_limit=60))
    assert again.canonical() == texts.result
    assert check.problems(read(texts.input), outcome(texts.result).grants) == []


def test_the_files_name_nobody_and_each_person_knows_their_own_number(session: Session) -> None:
    season = shared_season(session)
    run = adopted(session, computed(session, season))
    publish(session, season)
    someone = session.scalars(sa.select(ClubQVoeu).order_by(ClubQVoeu.id)).first()
    assert someone is not None

    texts = files(session, season, run=run.id)
    known = record(session, season, pceen_id=someone.pceen_id).pseudonyms

    people = read(texts.input).people
    assert [one.id for one in people] == list(range(1, 7))
    assert known is not None
    mine = [one for one in read(texts.input).wishes if one.person == known[run.id]]
    key = draw.key(
        seed=season.seed,
        season=season.id,
        person=someone.pceen_id,
        show=someone.spectacle_id,
    )
    assert f"{key:064x}" in {one.key for one in mine}
    assert set(texts.by_name) == {"record.json", "input.json", "result.json"}
    assert "staff" not in record(session, season).runs[0].figures
    assert record(session, season, pceen_id=participant().id).pseudonyms == {}


def test_the_order_of_pseudonyms_is_not_that_of_accounts(session: Session) -> None:
    season = shared_season(session, people=12)
    run = adopted(session, computed(session, season))
    publish(session, season)
    people = sorted(set(session.scalars(sa.select(ClubQVoeu.pceen_id))))

    numbers = [(record(session, season, pceen_id=one).pseudonyms or {})[run.id] for one in people]

    assert sorted(numbers) == list(range(1, 13))
    assert numbers != sorted(numbers)


def test_the_files_of_a_run_that_is_not_adopted_are_not_published(session: Session) -> None:
    season = shared_season(session)
    adopted(session, computed(session, season))
    other = computed(session, season)
    publish(session, season)

    with pytest.raises(NoSuchRun):
        files(session, season, run=other.id)


def test_what_was_granted_by_hand_alone_is_published_without_files(session: Session) -> None:
    season = SeasonFactory()
    grant(wish(participant(), SpectacleFactory(season_id=season.id)), 1)
    publish(session, season)

    assert record(session, season).runs == []
    with pytest.raises(NoSuchRun):
        files(session, season)


def test_a_complement_has_files_of_its_own(session: Session) -> None:
    season = shared_season(session)
    adopted(session, computed(session, season))
    publish(session, season)
    wish(participant(), SpectacleFactory(season_id=season.id), 1, 2)
    more = adopted(session, computed(session, season, mode=RunMode.complement))

    texts = files(session, season, run=more.id)

    assert json.loads(texts.input)["mode"] == "complement"
    assert [one.mode for one in record(session, season).runs] == [
        RunMode.full,
        RunMode.complement,
    ]


# Publication


def test_publishing_says_what_it_shows_and_reveals_the_seed_once(session: Session) -> None:
    season = shared_season(session)
    boss = organiser()
    assert not publication.summary(session, season).is_possible
    with pytest.raises(NothingToPublish):
        publish(session, season)
    run = adopted(session, computed(session, season))
    show = session.scalars(sa.select(ClubQSpectacle)).first()
    assert show is not None

    summary = publication.summary(session, season)

    assert summary.run is not None
    assert summary.run.id == run.id
    assert (summary.people, summary.tickets, summary.granted) == (6, 9, 9)
    assert summary.amount_cents == 9 * show.unit_price
    assert (summary.pending, summary.by_hand, summary.runs) == (0, 0, 1)
    assert 0 < summary.served <= 6
    with transaction(session):
        publication.publish(session, season=season, by=boss)
    at = season.published_at
    assert at == season.seed_revealed_at is not None
    with pytest.raises(HidingReasonNeeded), transaction(session):
        publication.hide(session, season=season, by=boss, reason=" ")
    with transaction(session):
        publication.hide(session, season=season, by=boss, reason="Erreur de salle")
    assert not season.attributions_visible
    publish(session, season)
    assert (season.published_at, season.seed_revealed_at) == (at, at)
    stmt = sa.select(AuditEvent.action, AuditEvent.reason).where(
        AuditEvent.action.in_(["club_q.season.publish", "club_q.season.hide"])
    )
    assert [tuple(one) for one in session.execute(stmt.order_by(AuditEvent.id))] == [
        ("club_q.season.publish", None),
        ("club_q.season.hide", "Erreur de salle"),
        ("club_q.season.publish", None),
    ]


# Closing


def test_when_the_form_has_closed_the_digest_of_the_wishes_is_written_once(
    session: Session,
) -> None:
    season = shared_season(session, fin_inscription=date(2026, 10, 3))
    still_open = shared_season(session, fin_inscription=date(2026, 10, 4))
    rows = [
        (one.pceen_id, one.spectacle_id, one.priorite, one.places_demandees, one.places_minimum)
        for one in session.scalars(sa.select(ClubQVoeu).where(ClubQVoeu.season_id == season.id))
    ]

    with time_machine.travel("2026-10-03T21:59:59+00:00", tick=False):
        CLOSE_FORMS.run(session)
        assert season.closing_hash is None
    with time_machine.travel("2026-10-03T22:00:00+00:00", tick=False):
        CLOSE_FORMS.run(session)
        closed_at = season.closed_at
    assert season.closing_hash == digest(season.id, reversed(rows))
    assert still_open.closing_hash is None
    first = session.scalars(sa.select(ClubQVoeu).where(ClubQVoeu.season_id == season.id)).first()
    assert first is not None
    first.places_demandees = 7
    session.commit()
    CLOSE_FORMS.run(session)

    assert season.closing_hash == digest(season.id, rows)
    assert season.closed_at == closed_at


# The seed


def test_the_seed_is_replaced_before_the_form_opens_only_and_everybody_knows_why(
    session: Session,
) -> None:
    season = SeasonFactory(debut_inscription=clock.today() + timedelta(days=1))
    make_current(season)
    former, commitment = season.seed, season.seed_commitment
    with pytest.raises(SeedReasonNeeded), transaction(session):
        seeds.replace(session, season=season, reason=" ", by=None)

    with transaction(session):
        seeds.replace(session, season=season, reason="Mauvaise manipulation", by=None)

    assert season.seed != former
    assert season.seed_commitment == draw.commitment(season=season.id, seed=season.seed)
    (change,) = record(session, season).seed_changes
    assert (change.former_commitment, change.reason) == (commitment, "Mauvaise manipulation")
    season.debut_inscription = clock.today()
    session.commit()
    with pytest.raises(SeedIsFixed), transaction(session):
        seeds.replace(session, season=season, reason="Encore", by=None)
    assert session.scalar(sa.select(sa.func.count()).select_from(ClubQSeedChange)) == 1
