"""What is for sale: made, changed until someone has it, hidden, never lost."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from app.core.transaction import transaction
from app.enums import PaymentStatus, PermissionScope as S, PermissionType as T
from app.extensions import db
from app.models import AuditEvent, Offer
from app.modules.intrarez import errors, queries
from app.modules.intrarez.rules.offers import SEEDED, SeededOffer
from app.modules.intrarez.service import offers
from tests.client import Client, Page
from tests.conftest import Login
from tests.factories import (
    OfferFactory,
    PaymentFactory,
    PCeenFactory,
    RentalFactory,
)
from tests.modules.intrarez.test_devices import register, remove
from tests.modules.intrarez.test_races import answer_of, at_once
from tests.modules.intrarez.test_routes import errors_of, tables, version_of
from tests.modules.intrarez.test_subscriptions import buy, revoke

SPRING = SeededOffer(
    slug="spring",
    name_fr="Printemps",
    name_en="Spring",
    description_fr="Deux mois et demi.",
    price_cents=450,
    months=2,
    days=15,
)
#: One that every installation has, and the welcoming one.
TERM = next(one for one in SEEDED if one.slug == "3months")
WELCOME = next(one for one in SEEDED if one.slug == "_first")


def create(session: Session, wanted: SeededOffer) -> Offer:
    with transaction(session):
        return offers.create(session, wanted)


def change(session: Session, slug: str, *, version: int | None = None, **values: Any) -> None:
    offer = session.get_one(Offer, slug)
    wanted = replace(offers.as_seeded(offer), **values)
    seen = offer.version if version is None else version
    with transaction(session):
        offers.change(session, offer=offer, wanted=wanted, version=seen)


def apply(session: Session, *wanted: SeededOffer, update_texts: bool = False) -> list[str]:
    with transaction(session):
        return list(offers.apply(session, wanted, update_texts=update_texts))


def use(session: Session, slug: str, *, how: str = "subscription") -> None:
    """Have someone refer to an offer."""
    if how == "unpaid payment":
        PaymentFactory(offer_slug=slug, status=PaymentStatus.refused)
        return
    payment = buy(session, PCeenFactory(), slug)
    if how == "revoked subscription":
        revoke(session, payment, by=PCeenFactory())


def now(session: Session, slug: str) -> SeededOffer:
    session.expire_all()
    return offers.as_seeded(session.get_one(Offer, slug))


# What an installation begins with


def test_an_installation_begins_with_four_offers(session: Session) -> None:
    found = {
        offer.slug: (offer.price_cents, offer.months, offer.days, offer.visible, offer.active)
        for offer in queries.all_offers(session)
    }

    assert found == {
        "_first": (0, 0, 0, False, True),
        "3months": (400, 2, 0, True, True),
        "6months": (800, 5, 0, True, True),
        "12months": (1500, 11, 0, True, True),
    }


@pytest.mark.once
def test_each_seeded_offer_is_named_and_told_in_both_languages() -> None:
    for one in SEEDED:
        assert all((one.name_fr, one.name_en, one.description_fr, one.description_en))
    assert (TERM.name_fr, TERM.name_en) == ("3 mois", "3 months")
    assert TERM.description_fr == "2 mois, puis 1 mois offert pour renouveler."


def test_seeding_again_makes_what_is_missing_and_leaves_what_is_there(session: Session) -> None:
    change(session, "6months", name_fr="Un semestre", price_cents=900)
    session.execute(sa.delete(Offer).where(Offer.slug == "12months"))
    session.commit()

    with transaction(session):
        made = list(offers.seed(session))
        again = list(offers.seed(session))

    assert (made, again) == (["12months"], [])
    assert (now(session, "6months").name_fr, now(session, "6months").price_cents) == (
        "Un semestre",
        900,
    )


# Making one


def test_an_offer_is_made_as_it_is_wanted(session: Session) -> None:
    create(session, SPRING)

    assert now(session, "spring") == SPRING
    event = session.scalars(sa.select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert event is not None
    assert event.action == "intrarez.offer.create"
    assert event.after is not None
    assert event.after["price_cents"] == 450


@pytest.mark.parametrize(
    ("wanted", "refusal"),
    [
        (replace(SPRING, slug="3months"), errors.SlugTaken),
        (replace(SPRING, slug="_first"), errors.WelcomeOfferFixed),
        (replace(WELCOME), errors.SlugTaken),
        (replace(SPRING, months=0, days=0), errors.OfferTooShort),
    ],
    ids=["taken", "welcome", "welcome again", "short"],
)
def test_an_offer_that_may_not_be_is_not_made(
    session: Session, wanted: SeededOffer, refusal: type[Exception]
) -> None:
    before = tables(session)

    with pytest.raises(refusal):
        create(session, wanted)

    assert tables(session) == before


@pytest.mark.parametrize(("months", "days"), [(0, 1), (1, 0), (60, 366)])
def test_an_offer_lasts_from_a_day_to_five_years_and_a_year(
    session: Session, months: int, days: int
) -> None:
    create(session, replace(SPRING, months=months, days=days))

    assert now(session, "spring").terms == (450, months, days)


def test_a_free_offer_is_given_and_not_sold(session: Session) -> None:
    create(session, replace(SPRING, price_cents=0))

    assert "spring" not in [one.slug for one in queries.offers_for_sale(session)]
    assert "spring" in [one.slug for one in queries.offers_to_give(session)]


@pytest.mark.parametrize(
    ("visible", "active", "is_sold", "is_given"),
    [
        (True, True, True, True),
        (False, True, False, True),
        (True, False, False, False),
        (False, False, False, False),
    ],
)
def test_what_is_hidden_is_given_and_what_is_inactive_is_neither(
    session: Session, visible: bool, active: bool, is_sold: bool, is_given: bool
) -> None:
    OfferFactory(slug="spring", visible=visible, active=active)

    sold = [one.slug for one in queries.offers_for_sale(session)]
    given = [one.slug for one in queries.offers_to_give(session)]

    assert ("spring" in sold, "spring" in given) == (is_sold, is_given)
    assert "_first" not in sold + given


# Changing one


def test_an_offer_that_nobody_has_changes_its_price_and_its_length(session: Session) -> None:
    change(session, "3months", price_cents=450, months=3, days=2)

    offer = session.get_one(Offer, "3months")
    assert offers.as_seeded(offer).terms == (450, 3, 2)
    assert offer.version == 2
    event = session.scalars(sa.select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert event is not None
    assert event.action == "intrarez.offer.change"
    assert event.before is not None
    assert event.after is not None
    assert (event.before["price_cents"], event.after["price_cents"]) == (400, 450)


@pytest.mark.parametrize("how", ["subscription", "revoked subscription", "unpaid payment"])
@pytest.mark.parametrize("terms", [{"price_cents": 500}, {"months": 3}, {"days": 1}], ids=str)
def test_what_someone_has_keeps_its_price_and_its_length(
    session: Session, how: str, terms: dict[str, int]
) -> None:
    use(session, "3months", how=how)
    before = tables(session)

    with pytest.raises(errors.OfferInUse) as refusal:
        change(session, "3months", **terms, name_fr="Un trimestre")

    assert "3months" in refusal.value.message
    assert tables(session) == before


def test_what_someone_has_may_still_be_renamed_hidden_and_stopped(session: Session) -> None:
    use(session, "3months")

    change(session, "3months", name_fr="Un trimestre", visible=False, active=False)

    found = now(session, "3months")
    assert (found.name_fr, found.visible, found.active) == ("Un trimestre", False, False)
    assert found.terms == TERM.terms


def test_what_is_done_to_another_offer_uses_none(session: Session) -> None:
    use(session, "6months")

    change(session, "3months", price_cents=500)

    assert queries.used_offers(session) == {"6months"}


def test_an_offer_that_has_become_too_short_is_refused(session: Session) -> None:
    before = tables(session)

    with pytest.raises(errors.OfferTooShort):
        change(session, "3months", months=0)

    assert tables(session) == before


@pytest.mark.parametrize("values", [{"active": False}, {"visible": True}, {"price_cents": 100}])
def test_the_welcome_offer_stays_free_hidden_and_active(
    session: Session, values: dict[str, Any]
) -> None:
    before = tables(session)

    with pytest.raises(errors.WelcomeOfferFixed):
        change(session, "_first", **values)

    assert tables(session) == before


def test_the_welcome_offer_may_be_told_otherwise(session: Session) -> None:
    register(session, RentalFactory().pceen)

    change(session, "_first", name_fr="Cadeau", description_fr=None)

    assert (now(session, "_first").name_fr, now(session, "_first").months) == ("Cadeau", 0)


@pytest.mark.parametrize("version", [0, 2, 99])
def test_an_offer_changed_meanwhile_is_not_written_over(session: Session, version: int) -> None:
    before = tables(session)

    with pytest.raises(errors.StaleVersion):
        change(session, "3months", version=version, name_fr="Autre")

    assert tables(session) == before


@pytest.mark.parametrize("slug", ["", "none", "3MONTHS", "3months\x00", "x" * 33, "x" * 5000, "é"])
def test_an_offer_of_another_name_does_not_exist(session: Session, slug: str) -> None:
    with pytest.raises(errors.NoSuchOffer):
        queries.offer(session, slug)


# A list of offers


def test_a_list_makes_what_is_missing_and_touches_nothing_else(session: Session) -> None:
    renamed = replace(TERM, name_fr="Un trimestre", visible=False)

    assert apply(session, renamed, SPRING) == ["spring"]

    assert now(session, "spring") == SPRING
    assert now(session, "3months") == TERM
    assert {one.slug for one in queries.all_offers(session)} == {
        *(one.slug for one in SEEDED),
        "spring",
    }


def test_with_the_option_a_list_rewrites_texts_and_flags(session: Session) -> None:
    use(session, "3months")
    renamed = replace(TERM, name_fr="Un trimestre", description_en=None, active=False)

    assert apply(session, renamed, SPRING, update_texts=True) == ["3months", "spring"]

    assert now(session, "3months") == renamed
    assert {one.slug for one in queries.all_offers(session)} > {"6months", "12months", "_first"}


def test_a_list_applied_twice_changes_nothing_the_second_time(session: Session) -> None:
    wanted = (replace(TERM, name_fr="Un trimestre"), SPRING)
    apply(session, *wanted, update_texts=True)
    before = tables(session)

    assert apply(session, *wanted, update_texts=True) == []
    assert apply(session, *SEEDED) == []

    assert tables(session) == before


@pytest.mark.parametrize("update_texts", [True, False])
@pytest.mark.parametrize("terms", [{"price_cents": 500}, {"months": 3}, {"days": 1}], ids=str)
def test_a_list_that_would_change_what_someone_has_changes_nothing_at_all(
    session: Session, update_texts: bool, terms: dict[str, int]
) -> None:
    use(session, "3months")
    other = replace(next(one for one in SEEDED if one.slug == "6months"), name_fr="Un semestre")
    before = tables(session)

    with pytest.raises(errors.OfferInUse) as refusal:
        apply(session, SPRING, other, replace(TERM, **terms), update_texts=update_texts)

    assert refusal.value.details == {"slug": "3months"}
    assert tables(session) == before


@pytest.mark.parametrize(
    ("wanted", "refusal"),
    [
        (replace(SPRING, slug="summer", months=0, days=0), errors.OfferTooShort),
        (replace(TERM, months=0), errors.OfferTooShort),
        (replace(WELCOME, active=False), errors.WelcomeOfferFixed),
        (replace(WELCOME, price_cents=100), errors.WelcomeOfferFixed),
        (SPRING, errors.SlugTaken),  # twice in one list
    ],
    ids=["short", "made short", "welcome stopped", "welcome sold", "twice"],
)
def test_a_list_with_one_bad_offer_changes_nothing_at_all(
    session: Session, wanted: SeededOffer, refusal: type[Exception]
) -> None:
    before = tables(session)

    with pytest.raises(refusal):
        apply(session, SPRING, wanted, update_texts=True)

    assert tables(session) == before


# Several at once


def test_of_many_who_make_the_same_offer_at_once_one_does(shared: Flask) -> None:
    def ask(_number: int) -> str:
        with shared.app_context():
            return answer_of(lambda session: offers.create(session, SPRING))

    assert at_once(ask, 16) == {"done": 1, "SlugTaken": 15}


def test_of_many_who_change_an_offer_at_once_one_does(shared: Flask) -> None:
    def ask(number: int) -> str:
        def act(session: Session) -> None:
            offer = session.get_one(Offer, "3months")
            wanted = replace(TERM, price_cents=500 + number)
            offers.change(session, offer=offer, wanted=wanted, version=1)

        with shared.app_context():
            return answer_of(act)

    assert at_once(ask, 16) == {"done": 1, "StaleVersion": 15}
    with shared.app_context():
        assert db.session.get_one(Offer, "3months").version == 2


# Pages

Submit = Callable[..., Page]
TYPED = {
    "slug": "spring",
    "name_fr": "Printemps",
    "name_en": "Spring",
    "description_fr": "",
    "description_en": "",
    "price_cents": "4,50",
    "months": "2",
    "days": "15",
    "visible": "y",
    "active": "y",
}


@pytest.fixture
def treasurer(login: Login) -> Client:
    return login(PCeenFactory(can=[(T.write, S.payments)]))


def value_of(page: Page, name: str) -> str:
    """What a field of the form holds."""
    (tag,) = page.html.select(f"main form [name={name}]")
    return str(tag.get("value") or tag.get_text()).strip()


@pytest.mark.parametrize("path", ["/gris/offers", "/gris/offers/3months"])
@pytest.mark.parametrize(
    ("can", "status"),
    [
        ((T.write, S.payments), 200),
        ((T.all, S.payments), 200),
        ((T.read, S.payments), 403),
        ((T.write, S.pceen), 403),
        ((T.read, S.intrarez), 403),
    ],
)
def test_the_offers_are_for_those_who_look_after_money(
    session: Session, login: Login, path: str, can: tuple[T, S], status: int
) -> None:
    browser, before = login(PCeenFactory(can=[can])), tables(session)

    assert browser.get(path).status_code == status
    if status == 403:
        sent = browser.post(path, data=TYPED | {"version": "1"})
        assert (sent.status_code, tables(session)) == (403, before)


def test_a_gri_looks_after_the_offers(login: Login) -> None:
    assert login(PCeenFactory(slugs=["gri"])).get("/gris/offers").status_code == 200


def test_who_is_not_logged_in_is_asked_to(client: Client) -> None:
    assert client.get("/gris/offers").status_code in (302, 303)
    assert client.post("/gris/offers/3months", data=TYPED).status_code in (302, 303)


def test_the_page_says_what_each_offer_costs_lasts_and_gave(
    session: Session, treasurer: Client
) -> None:
    use(session, "3months")
    use(session, "3months")
    OfferFactory(slug="gone", name_fr="Ancienne", active=False)

    page = treasurer.open_page("/gris/offers")

    rows = page.texts("main table tbody tr")
    (term,) = (row for row in rows if "3months" in row)
    assert all(part in term for part in ("3 mois", "4,00 €", "2 mois", "2", "proposée"))
    assert any("Ancienne" in row and "désactivée" in row for row in rows)
    assert any("_first" in row and "cachée" in row for row in rows)
    assert len(rows) == 5


def test_the_page_shows_the_welcome_months_that_are_doubtful(
    session: Session, treasurer: Client
) -> None:
    ada = RentalFactory(room_num=305, pceen__nom="Lovelace").pceen
    bob = RentalFactory(room_num=306, pceen__nom="Babbage").pceen
    assert "Babbage" not in treasurer.open_page("/gris/offers").text("main")
    remove(session, register(session, ada))
    register(session, bob)

    page = treasurer.open_page("/gris/offers")

    assert page.html.select(f'main a[href="/gris/pceens/{bob.id}"]')
    assert not page.html.select(f'main a[href="/gris/pceens/{ada.id}"]')


def test_an_offer_is_made_on_the_page(session: Session, treasurer: Client) -> None:
    page = treasurer.submit("/gris/offers", **TYPED)

    assert any("Printemps" in text for text in page.flashes)
    assert now(session, "spring") == replace(SPRING, description_fr=None)


@pytest.mark.parametrize(
    "typed",
    [
        {"price_cents": "douze"},
        {"price_cents": "4,505"},
        {"price_cents": "4.5.0"},
        {"price_cents": "1e2"},
        {"price_cents": "NaN"},
        {"price_cents": "-1"},
        {"price_cents": "10 000,00"},
        {"price_cents": "-0,01 €"},
        {"months": "61"},
        {"months": "1.5"},
        {"months": "-1"},
        {"days": "367"},
        {"days": "٣"},
        {"name_fr": "x" * 65},
        {"description_fr": "x" * 2001},
        {"slug": "Printemps"},
        {"slug": "a-b"},
        {"slug": "a b"},
        {"slug": "été"},
        {"slug": "x" * 33},
        {"slug": "3months"},
    ],
    ids=str,
)
def test_what_is_typed_wrongly_is_said_and_kept(
    session: Session, treasurer: Client, typed: dict[str, str]
) -> None:
    status = 409 if typed == {"slug": "3months"} else 422
    before = tables(session)

    page = treasurer.submit("/gris/offers", status=status, **TYPED | typed)

    assert errors_of(page)
    for name in ("slug", "name_fr", "price_cents", "months", "days", "description_fr"):
        assert value_of(page, name) == (TYPED | typed)[name]
    assert tables(session) == before


@pytest.mark.parametrize("missing", ["slug", "name_fr", "name_en", "price_cents", "months", "days"])
def test_a_field_that_is_missing_is_asked_for(
    session: Session, treasurer: Client, missing: str
) -> None:
    sent = {name: value for name, value in TYPED.items() if name != missing}

    page = treasurer.submit("/gris/offers", status=422, **sent)

    assert errors_of(page)
    assert session.get(Offer, "spring") is None


@pytest.mark.parametrize(
    ("typed", "cents"), [("4", 400), ("4,5", 450), ("4.50", 450), ("9 999,99 €", 999_999)]
)
def test_a_price_is_typed_as_people_do(
    session: Session, treasurer: Client, typed: str, cents: int
) -> None:
    treasurer.submit("/gris/offers", **TYPED | {"price_cents": typed})

    assert now(session, "spring").price_cents == cents


def test_an_offer_is_changed_on_its_page(session: Session, treasurer: Client) -> None:
    page = treasurer.open_page("/gris/offers/3months")
    assert (value_of(page, "price_cents"), value_of(page, "months")) == ("4,00", "2")
    sent = {name: value for name, value in TYPED.items() if name != "visible"}

    treasurer.submit("/gris/offers/3months", **sent, version=version_of(page))

    assert now(session, "3months") == replace(
        SPRING, slug="3months", description_fr=None, visible=False
    )
    assert session.get(Offer, "spring") is None  # the short name never changes


def test_a_page_saved_as_it_is_shown_changes_nothing(session: Session, treasurer: Client) -> None:
    use(session, "3months")
    page = treasurer.open_page("/gris/offers/3months")
    names = [name for name in TYPED if name not in ("slug", "visible", "active")]
    sent = {name: value_of(page, name) for name in names} | {"visible": "y", "active": "y"}

    treasurer.submit("/gris/offers/3months", **sent, version=version_of(page))

    assert now(session, "3months") == TERM


def test_a_price_that_may_not_change_is_said_and_kept(session: Session, treasurer: Client) -> None:
    use(session, "3months")
    before = tables(session)
    shown = treasurer.open_page("/gris/offers/3months")
    assert "son prix et sa durée ne changent plus" in shown.text("main")

    page = treasurer.submit("/gris/offers/3months", status=409, **TYPED, version=version_of(shown))

    assert any("a déjà servi" in text for text in errors_of(page))
    assert value_of(page, "price_cents") == "4,50"
    assert tables(session) == before


def test_a_page_that_was_changed_meanwhile_shows_what_is_there_now(
    session: Session, treasurer: Client
) -> None:
    stale = version_of(treasurer.open_page("/gris/offers/3months"))
    change(session, "3months", name_fr="Un trimestre")

    page = treasurer.submit("/gris/offers/3months", status=409, **TYPED, version=stale)

    assert any("entre-temps" in text for text in errors_of(page))
    assert any("Un trimestre" in text for text in errors_of(page))
    assert value_of(page, "name_fr") == "Printemps"
    assert now(session, "3months").name_fr == "Un trimestre"

    treasurer.submit("/gris/offers/3months", **TYPED, version=version_of(page))
    assert now(session, "3months").name_fr == "Printemps"


@pytest.mark.parametrize("version", ["", "0", "x", "-1", "9" * 30])
def test_a_form_of_no_version_changes_nothing(
    session: Session, treasurer: Client, version: str
) -> None:
    before = tables(session)

    treasurer.submit("/gris/offers/3months", status=409, **TYPED, version=version)

    assert tables(session) == before


@pytest.mark.parametrize(
    "slug", ["none", "3MONTHS", "x" * 33, "x" * 2000, "%C3%A9", "%F0%9F%A6%84"]
)
def test_the_page_of_no_offer_does_not_exist(treasurer: Client, slug: str) -> None:
    assert treasurer.get(f"/gris/offers/{slug}").status_code == 404
    assert treasurer.post(f"/gris/offers/{slug}", data=TYPED).status_code == 404


@pytest.mark.parametrize("slug", ["%00", "3months%00", "3months%0A"])
def test_the_page_of_nonsense_does_not_exist(treasurer: Client, slug: str) -> None:
    assert treasurer.get(f"/gris/offers/{slug}").status_code == 404


@pytest.mark.parametrize("slug", ["3months%20", "%203months"])
def test_a_name_with_a_blank_is_another_name(treasurer: Client, slug: str) -> None:
    assert treasurer.get(f"/gris/offers/{slug}").status_code == 404


def test_html_in_the_name_of_an_offer_is_text(session: Session, treasurer: Client) -> None:
    hostile = '<img src=x onerror="alert(1)">'
    OfferFactory(slug="spring", name_fr=hostile, description_fr=hostile)

    for path in ("/gris/offers", "/gris/offers/spring"):
        page = treasurer.open_page(path)
        assert hostile in page.text("main")
        assert not page.html.select("main img[src=x]")


def test_five_more_offers_cost_no_more_queries(
    session: Session, treasurer: Client, queries: list[str]
) -> None:
    costs = []
    for some in ("a", "b"):
        treasurer.open_page("/gris/offers")
        queries.clear()
        treasurer.open_page("/gris/offers")
        costs.append(len(queries))
        for number in range(5):
            OfferFactory(slug=f"more_{some}{number}")

    assert costs[0] == costs[1]
