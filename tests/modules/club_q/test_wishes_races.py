"""Wishes that are saved twice at once, and while a run is adopted: on real connections."""

from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from app.core.transaction import lock, transaction
from app.enums import LoginMethod, RunMode, RunStatus, Strategy
from app.extensions import db
from app.models import ClubQPreference, ClubQRun, ClubQSeason, ClubQVoeu, LoginSession
from tests.factories.club_q import SeasonFactory, SpectacleFactory, make_current, participant
from tests.modules.bar.ledger_site import Site, at_once


@pytest.fixture
def site(shared: Flask) -> Iterator[Site]:
    yield Site(shared)
    with shared.app_context():
        db.session.remove()


@pytest.fixture
def form(site: Site) -> tuple[str, int, list[int]]:
    """The cookie of who wishes, the season, and its shows."""

    def make(session: Session) -> tuple[str, int, list[int]]:
        season = make_current(SeasonFactory())
        shows = [SpectacleFactory(season_id=season.id).id for _ in range(6)]
        begun = LoginSession(pceen=participant(), method=LoginMethod.password)
        session.add(begun)
        session.commit()
        return begun.secret, season.id, shows

    return site.ask(make)


def save(site: Site, cookie: str, shows: list[int], *, version: int = 0) -> Callable[[], int]:
    """What saving a list, in this order, is answered."""
    sent: dict[str, object] = {"version": version}
    for rank, show in enumerate(shows, start=1):
        sent |= {f"priorite_{show}": rank, f"places_{show}": rank, f"minimum_{show}": 1}

    def act() -> int:
        client = site.app.test_client()
        with client.session_transaction() as session:
            session["_user_id"] = cookie
        return client.post("/club_q", data=sent).status_code

    return act


def kept(site: Site) -> list[int]:
    """The shows that are wished for, by rank."""
    stmt = sa.select(ClubQVoeu.spectacle_id).order_by(ClubQVoeu.priorite)
    return site.ask(lambda session: list(session.scalars(stmt)))


@pytest.mark.parametrize("version", [0, 1])
def test_of_two_tabs_at_once_one_is_saved_whole_and_the_other_is_told(
    site: Site, form: tuple[str, int, list[int]], version: int
) -> None:
    cookie, _season, shows = form
    if version:
        assert save(site, cookie, shows)() == 303
    # none is the list that is saved already: that would be no change, and no other version
    lists = [shows[rank:] + shows[:rank] for rank in range(1, 5)]

    answers = at_once([save(site, cookie, one, version=version) for one in lists])

    assert sorted(answers.elements()) == [303, 409, 409, 409]
    assert kept(site) in lists
    versions = site.ask(lambda session: list(session.scalars(sa.select(ClubQPreference.version))))
    assert versions == [version + 1]


def test_wishes_are_saved_before_the_adoption_or_refused_after_it(
    site: Site, form: tuple[str, int, list[int]]
) -> None:
    cookie, season_id, shows = form
    seen: list[int] = []

    def adopt() -> int:
        def write(_session: Session) -> None:
            with transaction(db.session()) as session:
                season = session.get_one(ClubQSeason, season_id)
                lock(session, season)
                count = sa.select(sa.func.count()).select_from(ClubQVoeu)
                seen.append(session.scalars(count).one())
                session.add(
                    ClubQRun(
                        season_id=season_id,
                        strategy=Strategy.fair,
                        mode=RunMode.full,
                        params={},
                        seed_commitment=season.seed_commitment,
                        status=RunStatus.adopted,
                        adopted_season_id=season_id,
                    )
                )

        site.ask(write)
        return 0

    answers = at_once([adopt, save(site, cookie, shows)])

    assert set(answers) in ({0, 303}, {0, 409})
    # what the adoption saw is what is there
    assert len(kept(site)) == seen[0] == (6 if 303 in answers else 0)
