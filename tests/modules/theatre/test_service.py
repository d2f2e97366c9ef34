"""Seasons, plays, performances and posters: made, changed, deleted, as they are now."""

import threading
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from app.core.transaction import transaction
from app.extensions import db
from app.integrations.public_pictures import Picture
from app.models import AuditEvent, Representation, Saison, Spectacle
from app.modules.theatre.effects import RemovePoster
from app.modules.theatre.errors import (
    NoSuchPlay,
    NoSuchSaison,
    SameRepresentation,
    StaleTheatre,
    TheatreError,
)
from app.modules.theatre.queries import programme as queries
from app.modules.theatre.rules.posters import PosterKind
from app.modules.theatre.service import performances, plays, posters, saisons
from app.modules.theatre.service.plays import PlayDraft
from app.modules.theatre.service.saisons import SaisonDraft
from tests.conftest import Outbox
from tests.factories.community import PlayFactory, RepresentationFactory, SaisonFactory

NIGHT = datetime(2026, 6, 12, 21, 30, tzinfo=UTC)
AFFICHE = Picture(Path("/nowhere/saison_0.webp"), 20, 30)


def draft(**values: object) -> SaisonDraft:
    given: dict[str, object] = {"name": "Saison", "description": "", "hidden": False}
    return SaisonDraft(**({"start_date": date(2026, 9, 1)} | given | values))  # type: ignore[arg-type]


def a_play(**values: str) -> PlayDraft:
    given = dict.fromkeys(("author", "director", "description", "ticket_link", "places"), "")
    return PlayDraft(**({"name": "Antigone"} | given | values))


def actions(session: Session) -> list[str]:
    stmt = sa.select(AuditEvent.action).order_by(AuditEvent.id)
    return [one for one in session.scalars(stmt) if one.startswith("theatre.")]


def test_a_season_is_changed_shown_and_hidden_by_who_saw_it_as_it_is(session: Session) -> None:
    saison = saisons.create(session, draft(hidden=True))

    assert saisons.edit(session, saison.id, draft(hidden=True, name="Été"), version=1)
    assert not saisons.edit(session, saison.id, draft(hidden=True, name="Été"), version=2)
    with pytest.raises(StaleTheatre):
        saisons.edit(session, saison.id, draft(name="Hiver"), version=1)
    with pytest.raises(StaleTheatre):
        saisons.show(session, saison.id, is_shown=True, version=1)
    saisons.show(session, saison.id, is_shown=True, version=2)
    saisons.show(session, saison.id, is_shown=False, version=3)
    saisons.show(session, saison.id, is_shown=False, version=4)

    assert (saison.name, saison.hidden, saison.version) == ("Été", True, 4)
    assert actions(session) == [
        f"theatre.season.{done}" for done in ("create", "change", "show", "hide")
    ]


def test_a_season_takes_all_that_is_of_it_along(session: Session, outbox: Outbox) -> None:
    saison = SaisonFactory(poster="saison_a.webp", poster_width=1, poster_height=1)
    play = PlayFactory(saison_id=saison.id, poster="spectacle_b.webp")
    PlayFactory(saison_id=saison.id)
    RepresentationFactory(spectacle_id=play.id)
    other = PlayFactory(saison_id=SaisonFactory().id)
    session.commit()
    key = saison.id

    with pytest.raises(StaleTheatre):
        saisons.delete(session, key, version=7)
    saisons.delete(session, key, version=1)
    session.commit()

    assert session.scalars(sa.select(Spectacle)).all() == [other]
    assert session.scalar(sa.select(sa.func.count()).select_from(Representation)) == 0
    assert outbox() == [RemovePoster(key, "saison_a.webp"), RemovePoster(key, "spectacle_b.webp")]


def test_a_play_is_changed_and_deleted_by_who_saw_it_as_it_is(
    session: Session, outbox: Outbox
) -> None:
    saison = SaisonFactory()
    play = plays.create(session, saison.id, a_play())
    key = play.id
    performances.add(session, key, NIGHT)

    assert plays.edit(session, key, a_play(author="Anouilh"), version=1)
    with pytest.raises(StaleTheatre):
        plays.edit(session, key, a_play(author="Sophocle"), version=1)
    posters.put(session, PosterKind.spectacle, key, AFFICHE, version=2)
    with pytest.raises(StaleTheatre):
        plays.delete(session, key, version=2)
    plays.delete(session, key, version=3)
    session.commit()

    assert session.scalars(sa.select(Representation)).all() == []
    assert outbox() == [RemovePoster(saison.id, "saison_0.webp")]
    with pytest.raises(NoSuchPlay):
        plays.delete(session, key, version=3)
    with pytest.raises(NoSuchSaison):
        plays.create(session, 999, a_play())


def test_a_play_is_performed_once_at_an_instant(session: Session) -> None:
    play = PlayFactory(saison_id=SaisonFactory().id)
    other = PlayFactory(saison_id=play.saison_id)
    later = performances.add(session, play.id, NIGHT + timedelta(days=1))
    first = performances.add(session, play.id, NIGHT)
    performances.add(session, other.id, NIGHT)

    with pytest.raises(SameRepresentation):
        performances.add(session, play.id, NIGHT)

    assert list(queries.staged(session, play).performances) == [first, later]
    performances.delete(session, first.id, version=1)
    assert list(queries.staged(session, play).performances) == [later]


def test_a_poster_is_replaced_then_removed_and_the_former_one_goes(
    session: Session, outbox: Outbox
) -> None:
    saison = SaisonFactory()
    posters.put(session, PosterKind.saison, saison.id, AFFICHE, version=1)
    with pytest.raises(StaleTheatre):
        posters.put(session, PosterKind.saison, saison.id, AFFICHE, version=1)
    other = Picture(Path("saison_1.webp"), 5, 6)
    posters.put(session, PosterKind.saison, saison.id, other, version=2)
    assert (saison.poster, saison.poster_width, saison.poster_height) == ("saison_1.webp", 5, 6)

    posters.delete(session, PosterKind.saison, saison.id, version=3)
    posters.delete(session, PosterKind.saison, saison.id, version=4)

    assert (saison.poster, saison.poster_width, saison.version) == (None, None, 4)
    session.commit()
    assert outbox() == [RemovePoster(saison.id, f"saison_{n}.webp") for n in (0, 1)]


def test_seasons_come_the_latest_first_and_those_hidden_are_not_told(session: Session) -> None:
    old = SaisonFactory(start_date=date(2024, 9, 1))
    first = SaisonFactory(start_date=date(2026, 9, 1))
    second = SaisonFactory(start_date=date(2026, 9, 1))
    hidden = SaisonFactory(start_date=date(2027, 9, 1), hidden=True)

    told = [one.key for one in queries.published(session)]

    assert told == [second.id, first.id, old.id]
    assert [one.id for one in queries.page(session, 1).items] == [hidden.id, *told]


def test_the_next_performance_is_of_a_season_that_is_shown(session: Session) -> None:
    shown, hidden = SaisonFactory(), SaisonFactory(hidden=True)
    play = PlayFactory(saison_id=shown.id)
    RepresentationFactory(spectacle_id=PlayFactory(saison_id=hidden.id).id, date=NIGHT)
    RepresentationFactory(spectacle_id=play.id, date=NIGHT + timedelta(days=3))
    RepresentationFactory(spectacle_id=play.id, date=NIGHT + timedelta(days=2))

    found = queries.coming(session, NIGHT - timedelta(days=1))

    assert found is not None
    assert (found.performance.date, found.play) == (NIGHT + timedelta(days=2), play)
    assert found.saison == shown.id
    assert queries.coming(session, NIGHT + timedelta(days=3)) is None


# At the same time


def both(app: Flask, *tasks: object) -> list[str]:
    """Do things at the same time; what refused each, if anything."""
    gate, refused = threading.Barrier(len(tasks)), []

    def run(task: object) -> None:
        with app.app_context():
            gate.wait()
            try:
                with transaction(db.session()) as session:
                    task(session)  # type: ignore[operator]
            except TheatreError as refusal:
                refused.append(type(refusal).__name__)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=(task,)) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return refused


@pytest.fixture
def staged(shared: Flask) -> tuple[int, int]:
    """A season and a play, for real."""
    with shared.app_context(), transaction(db.session()) as session:
        saison = saisons.create(session, draft())
        return saison.id, plays.create(session, saison.id, a_play()).id


def test_of_two_who_change_a_season_at_once_one_is_told(
    shared: Flask, staged: tuple[int, int]
) -> None:
    refused = both(
        shared,
        *(
            lambda session, name=name: saisons.edit(session, staged[0], draft(name=name), version=1)
            for name in ("Été", "Hiver")
        ),
    )

    assert refused == ["StaleTheatre"]


def test_of_two_who_add_the_same_night_at_once_one_is_told(
    shared: Flask, staged: tuple[int, int]
) -> None:
    refused = both(shared, *[lambda session: performances.add(session, staged[1], NIGHT)] * 3)

    assert refused == ["SameRepresentation"] * 2


def test_a_season_that_goes_while_a_poster_comes_leaves_no_row_and_no_file_unknown(
    shared: Flask, staged: tuple[int, int]
) -> None:
    saison, play = staged
    refused = both(
        shared,
        lambda session: saisons.delete(session, saison, version=1),
        lambda session: posters.put(session, PosterKind.spectacle, play, AFFICHE, version=1),
    )

    with shared.app_context():
        assert db.session().get(Saison, saison) is None
        stmt = sa.text("SELECT count(*) FROM outbox WHERE kind = 'theatre.remove_poster'")
        told = db.session().scalar(stmt)
    assert (refused, told) in ((["NoSuchPlay"], 0), ([], 1))
