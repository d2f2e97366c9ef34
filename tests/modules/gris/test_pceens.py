"""The list of the PCéens."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import clock
from app.enums import BanKind, PermissionScope as S, PermissionType as T
from app.models import Ban, PCeen, Role, pceen_role
from app.modules.gris.errors import NoSuchView
from app.modules.gris.queries import people as gris
from app.modules.gris.queries.people import Search, View
from tests.client import Client, Page
from tests.conftest import Login
from tests.factories import DeviceFactory, PCeenFactory, RentalFactory, permission, system_role


@pytest.fixture
def gri(session: Session, login: Login) -> Client:
    """The browser of someone who may see the list, and whom it does not show."""
    return login(PCeenFactory(can=[(T.write, S.pceen)], prenom="Zoé", nom="Zola", activated=False))


def shown(page: Page) -> list[str]:
    """The names on the page, in order."""
    return page.texts("tbody td.headline")


def found(session: Session, view: View = View.all, **asked: str) -> list[str]:
    """The last names that a search finds, in order."""
    page = gris.pceens_page(session, Search.read(view, asked))
    return [line.pceen.nom for line in page.people.items]


# Who sees it


@pytest.mark.parametrize(
    ("can", "status"),
    [
        ([], 403),
        ([(T.read, S.pceen)], 403),
        ([(T.write, S.role)], 403),
        ([(T.all, S.intrarez)], 403),
        ([(T.write, S.pceen)], 200),
        ([(T.all, S.pceen)], 200),
        ([(T.all, S.gris)], 200),
    ],
)
def test_the_list_is_for_who_may_change_people(
    session: Session, login: Login, can: list[tuple[T, S]], status: int
) -> None:
    browser = login(PCeenFactory(can=can))

    assert browser.get("/gris/pceens").status_code == status


def test_who_is_not_logged_in_is_sent_to_log_in(client: Client) -> None:
    answer = client.get("/gris/pceens?q=ada")

    assert answer.status_code == 302
    assert answer.location.startswith("/login?next=/gris/pceens")


@pytest.mark.parametrize("view", ["none", "__class__", "label", "ACTIVE", "%00", "all/"])
def test_a_view_that_is_none_is_not_found(gri: Client, view: str) -> None:
    assert gri.get(f"/gris/pceens/{view}").status_code == 404


@pytest.mark.once
def test_a_view_is_known_by_its_exact_name() -> None:
    with pytest.raises(NoSuchView):
        Search.read("Active", {})


@pytest.mark.parametrize("view", list(View))
def test_each_view_opens_even_empty(gri: Client, view: View) -> None:
    answer = gri.get(f"/gris/pceens/{view}?q=nemo", follow_redirects=True)

    assert answer.status_code == 200
    assert "nemo" in answer.text


# Whom each view shows


def test_the_active_ones_logged_in_once_and_are_not_disabled(session: Session) -> None:
    PCeenFactory(nom="Active")
    PCeenFactory(nom="Never", activated=False)
    PCeenFactory(nom="Disabled", disabled_at=clock.now())

    assert found(session, View.active) == ["Active"]
    assert found(session, View.disabled) == ["Disabled"]
    assert sorted(found(session, View.all)) == ["Active", "Disabled", "Never"]


@pytest.mark.parametrize(
    ("right", "view", "is_shown"),
    [
        ((T.read, S.intrarez), View.rez, True),
        ((T.write, S.intrarez), View.rez, True),
        ((T.all, S.intrarez), View.rez, True),
        ((T.read, S.bar), View.rez, False),
        ((T.read, S.bar), View.bar, True),
        ((T.read, S.bar_stats), View.bar, True),
        ((T.all, S.bar), View.bar, True),
        ((T.read, S.intrarez), View.bar, False),
    ],
)
def test_a_view_of_a_right_shows_who_holds_it_in_any_way(
    session: Session, right: tuple[T, S], view: View, is_shown: bool
) -> None:
    PCeenFactory(nom="Curie", can=[right])

    assert found(session, view) == (["Curie"] if is_shown else [])


def test_two_roles_that_give_the_same_right_show_someone_once(session: Session) -> None:
    PCeenFactory(nom="Curie", can=[(T.all, S.intrarez)], slugs=["rezident", "gri"])

    page = gris.pceens_page(session, Search(view=View.rez))

    assert (page.people.total, len(page.people.items)) == (1, 1)


def test_a_right_that_everybody_has_shows_everybody(session: Session) -> None:
    public = system_role("public")
    public.permissions = [permission(T.read, S.bar)]
    session.commit()
    PCeenFactory(nom="Curie")

    assert found(session, View.bar) == ["Curie"]


@pytest.mark.parametrize(
    ("starts", "ends", "ended", "is_shown"),
    [
        (0, None, None, True),
        (1, None, None, False),
        (-2, -1, None, False),
        (-2, 1, None, True),
        (-2, None, -1, False),
    ],
)
def test_the_banned_ones_are_those_whose_ban_weighs_now(
    session: Session, starts: int, ends: int | None, ended: int | None, is_shown: bool
) -> None:
    def day(offset: int | None) -> object:
        return None if offset is None else clock.now() + timedelta(days=offset)

    session.add(
        Ban(
            pceen=PCeenFactory(nom="Curie"),
            kind=BanKind.disciplinary,
            reason="test",
            starts_at=day(starts),
            ends_at=day(ends),
            ended_at=day(ended),
        )
    )
    session.commit()

    assert found(session, View.banned) == (["Curie"] if is_shown else [])


# Searching


@pytest.mark.parametrize(
    "typed",
    [
        "éloïse",
        "Éloïse",
        "eloise",
        "ELOISE",
        "loïs",
        "d'arc",
        "d arc",
        "darc-là",
        "Éloïse d'Arc",
        "arc-là éloïse",
        "d'arc-là éloïse",
        " eloise ",
        "E\u0301loi\u0308se",
    ],
)
def test_someone_is_found_whatever_the_accents_and_the_order(session: Session, typed: str) -> None:
    PCeenFactory(prenom="Éloïse", nom="D'Arc-Là", username="x", email="x@example.org")
    PCeenFactory(prenom="Marie", nom="Curie")

    expected = [] if typed == "darc-là" else ["D'Arc-Là"]
    assert found(session, q=typed) == expected


@pytest.mark.parametrize("typed", ["eloise", "ELOISE", "Éloïse", "éloïse"])
def test_a_username_and_an_address_are_found_whatever_the_accents(
    session: Session, typed: str
) -> None:
    PCeenFactory(nom="Curie", username="eloise7", email="x@example.org")
    PCeenFactory(nom="Joliot", username="y", email="eloise@example.org")

    assert sorted(found(session, q=typed)) == ["Curie", "Joliot"]


@pytest.mark.parametrize("sign", ["%", "_", "/", "\\", "%%", "_%", "*", "?"])
def test_signs_that_mean_something_to_databases_are_only_signs(session: Session, sign: str) -> None:
    PCeenFactory(nom="Without", username="plain", email="plain@example.org")
    PCeenFactory(nom="With", username=f"a{sign}b", email="with@example.org")

    assert found(session, q=sign) == ["With"]


@pytest.mark.parametrize("typed", ["\x00", "a\x00b", "\n", "'", '"', "' OR 1=1 --", "ﷺ" * 100])
def test_whatever_is_typed_is_an_answer(gri: Client, typed: str) -> None:
    assert gri.get("/gris/pceens/all", query_string={"q": typed}).status_code == 200


def test_a_long_search_is_cut_at_a_hundred_characters() -> None:
    assert Search.read("all", {"q": "x" * 300}).text == "x" * 100


def test_a_room_number_finds_who_lives_there_today(session: Session) -> None:
    curie, joliot, langevin = (
        PCeenFactory(nom=nom, username=nom[0], email=f"{nom[0]}@example.org")
        for nom in ("Curie", "Joliot", "Langevin")
    )
    RentalFactory(room_num=312, pceen=curie)
    RentalFactory(room_num=313, pceen=joliot)
    over = {"ends_on": clock.today(), "open_room": None, "closed_at": clock.now()}
    RentalFactory(room_num=312, pceen=langevin, **over)

    assert found(session, q="312") == ["Curie"]


def test_a_number_finds_the_account_that_has_it(session: Session) -> None:
    curie = PCeenFactory(nom="Curie", id=987_654, username="mc", email="mc@example.org")

    assert found(session, q=str(curie.id)) == ["Curie"]
    assert found(session, q="98765") == []


@pytest.mark.parametrize("typed", ["9" * 9, "9" * 10, "9" * 19, "9" * 100, "٣١٢", "²"])
def test_a_number_that_no_row_has_finds_nobody(session: Session, typed: str) -> None:
    ada = PCeenFactory(nom="Curie", username="mc", email="mc@example.org")
    RentalFactory(room_num=312, pceen=ada)

    assert found(session, q=typed) == []


@pytest.mark.parametrize(
    "typed",
    ["3c:22:fb:0a:1b:2c", "3C-22-FB-0A-1B-2C", "3c22.fb0a.1b2c", "3c22fb0a1b2c", " 3C22FB0A1B2C "],
)
def test_a_device_finds_its_owner_however_its_address_is_written(
    session: Session, typed: str
) -> None:
    DeviceFactory(mac_address="3c:22:fb:0a:1b:2c", pceen__nom="Curie")
    DeviceFactory(mac_address="3c:22:fb:0a:1b:2d", pceen__nom="Joliot")

    assert found(session, q=typed) == ["Curie"]


def test_a_part_of_a_hardware_address_finds_nobody(session: Session) -> None:
    DeviceFactory(mac_address="3c:22:fb:0a:1b:2c")

    assert found(session, q="3c:22:fb") == []


def test_a_search_stays_in_its_view(session: Session) -> None:
    PCeenFactory(nom="Curie", disabled_at=clock.now())

    assert found(session, View.active, q="curie") == []
    assert found(session, View.disabled, q="curie") == ["Curie"]


# Order


@pytest.mark.parametrize(
    ("sort", "names"),
    [
        ("nom", ["Abel", "Élan", "Zola"]),
        ("-nom", ["Zola", "Élan", "Abel"]),
        ("prenom", ["Zola", "Abel", "Élan"]),
        ("promo", ["Élan", "Zola", "Abel"]),
        ("-promo", ["Abel", "Zola", "Élan"]),
        ("email", ["Abel", "Zola", "Élan"]),
        ("username", ["Zola", "Élan", "Abel"]),
        ("id", ["Zola", "Abel", "Élan"]),
        ("-id", ["Élan", "Abel", "Zola"]),
        # what is no order
        ("", ["Élan", "Abel", "Zola"]),
        ("password_hash", ["Élan", "Abel", "Zola"]),
        ("-disabled_at", ["Élan", "Abel", "Zola"]),
        ("--id", ["Élan", "Abel", "Zola"]),
        ("id; DROP TABLE pceen", ["Élan", "Abel", "Zola"]),
    ],
)
def test_the_list_is_in_the_order_asked_or_the_latest_first(
    session: Session, sort: str, names: list[str]
) -> None:
    PCeenFactory(prenom="Ada", nom="Zola", promo=139, email="b@example.org", username="a")
    PCeenFactory(prenom="Bob", nom="Abel", promo=140, email="a@example.org", username="c")
    PCeenFactory(prenom="Éva", nom="Élan", promo=138, email="c@example.org", username="b")

    assert found(session, sort=sort) == names


@pytest.mark.parametrize(
    ("asked", "number"),
    [("1", 1), ("2", 2), ("3", 2), ("0", 1), ("-1", 1), ("x", 1), ("²", 1), ("9" * 99, 1)],
)
def test_a_page_that_is_not_there_gives_one_that_is(
    session: Session, asked: str, number: int
) -> None:
    people(session, 151)

    page = gris.pceens_page(session, Search.read("all", {"page": asked})).people

    assert (page.number, len(page.items)) == (number, 150 if number == 1 else 1)


# What it says and what it costs


def people(session: Session, count: int, *, roles: int = 5) -> list[PCeen]:
    """As many people, each with as many roles, in few statements."""
    made = [PCeenFactory.build() for _ in range(count)]
    session.add_all(made)
    session.flush()
    some = sa.select(Role.id).where(
        Role.slug.in_(["eleve", "rezident", "bar_client", "alumni", "bekk"])
    )
    held = session.scalars(some.order_by(Role.index).limit(roles)).all()
    rows = [{"pceen_id": one.id, "role_id": role} for one in made for role in held]
    session.execute(sa.insert(pceen_role), rows)
    session.commit()
    return made


def test_a_line_says_the_room_the_devices_and_why_one_is_banned(
    session: Session, gri: Client
) -> None:
    ada = RentalFactory(room_num=312, pceen__nom="Curie").pceen
    for _ in range(3):
        DeviceFactory(pceen=ada)
    kind = BanKind.disciplinary
    session.add(Ban(pceen=ada, kind=kind, reason="téléchargement", open_key="k"))
    session.commit()

    page = gri.open_page("/gris/pceens?q=curie")

    assert shown(page) == ["Marie Curie ∞"]
    assert page.html.select_one('td.headline [title="téléchargement"]')
    assert page.texts("tbody [data-label=Chambre]") == ["312"]
    assert page.texts("tbody [data-label=Appareils]") == ["3"]
    assert page.texts("tbody .roles") == ["Rezident"]


def test_a_name_that_is_html_is_only_a_name(session: Session, gri: Client) -> None:
    PCeenFactory(prenom="<img src=x onerror=alert(1)>", nom="Curie")

    page = gri.open_page("/gris/pceens")

    assert shown(page) == ["<img src=x onerror=alert(1)> Curie"]
    assert not page.html.select("tbody img")


def test_nobody_found_is_said(session: Session, gri: Client) -> None:
    assert "Personne ne correspond." in gri.open_page("/gris/pceens?q=nemo").text("main")


def test_the_list_takes_as_many_statements_for_ten_people_as_for_three_hundred(
    session: Session, gri: Client, queries: list[str]
) -> None:
    def cost() -> int:
        queries.clear()
        gri.open_page("/gris/pceens")
        return len(queries)

    people(session, 10)
    cost()
    cost_of_ten = cost()
    people(session, 290)

    assert cost() == cost_of_ten <= 12


def test_a_full_page_weighs_120_kilobytes_at_most(session: Session, gri: Client) -> None:
    people(session, 300, roles=2)

    answer = gri.get("/gris/pceens")

    assert answer.text.count("<tr>") >= 150
    assert len(answer.data) <= 120 * 1024


def test_a_search_is_kept_from_a_view_to_another_and_from_a_page_to_the_next(
    session: Session, gri: Client
) -> None:
    people(session, 151)

    page = gri.open_page("/gris/pceens/all?q=curie&sort=nom")

    links = {str(a["href"]) for a in page.html.select("main a[href]")}
    assert any("/gris/pceens/rez" in link and "q=curie" in link for link in links)
    assert any("page=2" in link and "q=curie" in link and "sort=nom" in link for link in links)
