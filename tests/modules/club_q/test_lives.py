"""Club Q over the life of accounts: merged, and erased."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_babel import force_locale
from sqlalchemy.orm import Session

from app.core.transaction import transaction
from app.enums import DiscontentKind
from app.models import (
    ClubQAccount,
    ClubQAttribution,
    ClubQDiscontent,
    ClubQPreference,
    ClubQSeason,
    ClubQSpectacle,
    ClubQVoeu,
    MergedAccount,
    PCeen,
)
from app.modules.club_q.service import lives
from app.modules.lives.around import parts
from app.modules.lives.errors import MergeRefused
from app.modules.lives.service import merge
from app.modules.lives.service.merge import Pair
from tests.factories.club_q import SeasonFactory, SpectacleFactory, grant, participant, wish


@pytest.fixture(autouse=True)
def _in_the_application(app: Flask) -> Iterator[None]:
    with app.app_context(), force_locale("fr"):
        yield


@pytest.fixture
def season(session: Session) -> ClubQSeason:
    return SeasonFactory()


@pytest.fixture
def shows(season: ClubQSeason) -> list[ClubQSpectacle]:
    return [SpectacleFactory(season_id=season.id) for _ in range(4)]


@pytest.fixture
def kept(session: Session) -> PCeen:
    return participant(prenom="Ada", nom="Lovelace")


@pytest.fixture
def absorbed(session: Session) -> PCeen:
    return participant(prenom="Adah", nom="Lovelace")


def merged(session: Session, kept: PCeen, absorbed: PCeen) -> MergedAccount:
    with transaction(session):
        pair = Pair(kept=kept, absorbed=absorbed)
        return merge.merge(session, pair=pair, parts=parts(), actor=None)


def wishes(session: Session, who: PCeen) -> list[tuple[int, int]]:
    """The shows that someone wishes for and how many places, by rank; ranks have no hole."""
    stmt = sa.select(ClubQVoeu).where(ClubQVoeu.pceen_id == who.id).order_by(ClubQVoeu.priorite)
    found = session.scalars(stmt).all()
    assert [one.priorite for one in found] == list(range(1, len(found) + 1))
    return [(one.spectacle_id, one.places_demandees) for one in found]


def test_two_lists_of_wishes_become_one(
    session: Session, shows: list[ClubQSpectacle], kept: PCeen, absorbed: PCeen
) -> None:
    wish(kept, shows[0], 1, 2)
    wish(kept, shows[1], 2, 1)
    wish(absorbed, shows[1], 1, 5)
    wish(absorbed, shows[2], 2, 3)

    merged(session, kept, absorbed)

    assert wishes(session, kept) == [(shows[0].id, 2), (shows[1].id, 1), (shows[2].id, 3)]


def test_of_two_wishes_for_one_show_the_one_with_places_stays(
    session: Session, shows: list[ClubQSpectacle], kept: PCeen, absorbed: PCeen
) -> None:
    grant(wish(kept, shows[0], 1, 2), 0)
    grant(wish(absorbed, shows[0], 1, 5), 4)

    merged(session, kept, absorbed)

    assert wishes(session, kept) == [(shows[0].id, 5)]
    assert session.scalars(sa.select(ClubQAttribution.places_attribuees)).all() == [4]


def test_two_accounts_with_places_for_one_show_stay_two(
    session: Session, shows: list[ClubQSpectacle], kept: PCeen, absorbed: PCeen
) -> None:
    for who in (kept, absorbed):
        grant(wish(who, shows[0], 1, 2), 1)

    with pytest.raises(MergeRefused) as refusal:
        merged(session, kept, absorbed)

    assert shows[0].nom in str(refusal.value.message)
    assert wishes(session, absorbed) == [(shows[0].id, 2)]


@pytest.mark.parametrize(("own", "expected"), [(None, "3.5"), ("-2.0", "-2.0")])
def test_the_discontent_is_that_of_who_took_part(
    session: Session, kept: PCeen, absorbed: PCeen, own: str | None, expected: str
) -> None:
    session.add(ClubQAccount(pceen_id=kept.id, discontent=Decimal(own or 0)))
    session.add(ClubQAccount(pceen_id=absorbed.id, discontent=Decimal("3.5")))
    for who, value in ((kept, own), (absorbed, "3.5")):
        if value is not None:
            session.add(
                ClubQDiscontent(
                    pceen_id=who.id,
                    actor_id=absorbed.id,
                    kind=DiscontentKind.manual,
                    before=Decimal(0),
                    delta=Decimal(value),
                    after=Decimal(value),
                )
            )
    session.commit()

    merged(session, kept, absorbed)

    assert session.get_one(ClubQAccount, kept.id).discontent == Decimal(expected)
    lines = session.scalars(sa.select(ClubQDiscontent)).all()
    assert {(line.pceen_id, line.actor_id) for line in lines} == {(kept.id, kept.id)}


def test_a_form_that_stayed_open_on_either_account_is_out_of_date(
    session: Session,
    season: ClubQSeason,
    shows: list[ClubQSpectacle],
    kept: PCeen,
    absorbed: PCeen,
) -> None:
    wish(kept, shows[0])
    wish(absorbed, shows[1])
    for who, budget in ((kept, 3000), (absorbed, 9000)):
        session.add(ClubQPreference(pceen_id=who.id, season_id=season.id, budget=budget))
    session.commit()

    merged(session, kept, absorbed)

    left = session.scalars(sa.select(ClubQPreference)).one()
    assert (left.pceen_id, left.budget, left.version) == (kept.id, 3000, 2)


def test_who_is_erased_is_granted_nothing_afterwards(
    session: Session, shows: list[ClubQSpectacle], kept: PCeen, absorbed: PCeen
) -> None:
    grant(wish(kept, shows[0], 1), 1)
    wish(kept, shows[1], 2)
    wish(absorbed, shows[1], 1)

    with transaction(session):
        lives.forget(session, kept)

    assert wishes(session, kept) == [(shows[0].id, 1)]
    assert wishes(session, absorbed) == [(shows[1].id, 1)]
