"""What the home page costs who has every card of it, full."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from app.core import clock
from app.enums import PermissionScope as S, PermissionType as T
from app.models import BarAccount, PCeen
from tests.conftest import Login
from tests.factories import AlbumFactory, DeviceFactory, RentalFactory, role_with
from tests.factories.calendar import BannerFactory, EventFactory, told
from tests.factories.club_q import SeasonFactory, SpectacleFactory, grant, make_current, wish
from tests.factories.community import BekkFactory, PeriodFactory, open_orders

_SCOPES = (S.intrarez, S.bar, S.photos, S.club_q, S.bekk, S.panier_bio, S.calendar, S.collection)


@pytest.fixture
def ada(session: Session) -> PCeen:
    """Someone who may open everything, and has one of each."""
    ada: PCeen = RentalFactory(room_num=312).pceen
    ada.roles.append(role_with((T.write, S.calendar), *((T.read, scope) for scope in _SCOPES)))
    DeviceFactory(pceen=ada)
    if session.get(BarAccount, ada.id) is None:
        session.add(BarAccount(pceen_id=ada.id, qr_code="0" * 43))
    season = make_current(SeasonFactory(attributions_visible=True))
    show = SpectacleFactory(season_id=season.id, date=clock.now() + timedelta(days=9))
    grant(wish(ada, show), 1)
    session.commit()
    return ada


def fill(times: int, ada: PCeen) -> None:
    for _ in range(times):
        EventFactory()
        BannerFactory()
        BekkFactory()
        DeviceFactory(pceen=ada)
        AlbumFactory(visible=True, collection__visible=True)
        told(ada)


def test_it_costs_twelve_statements_at_most_however_full_it_is(
    session: Session, login: Login, ada: PCeen, queries: list[str]
) -> None:
    PeriodFactory()
    open_orders()
    fill(1, ada)
    browser = login(ada)

    def cost() -> int:
        queries.clear()
        page = browser.open_page("/")
        assert "ne s'affiche pas" not in page.text("main")
        return len(queries)

    cost()
    cost_before = cost()
    cards = browser.open_page("/").texts("main .card h2")
    fill(5, ada)

    assert len(cards) >= 9, cards
    assert cost() == cost_before <= 12, queries
