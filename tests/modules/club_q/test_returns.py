"""Places that people give back, and who has them next."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from app.core import clock
from app.core.errors import Conflict
from app.core.transaction import transaction
from app.enums import ReturnState, RunMode, Strategy, WishReason
from app.models import ClubQAttribution, ClubQReturn, ClubQSeason, ClubQSpectacle, PCeen
from app.modules.club_q.errors import AlreadyOffered, NothingOffered, NotSoMany, ReturnClosed
from app.modules.club_q.mails import PlacesGiven, PlacesTaken
from app.modules.club_q.queries import runs as queries
from app.modules.club_q.queries.grants import due_by_person, granted_in
from app.modules.club_q.service import publication, returns
from tests.conftest import Outbox
from tests.factories.club_q import SeasonFactory, SpectacleFactory, grant, participant, wish
from tests.modules.club_q.shared_out import (
    adopted,
    computed,
    discontents,
    grants,
    launched,
)


class Opera:
    """A show of 5 places: Ada has 4 of them, Bob 1; Cy wants 2, Dee 1, and nothing is left."""

    def __init__(self, session: Session, strategy: Strategy = Strategy.fair) -> None:
        self.session = session
        self.season: ClubQSeason = SeasonFactory(rules={"strategy": strategy.value})
        self.show: ClubQSpectacle = SpectacleFactory(season_id=self.season.id, nb_tickets=5)
        self.other: ClubQSpectacle = SpectacleFactory(season_id=self.season.id, nb_tickets=10)
        self.ada, self.bob, self.cy, self.dee = (
            participant(prenom=name) for name in ("Ada", "Bob", "Cy", "Dee")
        )
        self.asked = {
            someone: wish(someone, self.show, 1, places)
            for someone, places in ((self.ada, 4), (self.bob, 1))
        }
        wish(self.ada, self.other, 2)
        self.run = adopted(session, computed(session, self.season, strategy), "")
        for someone, places in ((self.cy, 2), (self.dee, 1)):
            self.asked[someone] = wish(someone, self.show, 1, places)
        with transaction(session):
            publication.publish(session, season=self.season, by=None)

    def offer(self, someone: PCeen, places: int) -> ClubQReturn:
        with transaction(self.session):
            return returns.offer(self.session, voeu=self.asked[someone], places=places)

    def withdraw(self, someone: PCeen) -> ClubQReturn:
        with transaction(self.session):
            return returns.withdraw(self.session, voeu=self.asked[someone])

    def complement(self, strategy: Strategy = Strategy.fair) -> None:
        run = computed(self.session, self.season, strategy, RunMode.complement)
        adopted(self.session, run, "")

    def due(self) -> dict[int, int]:
        return dict(due_by_person(granted_in(self.session, season=self.season, is_staff=False)))

    def offers(self) -> list[tuple[int, ReturnState]]:
        found = self.session.scalars(sa.select(ClubQReturn).order_by(ClubQReturn.id))
        return [(one.places, one.state) for one in found]


@pytest.fixture
def opera(session: Session) -> Opera:
    return Opera(session)


@pytest.mark.parametrize("strategy", list(Strategy))
def test_two_places_given_back_go_to_the_waiting_list_and_nothing_else_changes(
    session: Session, strategy: Strategy
) -> None:
    opera = Opera(session, strategy)
    before, owed, held = grants(session), opera.due(), discontents(session)
    opera.offer(opera.ada, 2)
    assert (grants(session), opera.due()) == (before, owed)

    opera.complement(strategy)

    price = opera.show.unit_price
    after = grants(session)
    show = opera.show.id
    given = {someone.id: after[someone.id, show] for someone in (opera.cy, opera.dee)}
    assert sum(given.values()) == 2
    assert after == {
        **before,
        (opera.ada.id, show): 2,
        **{(person, show): places for person, places in given.items()},
    }
    assert opera.due() == {
        **owed,
        opera.ada.id: owed[opera.ada.id] - 2 * price,
        **{person: places * price for person, places in given.items()},
    }
    assert opera.offers() == [(2, ReturnState.reassigned)]
    changed = {
        person
        for person in {*held, *discontents(session)}
        if held.get(person) != discontents(session).get(person)
    }
    served = {person for person, places in given.items() if places}
    if strategy is Strategy.fair:
        # two places of a first wish of four: 6 points fewer, so 3 more of discontent
        assert changed == {opera.ada.id, *served}
        assert discontents(session)[opera.ada.id] == held.get(opera.ada.id, 0) + Decimal(3)
    else:
        assert opera.ada.id not in changed


def test_the_oldest_offers_go_first_and_what_nobody_takes_stays_offered(opera: Opera) -> None:
    opera.offer(opera.bob, 1)
    opera.offer(opera.ada, 4)

    opera.complement()

    left = grants(opera.session)
    assert left[opera.bob.id, opera.show.id] == 0
    assert left[opera.ada.id, opera.show.id] == 2
    assert left[opera.cy.id, opera.show.id] == 2
    assert left[opera.dee.id, opera.show.id] == 1
    assert opera.offers() == [
        (1, ReturnState.reassigned),
        (2, ReturnState.reassigned),
        (2, ReturnState.offered),
    ]
    run = queries.runs(opera.session, opera.season)[0]
    told = {one.pceen_id: one for one in queries.wishes_of(opera.session, run)
            if one.spectacle_id == opera.show.id}  # fmt: skip
    assert told[opera.ada.id].reason is WishReason.returned
    assert told[opera.ada.id].granted == 2
    opera.withdraw(opera.ada)
    with pytest.raises(NothingOffered):
        opera.withdraw(opera.ada)


def test_the_second_offer_of_a_grant_is_refused_until_the_first_is_taken_back(
    opera: Opera,
) -> None:
    opera.offer(opera.ada, 2)

    with pytest.raises(AlreadyOffered) as caught:
        opera.offer(opera.ada, 2)
    assert isinstance(caught.value, Conflict)
    assert opera.withdraw(opera.ada).state is ReturnState.withdrawn
    opera.offer(opera.ada, 4)

    assert opera.offers() == [(2, ReturnState.withdrawn), (4, ReturnState.offered)]


@pytest.mark.parametrize("places", [-1, 0, 5, 2**40])
def test_as_many_as_one_has_may_be_offered_and_no_more(opera: Opera, places: int) -> None:
    with pytest.raises(NotSoMany):
        opera.offer(opera.ada, places)

    assert opera.offers() == []


@pytest.mark.parametrize(
    ("at", "is_open"),
    [
        ("2027-01-15T22:59:59+00:00", True),
        ("2027-01-15T23:00:00+00:00", False),
    ],
)
def test_the_last_day_counts_until_midnight_in_paris(opera: Opera, at: str, is_open: bool) -> None:
    opera.season.fin_retour = date(2027, 1, 15)
    opera.show.date = clock.now() + timedelta(days=400)
    opera.session.commit()

    with time_machine.travel(at, tick=False):
        if is_open:
            assert opera.offer(opera.ada, 1).places == 1
        else:
            with pytest.raises(ReturnClosed):
                opera.offer(opera.ada, 1)


@pytest.mark.parametrize("what", ["hidden", "cancelled", "past", "nothing"])
def test_what_cannot_be_given_back_is_refused(opera: Opera, what: str) -> None:
    if what == "hidden":
        opera.season.attributions_visible = False
    elif what == "cancelled":
        opera.show.cancelled = True
    elif what == "past":
        opera.show.date = clock.now() - timedelta(minutes=1)
    opera.session.commit()

    with pytest.raises(ReturnClosed):
        opera.offer(opera.cy if what == "nothing" else opera.ada, 1)


def test_both_sides_are_written_to_in_their_language(opera: Opera, outbox: Outbox) -> None:
    opera.ada.locale = "en"
    opera.session.commit()
    opera.offer(opera.ada, 1)

    opera.complement()

    taken, given = (
        [mail for mail in outbox() if isinstance(mail, kind)] for kind in (PlacesTaken, PlacesGiven)
    )
    assert [(one.to, one.locale, one.total_cents) for one in taken] == [
        (opera.ada.email, "en", opera.show.unit_price)
    ]
    assert [one.to in (opera.cy.email, opera.dee.email) for one in given] == [True]
    assert given[0].shows[0][0] == opera.show.nom


def test_hidden_nobody_is_written_to(opera: Opera, outbox: Outbox) -> None:
    opera.offer(opera.ada, 1)
    with transaction(opera.session):
        publication.hide(opera.session, season=opera.season, by=None, reason="Erreur")

    opera.complement()

    assert [mail for mail in outbox() if isinstance(mail, PlacesTaken | PlacesGiven)] == []


def test_what_the_team_gave_by_hand_stays_by_hand_with_fewer_places(opera: Opera) -> None:
    late = participant()
    opera.asked[late] = wish(late, opera.other, 1, 3)
    grant(opera.asked[late], 3)
    more = wish(participant(), opera.other, 1, 8)
    opera.offer(late, 2)

    opera.complement()

    kept = opera.session.get_one(ClubQAttribution, opera.asked[late].id)
    assert (kept.places_attribuees, kept.run_id) == (1, None)
    assert opera.session.get_one(ClubQAttribution, more.id).places_attribuees == 8


def test_an_offer_made_since_is_a_difference(opera: Opera) -> None:
    run = computed(opera.session, opera.season, Strategy.fair, RunMode.complement)
    opera.offer(opera.ada, 1)

    (found,) = queries.differences(opera.session, run)

    assert (found.kind, found.person, found.show) == ("grant", opera.ada.id, opera.show.id)
    assert launched(opera.session, opera.season, mode=RunMode.complement).id > run.id
