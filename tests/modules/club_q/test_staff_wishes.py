"""What the team changes of wishes and grants: the list, the form of each, and what is refused."""

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.core import clock
from app.enums import ReturnState
from app.models import (
    AuditEvent,
    ClubQAttribution,
    ClubQPreference,
    ClubQReturn,
    ClubQSeason,
    ClubQSpectacle,
    ClubQVoeu,
    PCeen,
)
from tests.client import Client, Page
from tests.conftest import Login
from tests.factories import PCeenFactory
from tests.factories.club_q import (
    SeasonFactory,
    SpectacleFactory,
    grant,
    make_current,
    organiser,
    participant,
    wish,
)


@pytest.fixture
def season(session: Session) -> ClubQSeason:
    return make_current(SeasonFactory(nom="Printemps"))


@pytest.fixture
def staff(login: Login, season: ClubQSeason) -> Client:
    return login(organiser(username="chef"))


@pytest.fixture
def ada(season: ClubQSeason) -> PCeen:
    return participant(username="alovelac", prenom="Ada", nom="Lovelace", promo=145)


def show(season: ClubQSeason, nom: str = "Carmen", **columns: Any) -> ClubQSpectacle:
    return SpectacleFactory(season_id=season.id, nom=nom, **columns)


def fields(page: Page, **typed: Any) -> dict[str, Any]:
    """What the form of a wish would send, with what is typed in it."""
    found: dict[str, Any] = {}
    for one in page.html.select("form.form input"):
        is_off = one.get("type") == "checkbox" and not one.has_attr("checked")
        if one.get("name") and not is_off:
            found[one["name"]] = one.get("value", "")
    return {key: value for key, value in {**found, **typed}.items() if value is not None}


def add(staff: Client, *, status: int = 200, **typed: Any) -> Page:
    sent = {"priorite": "1", "places_demandees": "2"} | typed
    page = staff.open_page("/club_q/voeux")
    return staff.submit("/club_q/voeux", status=status, **fields(page, **sent))


def change(staff: Client, voeu: ClubQVoeu, *, status: int = 200, **typed: Any) -> Page:
    path = f"/club_q/voeux/{voeu.id}"
    return staff.submit(path, status=status, **fields(staff.open_page(path), **typed))


def ranks(session: Session, pceen: PCeen) -> list[tuple[int, str]]:
    session.expire_all()
    stmt = (
        sa.select(ClubQVoeu.priorite, ClubQSpectacle.nom)
        .join(ClubQSpectacle, ClubQSpectacle.id == ClubQVoeu.spectacle_id)
        .where(ClubQVoeu.pceen_id == pceen.id)
        .order_by(ClubQVoeu.priorite)
    )
    return [(rank, name) for rank, name in session.execute(stmt)]


def granted(session: Session, voeu: ClubQVoeu) -> ClubQAttribution | None:
    session.expire_all()
    return session.get(ClubQAttribution, voeu.id)


# Adding


def test_a_wish_is_added_with_a_minimum_of_one_unless_it_is_said(
    staff: Client, ada: PCeen, season: ClubQSeason, session: Session
) -> None:
    carmen = show(season)

    page = add(staff, pceen="alovelac", spectacle=carmen.id, places_minimum="")

    assert "Le vœu de Ada Lovelace est écrit." in page.flashes
    (voeu,) = session.scalars(sa.select(ClubQVoeu))
    assert (voeu.priorite, voeu.places_demandees, voeu.places_minimum) == (1, 2, 1)
    assert voeu.edited_by_id == session.scalar(sa.select(PCeen.id).filter_by(username="chef"))
    assert granted(session, voeu) is None
    audited = session.scalars(sa.select(AuditEvent.action)).all()
    assert "club_q.wish.create" in audited


@pytest.mark.parametrize("typed", ["Ada Lovelace", "ALOVELAC", "alovelac@example.org"])
def test_the_person_is_found_by_name_username_or_address(
    staff: Client, ada: PCeen, season: ClubQSeason, session: Session, typed: str
) -> None:
    add(staff, pceen=typed, spectacle=show(season).id)

    assert session.scalars(sa.select(ClubQVoeu.pceen_id)).all() == [ada.id]


@pytest.mark.once
@pytest.mark.parametrize("typed", ["nobody", "Marie Curie", "stranger", "\x00", "%"])
def test_nobody_without_access_is_taken(
    staff: Client, season: ClubQSeason, session: Session, typed: str
) -> None:
    PCeenFactory(username="stranger")
    participant(nom="Curie", prenom="Marie", username="mcurie1")
    participant(nom="Curie", prenom="Marie", username="mcurie2")

    add(staff, pceen=typed, spectacle=show(season).id, status=422)

    assert session.scalars(sa.select(ClubQVoeu)).all() == []


@pytest.mark.parametrize(
    ("rank", "ranked"),
    [
        (1, ["Carmen", "Aïda", "Norma"]),
        (2, ["Aïda", "Carmen", "Norma"]),
        (3, ["Aïda", "Norma", "Carmen"]),
        (99, ["Aïda", "Norma", "Carmen"]),
    ],
)
def test_a_rank_that_is_taken_has_the_others_move(
    staff: Client, ada: PCeen, season: ClubQSeason, session: Session, rank: int, ranked: list[str]
) -> None:
    wish(ada, show(season, "Aïda"), 1)
    wish(ada, show(season, "Norma"), 2)

    page = add(staff, pceen="alovelac", spectacle=show(season).id, priorite=rank)

    assert ranks(session, ada) == list(enumerate(ranked, start=1))
    moved = [one for one in page.flashes if "changé de rang" in one]
    assert len(moved) == (rank < 3)


def test_a_second_wish_for_the_same_show_is_refused_with_a_link_to_the_first(
    staff: Client, ada: PCeen, season: ClubQSeason, session: Session
) -> None:
    first = wish(ada, show(season), 1)

    page = add(staff, pceen="alovelac", spectacle=first.spectacle_id, status=409)

    assert page.html.select(f".notice a[href$='/club_q/voeux/{first.id}']")
    assert page.html.select_one("#pceen")["value"] == "alovelac"
    assert len(session.scalars(sa.select(ClubQVoeu)).all()) == 1


@pytest.mark.once
@pytest.mark.parametrize(
    "typed",
    [
        {"priorite": "0"},
        {"priorite": "-7"},
        {"priorite": "²"},
        {"priorite": "1.0"},
        {"places_demandees": "0"},
        {"places_demandees": "-5"},
        {"places_demandees": "500"},
        {"places_demandees": "2147483648"},
        {"places_demandees": "11"},
        {"places_minimum": "0"},
        {"places_minimum": "3"},
        {"places_attribuees": "3"},
        {"places_attribuees": "x"},
        {"spectacle": "0"},
        {"spectacle": "999999"},
        {"spectacle": "x"},
    ],
)
def test_numbers_that_make_no_sense_are_refused_and_kept_on_the_page(
    staff: Client, ada: PCeen, season: ClubQSeason, session: Session, typed: dict[str, str]
) -> None:
    sent = {"pceen": "alovelac", "spectacle": show(season).id} | typed

    page = add(staff, status=422, **sent)

    assert page.html.select(".error-summary")
    name, value = next(iter(typed.items()))
    if name != "spectacle":
        assert page.html.select_one(f"#{name}")["value"] == value
    assert session.scalars(sa.select(ClubQVoeu)).all() == []


def test_the_same_form_sent_twice_writes_one_wish(
    staff: Client, ada: PCeen, season: ClubQSeason, session: Session
) -> None:
    sent = fields(
        staff.open_page("/club_q/voeux"),
        pceen="alovelac",
        spectacle=show(season).id,
        priorite="1",
        places_demandees="1",
    )

    for _time in range(2):
        staff.submit("/club_q/voeux", **sent)

    assert len(session.scalars(sa.select(ClubQVoeu)).all()) == 1


def test_the_form_of_who_wishes_is_stale_once_the_team_changed_a_wish(
    staff: Client, ada: PCeen, season: ClubQSeason, session: Session
) -> None:
    session.add(ClubQPreference(pceen_id=ada.id, season_id=season.id))
    session.commit()

    add(staff, pceen="alovelac", spectacle=show(season).id)

    session.expire_all()
    assert session.get_one(ClubQPreference, (ada.id, season.id)).version == 2


# Changing


def test_a_grant_by_hand_is_locked_noted_and_audited(
    staff: Client, ada: PCeen, season: ClubQSeason, session: Session
) -> None:
    voeu = wish(ada, show(season), 1, 3)

    change(staff, voeu, places_attribuees="2", locked="y", note="Promis")

    held = granted(session, voeu)
    assert held is not None
    assert (held.places_attribuees, held.locked, held.note) == (2, True, "Promis")
    assert held.run_id is None
    assert held.set_by_id == session.scalar(sa.select(PCeen.id).filter_by(username="chef"))
    (audited,) = session.scalars(sa.select(AuditEvent).filter_by(action="club_q.grant.set"))
    assert audited.after == {"places": 2, "locked": True, "note": "Promis"}
    assert session.get_one(ClubQVoeu, voeu.id).edited_by_id is None

    change(staff, voeu, places_attribuees="")

    assert granted(session, voeu) is None


def test_a_grant_never_exceeds_what_is_asked_nor_what_is_left(
    staff: Client, ada: PCeen, season: ClubQSeason, session: Session
) -> None:
    carmen = show(season, nb_tickets=5)
    voeu = wish(ada, carmen, 1, 4)
    grant(wish(participant(), carmen, 1, 3), 3)

    asked = change(staff, voeu, places_attribuees="5", status=422)
    left = change(staff, voeu, places_attribuees="3", status=409)
    change(staff, voeu, places_attribuees="2")

    assert "C'est plus que ce qui est demandé." in asked.text("#places_attribuees-errors")
    assert "Il ne reste que 2 places" in left.text("#places_attribuees-errors")
    assert granted(session, voeu).places_attribuees == 2  # type: ignore[union-attr]


def test_what_is_asked_never_falls_below_what_is_granted(
    staff: Client, ada: PCeen, season: ClubQSeason, session: Session
) -> None:
    voeu = wish(ada, show(season), 1, 4)
    grant(voeu, 3)

    page = change(staff, voeu, places_demandees="2", status=422)

    assert "Ce vœu a déjà 3 places" in page.text("#places_demandees-errors")
    assert session.get_one(ClubQVoeu, voeu.id, populate_existing=True).places_demandees == 4


def test_places_that_are_offered_back_stay_granted(
    staff: Client, ada: PCeen, season: ClubQSeason, session: Session
) -> None:
    voeu = wish(ada, show(season), 1, 4)
    grant(voeu, 3)
    session.add(ClubQReturn(voeu_id=voeu.id, open_voeu_id=voeu.id, places=2))
    session.commit()

    change(staff, voeu, places_attribuees="1", status=409)
    change(staff, voeu, places_attribuees="2")

    assert granted(session, voeu).places_attribuees == 2  # type: ignore[union-attr]


def test_a_page_that_is_stale_is_refused_and_shows_both(
    staff: Client, ada: PCeen, season: ClubQSeason, session: Session
) -> None:
    voeu = wish(ada, show(season), 1, 4)
    path = f"/club_q/voeux/{voeu.id}"
    stale = fields(staff.open_page(path), places_demandees="3")
    change(staff, voeu, places_demandees="2")

    page = staff.submit(path, status=409, **stale)

    assert page.html.select_one("#places_demandees")["value"] == "3"
    assert "Valeur actuelle : 2" in page.text("#places_demandees-errors")
    # who looked at both may go on
    staff.submit(path, **fields(page))
    assert session.get_one(ClubQVoeu, voeu.id, populate_existing=True).places_demandees == 3


@pytest.mark.once
@pytest.mark.parametrize(
    ("rank", "ranked"), [(1, "CABD"), (2, "ACBD"), (3, "ABCD"), (4, "ABDC"), (50, "ABDC")]
)
def test_a_wish_moves_among_the_others(
    staff: Client, ada: PCeen, season: ClubQSeason, session: Session, rank: int, ranked: str
) -> None:
    made = {name: wish(ada, show(season, name), n) for n, name in enumerate("ABCD", start=1)}

    change(staff, made["C"], priorite=rank)

    assert ranks(session, ada) == list(enumerate(ranked, start=1))


@pytest.mark.parametrize("is_closed", [True, False])
def test_changes_of_wishes_are_counted_once_the_form_is_closed(
    staff: Client, ada: PCeen, season: ClubQSeason, session: Session, *, is_closed: bool
) -> None:
    if is_closed:
        season.closed_at, season.closing_hash = clock.now(), "0" * 64
        session.commit()
    carmen = show(season)

    add(staff, pceen="alovelac", spectacle=carmen.id)
    (voeu,) = session.scalars(sa.select(ClubQVoeu))
    change(staff, voeu, places_demandees="1")
    change(staff, voeu, places_attribuees="0")  # that is no change of the wish
    staff.submit(f"/club_q/voeux/{voeu.id}/delete")

    session.expire_all()
    assert session.get_one(ClubQSeason, season.id).late_edits == (3 if is_closed else 0)


# Deleting


def test_a_wish_with_places_is_not_deleted_until_they_are_set_to_none(
    staff: Client, ada: PCeen, season: ClubQSeason, session: Session
) -> None:
    first, second = wish(ada, show(season, "A"), 1, 2), wish(ada, show(season, "B"), 2)
    grant(first, 1)
    session.add(ClubQReturn(voeu_id=first.id, places=1, state=ReturnState.withdrawn))
    session.commit()

    page = staff.submit(f"/club_q/voeux/{first.id}/delete")
    assert "Ce vœu a 1 places : mettez-les à 0 avant de le supprimer." in page.flashes
    change(staff, first, places_attribuees="0")
    staff.submit(f"/club_q/voeux/{first.id}/delete")

    assert ranks(session, ada) == [(1, "B")]
    assert session.get(ClubQVoeu, second.id) is not None
    assert "club_q.wish.delete" in session.scalars(sa.select(AuditEvent.action)).all()


@pytest.mark.once
@pytest.mark.parametrize("key", ["0", "999999", "9" * 30])
def test_a_wish_that_is_not_there_is_missing(staff: Client, key: str) -> None:
    assert staff.get(f"/club_q/voeux/{key}").status_code == 404
    assert staff.post(f"/club_q/voeux/{key}/delete").status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"priorite": 0},
        {"places_demandees": 0},
        {"places_demandees": 51},
        {"places_minimum": 0},
        {"places_minimum": 3},
        {"spectacle_id": None},
    ],
)
def test_the_database_refuses_the_same(
    ada: PCeen, season: ClubQSeason, session: Session, wrong: dict[str, int | None]
) -> None:
    values: dict[str, Any] = {
        "pceen_id": ada.id,
        "spectacle_id": show(season).id,
        "season_id": season.id,
        "priorite": 1,
        "places_demandees": 2,
        "places_minimum": 1,
        "version": 1,
    } | wrong

    with pytest.raises(DBAPIError), session.begin_nested():
        session.execute(sa.insert(ClubQVoeu).values(values))


def test_the_database_refuses_twice_the_same_show_or_the_same_rank(
    ada: PCeen, season: ClubQSeason, session: Session
) -> None:
    first = wish(ada, show(season), 1)
    other = show(season)
    same_show = {"spectacle_id": first.spectacle_id, "priorite": 2}
    same_rank = {"spectacle_id": other.id, "priorite": 1}
    foreign = {"spectacle_id": show(SeasonFactory()).id, "priorite": 3}
    rest = {"pceen_id": ada.id, "season_id": season.id, "places_demandees": 1}
    rest |= {"places_minimum": 1, "version": 1}

    for wrong in (same_show, same_rank, foreign):
        with pytest.raises(DBAPIError), session.begin_nested():
            session.execute(sa.insert(ClubQVoeu).values(rest | wrong))


# The list


@pytest.mark.once
def test_the_list_is_filtered_and_sorted_by_what_it_offers_alone(
    staff: Client, ada: PCeen, season: ClubQSeason
) -> None:
    carmen, aida = show(season, "Carmen"), show(season, "Aïda")
    bob = participant(prenom="Bob", nom="Àbbott", promo=144)
    grant(wish(ada, carmen, 1, 2), 2)
    grant(wish(ada, aida, 2), 0, locked=True)
    wish(bob, carmen, 1, 3)

    def rows(query: str) -> list[str]:
        page = staff.open_page(f"/club_q/voeux?{query}")
        names = page.texts("tbody td.headline")
        shows = [one.split()[0] for one in page.texts("tbody td[data-label='Spectacle']")]
        return [f"{name.split()[0]} {nom}" for name, nom in zip(names, shows, strict=True)]

    everything = ["Bob Carmen", "Ada Carmen", "Ada Aïda"]
    assert rows("") == rows("sort=;DROP&state=x&show=x&page=99") == everything
    assert rows("sort=-asked") == ["Bob Carmen", "Ada Carmen", "Ada Aïda"]
    assert rows("sort=show") == ["Ada Aïda", "Bob Carmen", "Ada Carmen"]
    assert rows("q=aida") == ["Ada Aïda"]
    assert rows("q=abbott") == rows("q=144") == rows("state=pending") == ["Bob Carmen"]
    assert rows("state=served") == ["Ada Carmen"]
    assert rows("state=unserved") == rows("state=locked") == ["Ada Aïda"]
    assert rows(f"show={carmen.id}") == ["Bob Carmen", "Ada Carmen"]
    assert rows("q=%25") == rows("q=_") == []


def test_a_long_list_is_read_in_few_statements(
    staff: Client, season: ClubQSeason, session: Session, queries: list[str]
) -> None:
    shows = [show(season) for _number in range(20)]
    people = [participant() for _number in range(40)]
    session.add_all(
        ClubQVoeu(
            pceen_id=who.id,
            spectacle_id=one.id,
            season_id=season.id,
            priorite=rank,
            places_demandees=2,
        )
        for who in people
        for rank, one in enumerate(shows, start=1)
    )
    session.commit()
    staff.get("/club_q/voeux")
    queries.clear()

    page = staff.open_page("/club_q/voeux?sort=granted")

    assert len(queries) <= 12, "\n".join(queries)
    assert len(page.html.select("tbody tr")) == 100


@pytest.mark.once
def test_nothing_of_it_is_for_who_only_wishes(
    login: Login, ada: PCeen, season: ClubQSeason, session: Session
) -> None:
    voeu = wish(ada, show(season), 1)
    student = login(ada)

    for path in ("/club_q/voeux", f"/club_q/voeux/{voeu.id}", "/club_q/pceens"):
        assert student.get(path).status_code == 403
    assert student.post("/club_q/voeux").status_code == 403
    assert student.post(f"/club_q/voeux/{voeu.id}/delete").status_code == 403
    assert session.get(ClubQVoeu, voeu.id) is not None


@pytest.mark.once
@pytest.mark.parametrize("path", ["/club_q/voeux", "/club_q/pceens", "/club_q/mails"])
def test_pages_open_without_any_season(login: Login, path: str) -> None:
    page = login(organiser()).open_page(f"{path}?season_id=x")

    assert "Il n'y a pas encore de saison." in page.text(".empty")
