"""Shows, venues, seasons and options: what everybody sees, and what the team changes."""

from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.core import clock, draw
from app.enums import DiscontentKind, PermissionScope as S, PermissionType as T
from app.models import (
    AuditEvent,
    ClubQAttribution,
    ClubQCampaign,
    ClubQDiscontent,
    ClubQPreference,
    ClubQReturn,
    ClubQRun,
    ClubQSalle,
    ClubQSeason,
    ClubQSpectacle,
    ClubQVoeu,
    PCeen,
    StoredChoice,
)
from app.models.club_q import ClubQAccount
from app.modules.club_q.choices import ACCESS, MAX_PLACES, SEASON
from app.modules.club_q.mails import ShowCancelled
from tests.client import Client, Page
from tests.conftest import Login, Outbox
from tests.factories import PCeenFactory
from tests.factories.club_q import (
    SalleFactory,
    SeasonFactory,
    SpectacleFactory,
    grant,
    make_current,
    organiser,
    participant,
    wish,
)
from tests.factories.people import role_with

pytestmark = pytest.mark.once

SHOWS, VENUES, SEASONS = "/club_q/spectacles", "/club_q/salles", "/club_q/saisons"


@pytest.fixture
def season() -> ClubQSeason:
    return make_current(SeasonFactory(nom="Automne"))


@pytest.fixture
def staff(login: Login) -> Client:
    return login(organiser(locale="fr"))


def fields(page: Page, **typed: Any) -> dict[str, Any]:
    """What the form of a page sends, with what is *typed* in it."""
    sent: dict[str, Any] = {}
    for field in page.html.select("form.form :is(input, select, textarea)[name]"):
        if field.name == "select":
            chosen = field.select_one("[selected]") or field.select_one("option")
            sent[field["name"]] = chosen["value"]
        elif field.name == "textarea":
            sent[field["name"]] = field.get_text().removeprefix("\n")
        elif field.get("type") not in ("checkbox", "file"):
            sent[field["name"]] = field.get("value", "")
    return sent | typed


def a_show(page: Page, **typed: Any) -> dict[str, Any]:
    given = {"nom": "Carmen", "date": "2027-03-12", "time": "20:00", "nb_tickets": "30"}
    return fields(page, **(given | {"price": "12,50"} | typed))


# Shows


def test_a_show_is_made_once_with_all_that_was_typed(
    staff: Client, session: Session, season: ClubQSeason
) -> None:
    venue = SalleFactory(nom="Odéon")
    sent = a_show(
        staff.open_page(f"{SHOWS}?new=1"),
        categorie="Opéra",
        description="**Bizet**",
        duration="150",
        salle_id=str(venue.id),
    )

    for _ in range(2):
        staff.submit(SHOWS, **sent)

    session.commit()
    (show,) = session.query(ClubQSpectacle).all()
    assert (show.nom, show.categorie, show.description) == ("Carmen", "Opéra", "**Bizet**")
    assert show.date == datetime.fromisoformat("2027-03-12T19:00+00:00")
    assert (show.duration, show.nb_tickets, show.unit_price) == (150, 30, 1250)
    assert (show.season_id, show.salle_id) == (season.id, venue.id)
    page = staff.open_page(f"{SHOWS}/{show.id}")
    assert page.text(".md strong") == "Bizet"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ({"price": "0"}, {"unit_price": 0}),
        ({"price": "12.50"}, {"unit_price": 1250}),
        ({"nb_tickets": "0"}, {"nb_tickets": 0}),
        ({"duration": ""}, {"duration": 120}),
        ({"salle_id": "0"}, {"salle_id": None}),
        # clocks show it twice: the first
        (
            {"date": "2027-10-31", "time": "02:30"},
            {"date": datetime.fromisoformat("2027-10-31T00:30+00:00")},
        ),
    ],
)
def test_what_is_on_the_edge_is_taken(
    staff: Client,
    session: Session,
    season: ClubQSeason,
    typed: dict[str, str],
    kept: dict[str, Any],
) -> None:
    staff.submit(SHOWS, **a_show(staff.open_page(f"{SHOWS}?new=1"), **typed))

    session.commit()
    (show,) = session.query(ClubQSpectacle).all()
    assert {name: getattr(show, name) for name in kept} == kept


@pytest.mark.once
@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("nom", ""), ("nom", "x" * 65), ("nom", "a\u202eb"), ("categorie", "x" * 65)),
        *(("description", "x" * 2501), ("date", ""), ("date", "2027-02-30"), ("date", "demain")),
        *(("time", ""), ("time", "25:00"), ("time", "8h"), ("duration", "0")),
        *(("duration", "1441"), ("nb_tickets", ""), ("nb_tickets", "-1"), ("nb_tickets", "1e3")),
        *(("nb_tickets", "²"), ("nb_tickets", "100001"), ("price", ""), ("price", "nan")),
        *(("price", "-1"), ("price", "12,505"), ("price", "１２"), ("price", "1000,01")),
        *(("salle_id", "999999"), ("salle_id", "x"), ("saison_id", "999999"), ("saison_id", "")),
    ],
)
def test_what_makes_no_sense_is_refused_next_to_its_field_and_kept(
    staff: Client, session: Session, season: ClubQSeason, field: str, value: str
) -> None:
    sent = a_show(staff.open_page(f"{SHOWS}?new=1"), **{"description": "Gardé", field: value})

    page = staff.submit(SHOWS, **sent, status=422)

    assert page.html.select(f"#{field}-errors, #{field} ~ .field-errors"), field
    assert page.html.select_one("#nb_tickets")["value"] == sent["nb_tickets"]
    if field != "description":
        assert page.text("textarea") == "Gardé"
    assert session.query(ClubQSpectacle).count() == 0


@pytest.mark.once
def test_a_time_that_clocks_jump_over_is_refused_with_an_explanation(
    staff: Client, season: ClubQSeason
) -> None:
    sent = a_show(staff.open_page(f"{SHOWS}?new=1"), date="2027-03-28", time="02:30")

    page = staff.submit(SHOWS, **sent, status=422)

    assert "l'ont sautée" in page.text("#time-errors")


def test_two_people_who_change_a_show_at_once_see_each_other(
    staff: Client, session: Session, season: ClubQSeason
) -> None:
    show = SpectacleFactory(season_id=season.id, nom="Carmen")
    path = f"{SHOWS}/{show.id}"
    stale = staff.open_page(f"{path}?edit=1")
    staff.submit(path, **fields(stale, nom="Norma"))

    page = staff.submit(path, **fields(stale, nom="Tosca"), status=409)

    assert page.html.select_one("#nom")["value"] == "Tosca"
    assert "Norma" in page.text("#nom-errors")
    staff.submit(path, **fields(page))
    session.commit()
    assert session.get_one(ClubQSpectacle, show.id).nom == "Tosca"


def test_fewer_tickets_than_granted_are_refused_with_who_holds_them(
    staff: Client, session: Session, season: ClubQSeason
) -> None:
    show = SpectacleFactory(season_id=season.id, nb_tickets=10)
    for name, places in (("Ada", 3), ("Bob", 4)):
        person = participant(prenom=name, nom="Exemple")
        grant(wish(person, show, places=places), places)
    path = f"{SHOWS}/{show.id}"

    page = staff.submit(
        path, **fields(staff.open_page(f"{path}?edit=1"), nb_tickets="6"), status=422
    )

    said = page.text("#nb_tickets-errors")
    assert "7 places" in said
    assert all(words in said for words in ("Ada", "(3)", "Bob", "(4)"))
    staff.submit(path, **fields(page, nb_tickets="7"))
    session.commit()
    assert session.get_one(ClubQSpectacle, show.id).nb_tickets == 7


def test_a_show_that_people_wish_for_stays_in_its_season(
    staff: Client, session: Session, season: ClubQSeason
) -> None:
    other = SeasonFactory(nom="Printemps")
    free, wished = SpectacleFactory(season_id=season.id), SpectacleFactory(season_id=season.id)
    wish(participant(), wished)

    for show, status in ((free, 200), (wished, 409)):
        path = f"{SHOWS}/{show.id}"
        sent = fields(staff.open_page(f"{path}?edit=1"), saison_id=str(other.id))
        staff.submit(path, **sent, status=status)

    session.commit()
    session.expire_all()
    assert (free.season_id, wished.season_id) == (other.id, season.id)


def test_a_show_is_deleted_with_its_wishes_unless_places_are_granted(
    staff: Client, session: Session, season: ClubQSeason
) -> None:
    gone, kept = SpectacleFactory(season_id=season.id), SpectacleFactory(season_id=season.id)
    person = participant()
    first = wish(person, gone, priority=1)
    second = wish(person, kept, priority=2)
    grant(second, 1)
    grant(first, 0)

    staff.submit(f"{SHOWS}/{gone.id}/delete")
    page = staff.submit(f"{SHOWS}/{kept.id}/delete")

    assert "attribuées" in " ".join(page.flashes)
    session.commit()
    assert [one.id for one in session.query(ClubQSpectacle)] == [kept.id]
    (left,) = session.query(ClubQVoeu).all()
    assert (left.id, left.priorite) == (second.id, 1)


@pytest.mark.parametrize("is_published", [True, False])
def test_those_who_hold_places_of_a_cancelled_show_are_told_once_they_know(
    staff: Client, session: Session, season: ClubQSeason, outbox: Outbox, is_published: bool
) -> None:
    show = SpectacleFactory(season_id=season.id, nom="Carmen")
    holder, unserved = participant(prenom="Ada"), participant()
    grant(wish(holder, show, places=2), 2)
    grant(wish(unserved, show), 0)
    season.attributions_visible = is_published
    session.commit()

    for _ in range(2):
        staff.submit(f"{SHOWS}/{show.id}/cancel")

    session.commit()
    session.expire_all()
    assert show.cancelled
    mails = [one for one in outbox() if isinstance(one, ShowCancelled)]
    assert [(one.to, one.places) for one in mails] == [(holder.email, 2)] * is_published


# What everybody sees


def test_the_team_sees_figures_that_nobody_else_does(
    login: Login, session: Session, season: ClubQSeason
) -> None:
    show = SpectacleFactory(season_id=season.id, nb_tickets=40, nom="Carmen")
    SpectacleFactory(season_id=season.id, nb_tickets=25, cancelled=True)
    student = participant(locale="fr")
    grant(wish(student, show, places=9), 7)
    wish(participant(), show, places=4)

    page = login(organiser(locale="fr")).open_page(f"{SHOWS}?season_id={season.id}")
    (row,) = [one for one in page.texts("tbody tr") if "Carmen" in one]
    assert row.endswith("2 40 13 7 33")
    assert page.texts("tbody tr")[-1].endswith("2 40 13 7 33")

    client = login(student)
    for path in (SHOWS, f"{SHOWS}/{show.id}", f"{SHOWS}?sort=-granted"):
        text = client.open_page(path).text("main")
        assert "Attribuées" not in text
        assert "Demandées" not in text


def test_pages_of_shows_are_the_same_size_whatever_was_granted(
    login: Login, season: ClubQSeason
) -> None:
    show, student = SpectacleFactory(season_id=season.id), participant()
    wished = wish(student, show, places=5)
    client = login(student)
    client.get(SHOWS)
    paths = (SHOWS, f"{SHOWS}/{show.id}", f"{VENUES}", SEASONS, f"{SEASONS}/{season.id}")
    before = [len(client.get(path).data) for path in paths]

    grant(wished, 5)

    assert [len(client.get(path).data) for path in paths] == before


@pytest.mark.parametrize("sort", ["nom", "-nom", "date", "price", "asked", "-granted", "1;DROP"])
def test_shows_are_sorted_by_what_is_offered_alone(
    staff: Client, season: ClubQSeason, sort: str
) -> None:
    for name, price in (("b", 2), ("a", 1), ("c", 3)):
        SpectacleFactory(season_id=season.id, nom=name, unit_price=price)

    names = staff.open_page(f"{SHOWS}?sort={sort}").texts("tbody .headline a")

    if sort in ("nom", "price"):
        assert names == ["a", "b", "c"]
    elif sort == "-nom":
        assert names == ["c", "b", "a"]
    else:
        assert names == ["b", "a", "c"]


@pytest.mark.parametrize(
    "path",
    [
        *(f"{SHOWS}?season_id=x", f"{SHOWS}?season_id=99999999999999999999", f"{SHOWS}?page=9"),
        *(f"{SHOWS}?compact=abc", f"{VENUES}?season_id=all", f"{VENUES}?season_id=x"),
        *(f"{VENUES}?sort=-shows&page=x", SEASONS, f"{SHOWS}?new=1", f"{VENUES}?new=1"),
    ],
)
def test_what_an_address_asks_wrong_takes_its_default(
    staff: Client, season: ClubQSeason, path: str
) -> None:
    assert staff.get(path).status_code == 200


@pytest.mark.once
@pytest.mark.parametrize("key", ["0", "999999", "2147483648", "9" * 18, "-1", "x"])
@pytest.mark.parametrize("place", [SHOWS, VENUES, SEASONS])
def test_what_is_not_there_is_missing(
    staff: Client, season: ClubQSeason, place: str, key: str
) -> None:
    assert staff.get(f"{place}/{key}").status_code == 404
    assert staff.post(f"{place}/{key}", data={"nom": "x"}).status_code in (404, 405)


@pytest.mark.once
def test_without_a_season_each_page_explains_it(staff: Client) -> None:
    for path in (SHOWS, f"{SHOWS}?new=1", VENUES, SEASONS, "/club_q/options"):
        page = staff.open_page(path)
        assert page.html.select(".empty") or path.endswith(("options", "new=1"))


def test_long_lists_take_few_statements(
    staff: Client, season: ClubQSeason, queries: list[str], session: Session
) -> None:
    venues = [SalleFactory() for _ in range(5)]
    shows = [SpectacleFactory(season_id=season.id, salle_id=venues[n % 5].id) for n in range(40)]
    people = [PCeenFactory() for _ in range(60)]
    session.add_all(
        ClubQVoeu(
            pceen_id=person.id,
            spectacle_id=show.id,
            season_id=season.id,
            priorite=rank,
            places_demandees=2,
        )
        for person in people
        for rank, show in enumerate(shows[:8], start=1)
    )
    session.commit()
    paths = (SHOWS, f"{SHOWS}/{shows[0].id}", VENUES, f"{VENUES}?season_id=all", SEASONS)
    for path in (*paths, f"{VENUES}/{venues[0].id}", f"{SEASONS}/{season.id}"):
        staff.get(path)
        queries.clear()
        assert staff.get(path).status_code == 200
        assert len(queries) <= 12, "\n".join([path, *queries])


# Venues


def test_a_venue_is_made_changed_and_deleted_once_nothing_is_played_there(
    staff: Client, session: Session, season: ClubQSeason
) -> None:
    sent = fields(
        staff.open_page(f"{VENUES}?new=1"),
        nom="Odéon",
        adresse="2 rue Corneille, Paris",
        latitude="48,8495",
        longitude="2.3388",
        url="https://www.theatre-odeon.eu",
    )
    for _ in range(2):
        staff.submit(VENUES, **sent)
    (venue,) = session.query(ClubQSalle).all()
    path = f"{VENUES}/{venue.id}"
    page = staff.open_page(path)
    (link,) = page.html.select("a[href*='openstreetmap']")
    assert "mlat=48.849500&mlon=2.338800" in link["href"]

    show = SpectacleFactory(season_id=season.id, salle_id=venue.id)
    assert "ne se supprime pas" in " ".join(staff.submit(f"{path}/delete").flashes)
    staff.submit(path, **fields(staff.open_page(f"{path}?edit=1"), latitude="", longitude=""))
    session.delete(show)
    session.commit()
    session.expire_all()
    assert (venue.latitude, venue.longitude, venue.is_located) == (0, 0, False)
    (link,) = staff.open_page(path).html.select("a[href*='openstreetmap']")
    assert "search?query=Od%C3%A9on%2C%202%20rue%20Corneille" in link["href"]
    staff.submit(f"{path}/delete")

    session.commit()
    assert session.query(ClubQSalle).count() == 0
    done = [one.action for one in session.query(AuditEvent).order_by(AuditEvent.id)]
    assert [one for one in done if "venue" in one] == [
        "club_q.venue.create",
        "club_q.venue.change",
        "club_q.venue.delete",
    ]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("nom", ""), ("nom", "Odéon"), ("nom", "x" * 65), ("adresse", "x" * 65)),
        *(("url", "javascript:alert(1)"), ("url", "www.example.org"), ("url", "https://")),
        *(("url", "https://user@evil.example"), ("url", f"https://{'x' * 60}.fr")),
        *(("latitude", "91"), ("latitude", "nan"), ("latitude", "1e1"), ("longitude", "-180,5")),
        *(("longitude", "est"), ("description", "x" * 2501)),
    ],
)
def test_a_venue_that_makes_no_sense_is_refused(
    staff: Client, session: Session, field: str, value: str
) -> None:
    SalleFactory(nom="Odéon")
    sent = fields(staff.open_page(f"{VENUES}?new=1"), **{"nom": "Autre", field: value})

    page = staff.submit(VENUES, **sent, status=422)

    assert page.html.select(f"#{field}-errors")
    session.commit()
    assert session.query(ClubQSalle).count() == 1


def test_venues_are_those_of_a_season_or_all_of_them(staff: Client, season: ClubQSeason) -> None:
    other = SeasonFactory(nom="Printemps")
    here, there, nowhere = (SalleFactory(nom=name) for name in ("Ici", "Là", "Nulle part"))
    SpectacleFactory(season_id=season.id, salle_id=here.id)
    for _ in range(2):
        SpectacleFactory(season_id=other.id, salle_id=there.id)

    def venues(asked: str) -> list[str]:
        return staff.open_page(f"{VENUES}?season_id={asked}").texts("tbody tr")

    assert [row.split()[0] for row in venues(str(season.id))] == ["Ici"]
    assert [row.split()[-1] for row in venues(str(other.id))] == ["2"]
    assert [row.split()[-1] for row in venues("all")] == ["1", "2", "0"]
    page = staff.open_page(f"{VENUES}/{there.id}?season_id={season.id}")
    assert page.html.select(".empty")
    assert len(staff.open_page(f"{VENUES}/{there.id}?season_id=all").html.select(".show-card")) == 2
    assert nowhere.id


# Seasons


def test_a_season_begins_with_a_seed_that_is_committed_to_and_shown_to_nobody(
    staff: Client, session: Session
) -> None:
    sent = fields(staff.open_page(f"{SEASONS}?new=1"), nom="Hiver", promo="144", debut="2027-01-01")
    for _ in range(2):
        staff.submit(SEASONS, **sent)

    session.commit()
    (season,) = session.query(ClubQSeason).all()
    assert len(season.seed) == 32
    assert season.seed_commitment == draw.commitment(season=season.id, seed=season.seed)
    assert season.debut == date(2027, 1, 1)
    page = staff.open_page(f"{SEASONS}/{season.id}")
    assert season.seed_commitment in page.text("main")
    assert season.seed.hex() not in str(page.html)
    events = session.query(AuditEvent).filter_by(action="club_q.season.create").all()
    assert season.seed.hex() not in str([event.after for event in events])


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("nom", {"nom": ""}),
        ("nom", {"nom": "Automne"}),
        ("promo", {"promo": "0"}),
        ("promo", {"promo": "1000"}),
        ("promo", {"promo": "²"}),
        ("fin", {"debut": "2027-02-02", "fin": "2027-02-01"}),
        ("fin_inscription", {"debut_inscription": "2027-02-02", "fin_inscription": "2027-02-01"}),
        ("fin_retour", {"fin_retour": "2027-02-30"}),
    ],
)
def test_a_season_that_makes_no_sense_is_refused(
    staff: Client, session: Session, season: ClubQSeason, field: str, typed: dict[str, str]
) -> None:
    sent = fields(staff.open_page(f"{SEASONS}?new=1"), **({"nom": "Hiver"} | typed))

    page = staff.submit(SEASONS, **sent, status=422)

    assert page.html.select(f"#{field}-errors")
    session.commit()
    assert session.query(ClubQSeason).count() == 1


@pytest.mark.parametrize("is_published", [True, False])
def test_a_season_is_changed_published_or_not(
    staff: Client, session: Session, season: ClubQSeason, is_published: bool
) -> None:
    season.attributions_visible = is_published
    session.commit()
    path = f"{SEASONS}/{season.id}"

    staff.submit(path, **fields(staff.open_page(f"{path}?edit=1"), nom="Été", fin="2027-06-30"))

    session.commit()
    session.expire_all()
    assert (season.nom, season.fin) == ("Été", date(2027, 6, 30))
    assert season.attributions_visible is is_published


def whole(season: ClubQSeason, session: Session, *, image: str | None = None) -> PCeen:
    """All that a season may have; who takes part in it."""
    show = SpectacleFactory(season_id=season.id, image=image)
    person = participant()
    voeu = wish(person, show, places=2)
    grant(voeu, 2)
    run = ClubQRun(
        season_id=season.id,
        strategy="fair",
        mode="full",
        params={},
        seed_commitment=season.seed_commitment,
        status="done",
    )
    session.add_all(
        [
            run,
            ClubQPreference(pceen_id=person.id, season_id=season.id, budget=1000),
            ClubQReturn(voeu_id=voeu.id, open_voeu_id=voeu.id, places=1),
            ClubQCampaign(season_id=season.id, reply_to="q@example.org"),
            ClubQAccount(pceen_id=person.id, discontent=4),
            ClubQDiscontent(
                pceen_id=person.id,
                season_id=season.id,
                kind=DiscontentKind.manual,
                before=0,
                delta=4,
                after=4,
                at=clock.now(),
            ),
        ]
    )
    session.commit()
    return person


def deleter(**columns: Any) -> PCeen:
    rights = [(T.write, S.club_q), (T.delete, S.club_q)]
    return PCeenFactory(roles=[role_with(*rights)], locale="fr", **columns)


@pytest.mark.parametrize("image", [None, "0123456789abcdef0123456789abcdef.webp"])
def test_a_season_is_deleted_whole_once_its_name_is_typed(
    login: Login, session: Session, season: ClubQSeason, image: str | None, outbox: Outbox
) -> None:
    person = whole(season, session, image=image)
    other = SeasonFactory(nom="Printemps")
    kept = SpectacleFactory(season_id=other.id)
    client, path = login(deleter()), f"{SEASONS}/{season.id}/delete"

    page = client.open_page(path)
    said = page.texts(".notice li")
    assert [line.split()[0] for line in said] == [
        "1",
        "1",
        "1",
        "1",
        "1",
        "0",
        str(int(bool(image))),
    ]
    client.submit(path, confirm="automne", status=422)
    session.commit()
    assert session.query(ClubQVoeu).count() == 1
    client.submit(path, confirm="Automne")

    session.commit()
    session.expire_all()
    assert [one.id for one in session.query(ClubQSeason)] == [other.id]
    assert [one.id for one in session.query(ClubQSpectacle)] == [kept.id]
    for model in (ClubQVoeu, ClubQAttribution, ClubQReturn, ClubQRun, ClubQCampaign):
        assert session.query(model).count() == 0, model
    assert session.query(ClubQPreference).count() == 0
    assert session.get_one(ClubQAccount, person.id).discontent == 4
    assert session.query(ClubQDiscontent).filter_by(pceen_id=person.id).count() == 1
    assert session.get_one(StoredChoice, SEASON.key).value == 0
    assert session.get_one(StoredChoice, ACCESS.key).value is False
    assert [one.name for one in outbox() if one.kind == "club_q.remove_image"] == (  # type: ignore[attr-defined]
        [image] if image else []
    )
    assert client.get(SHOWS).status_code == 200


@pytest.mark.once
def test_who_writes_without_the_right_deletes_no_season(
    staff: Client, session: Session, season: ClubQSeason
) -> None:
    path = f"{SEASONS}/{season.id}"
    assert not staff.open_page(path).html.select(f"a[href='{path}/delete']")
    assert staff.post(f"{path}/delete", data={"confirm": "Automne"}).status_code == 403
    session.commit()
    assert session.query(ClubQSeason).count() == 1


# Options


def test_options_are_changed_together_and_audited(
    staff: Client, session: Session, season: ClubQSeason
) -> None:
    other = SeasonFactory(nom="Printemps")
    page = staff.open_page("/club_q/options")

    staff.submit("/club_q/options", **fields(page, saison=str(other.id), max_places="4"))

    session.commit()
    stored = {one.key: one.value for one in session.query(StoredChoice)}
    assert (stored[SEASON.key], stored[ACCESS.key], stored[MAX_PLACES.key]) == (other.id, False, 4)
    (event,) = session.query(AuditEvent).filter_by(action="club_q.options.change")
    assert event.before == {SEASON.key: season.id, ACCESS.key: True, MAX_PLACES.key: 10}
    stale = staff.submit("/club_q/options", **fields(page, max_places="5"), status=409)
    assert stale.html.select_one("#max_places")["value"] == "5"


@pytest.mark.once
@pytest.mark.parametrize(
    ("field", "value"),
    [("saison", "99999"), ("saison", "x"), ("max_places", "0"), ("max_places", "51")],
)
def test_options_that_make_no_sense_are_refused(
    staff: Client, season: ClubQSeason, field: str, value: str
) -> None:
    sent = fields(staff.open_page("/club_q/options"), **{field: value})

    assert staff.submit("/club_q/options", **sent, status=422).html.select(f"#{field}-errors")


# Who may


@pytest.mark.once
def test_a_student_who_posts_to_any_page_of_the_team_changes_nothing(
    login: Login, session: Session, season: ClubQSeason
) -> None:
    show, venue = SpectacleFactory(season_id=season.id), SalleFactory()
    client = login(participant())
    before = session.query(AuditEvent).count()
    typed = {"nom": "Pirate", "confirm": "Automne", "reason": "x", "content": "x", "version": "1"}
    paths = [
        *(SHOWS, VENUES, SEASONS, "/club_q/options", "/club_q/edit_text"),
        *(f"{SHOWS}/{show.id}{what}" for what in ("", "/cancel", "/delete")),
        *(f"{VENUES}/{venue.id}{what}" for what in ("", "/delete")),
        *(f"{SEASONS}/{season.id}{what}" for what in ("", "/delete", "/seed")),
    ]

    answers = {path: client.post(path, data=typed).status_code for path in paths}

    assert set(answers.values()) == {403}, answers
    session.commit()
    assert session.query(AuditEvent).count() == before
    assert client.open_page(f"{SHOWS}/{show.id}?edit=1").html.select("form.form") == []
    assert client.open_page(f"{SHOWS}?new=1").html.select("form.form") == []
