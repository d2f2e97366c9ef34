"""The list of a promo: shown, then made into accounts, as a whole or not at all."""

import csv
import io
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import html5lib
import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy.orm import Session

from app.core.errors import DomainError
from app.core.transaction import transaction
from app.enums import PermissionScope as S, PermissionType as T, TokenPurpose
from app.extensions import db
from app.models import AuditEvent, OneTimeToken, OutboxEntry, PCeen, Role
from app.modules.account.mails import Invitation
from app.modules.account.service.classes import promo_role
from app.modules.gris.rules.covering import Terminal
from app.modules.promos.rules import lines as rules
from app.modules.promos.service import importing
from app.modules.promos.service.importing import Asked
from tests.client import Client, Page
from tests.conftest import Login, Outbox
from tests.factories import PCeenFactory, RoleFactory, role_with

URL = "/gris/pceens/import"
HEADER = "nom;prenom;email"
SECRET = "hunter2-in-the-file"  # a column that nobody should keep


@pytest.fixture
def gri(session: Session, login: Login) -> Client:
    return login(PCeenFactory(prenom="Ada", nom="Lovelace", slugs=["gri"]))


def student(number: int) -> str:
    """The line of a student, of whom there is one for each number."""
    letters = "".join(chr(97 + number // power % 26) for power in (676, 26, 1))
    return f"Nom-{letters};Prénom;student{number}@example.org"


def listed(*lines: str, header: str = HEADER) -> bytes:
    return "\n".join([header, *lines, ""]).encode()


def upload(browser: Client, content: bytes, *, promo: str = "145", status: int = 200) -> Page:
    """Send a file; its body is made here, for a test client leaves long ones open."""
    parts = (f'promo"\r\n\r\n{promo}\r\n', 'file"; filename="liste.csv"\r\n\r\n')
    head = "".join(f'--x\r\nContent-Disposition: form-data; name="{part}' for part in parts)
    answer = browser.post(
        URL,
        data=head.encode() + content + b"\r\n--x--\r\n",
        content_type="multipart/form-data; boundary=x",
    )
    assert answer.status_code == status, answer.text
    html5lib.HTMLParser(strict=True).parse(answer.text)
    return Page(answer)


def shown(page: Page) -> dict[str, Any]:
    """What the form of the preview would send."""
    return {tag["name"]: tag["value"] for tag in page.html.select("form#review [type=hidden]")}


def keep(browser: Client, preview: Page, *, status: int = 200, **changed: Any) -> Page:
    """Import what the preview shows."""
    return browser.submit(URL, status=status, **{**shown(preview), **changed})


def counts(page: Page) -> list[str]:
    """New, there, to complete, doubtful, to correct."""
    return page.texts("dl.definitions dd")


def promo(session: Session, number: int = 145) -> list[PCeen]:
    session.expire_all()
    return list(session.scalars(sa.select(PCeen).where(PCeen.promo == number).order_by(PCeen.id)))


def written(session: Session) -> tuple[int, ...]:
    """How many rows there are of all that an import writes."""
    tables = (PCeen, Role, AuditEvent, OutboxEntry, OneTimeToken)
    return tuple(session.scalar(sa.select(sa.func.count(one.id))) or 0 for one in tables)


# The page


@pytest.mark.parametrize(
    ("can", "status"),
    [([], 403), ([(T.write, S.role)], 403), ([(T.write, S.pceen)], 200), ([(T.all, S.gris)], 200)],
)
def test_the_page_is_for_who_may_write_people(
    session: Session, login: Login, can: list[tuple[T, S]], status: int
) -> None:
    browser = login(PCeenFactory(can=can))

    assert browser.get(URL).status_code == status
    assert browser.post(URL, data={}).status_code == (422 if status == 200 else status)


def test_the_promo_is_asked_and_the_one_that_enters_is_proposed(gri: Client) -> None:
    field = gri.open_page(URL).html.select_one("[name=promo]")

    assert field is not None
    assert field["value"] == "145"
    assert upload(gri, listed(student(1)), promo="0", status=422).texts(".field-errors")
    assert upload(gri, listed(student(1)), promo="", status=422).texts(".field-errors")


def test_the_list_of_the_pceens_leads_to_it(gri: Client) -> None:
    assert gri.open_page("/gris/pceens").html.select(f'a.btn[href="{URL}"]')
    assert gri.open_page("/gris/").html.select(f'a[href="{URL}"]')


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\x89PNG\r\n\x1a\n", "n'est pas un CSV"),
        (b"PK\x03\x04", "n'est pas un CSV"),
        (listed("a;b\0;c@x.fr"), "n'est pas un CSV"),
        (listed(*map(student, range(2001))), "2001 lignes : 2000 au plus"),
        (b"nom;prenom\na;b\n", "aucune colonne « email »"),
        (b"x" * 2_000_001, "trop gros"),
        (b"", "vide"),
    ],
    ids=str,
)
def test_what_is_no_list_is_refused_next_to_the_file(
    session: Session, gri: Client, content: bytes, said: str
) -> None:
    before = written(session)

    page = upload(gri, content, status=422)

    (error,) = page.texts(".field-errors")
    assert said in error.replace("\u202f", " ")
    assert written(session) == before


def test_a_file_longer_than_any_list_is_not_even_read(gri: Client) -> None:
    answer = gri.post(URL, data={"content": "x" * 8_000_001, "promo": "145"})

    assert answer.status_code == 413


@pytest.mark.parametrize("content", ["", "nonsense", "W10=", "é"])
def test_nonsense_that_comes_back_is_refused(session: Session, gri: Client, content: str) -> None:
    before = written(session)

    page = gri.submit(URL, status=422, content=content, promo="145", seen="x")

    assert "choisissez à nouveau le fichier" in page.text(".error-summary")
    assert gri.post(URL, data={"refused": content or "x"}).status_code == 422
    assert written(session) == before


# The whole of it


FAULTY = [
    "Sans;Mail;",
    "Sans;Mail",
    "Faux;Mail;pas une adresse",
    student(0),
    student(1),
    student(2),
    "Virgule,Jean,jean@example.org",
    "=HYPERLINK(1);Jean;formule@example.org",
    "Curie;@SUM(1);autre@example.org",
    ";Jean;sansnom@example.org",
    "Jean;___;sanslettre@example.org",
]


def test_four_hundred_students_and_twelve_faulty_lines(
    session: Session, gri: Client, outbox: Outbox
) -> None:
    content = listed(*map(student, range(388)), *FAULTY)
    content += "Éric;Émile;emile@example.org\n".encode("cp1252")
    before = written(session)

    preview = upload(gri, content)

    assert counts(preview) == ["388", "0", "0", "0", "12"]
    numbers = [int(text) for text in preview.texts("#wrong td.num")]
    assert numbers == list(range(390, 402))
    assert all(preview.texts("#wrong td[data-label=Pourquoi]"))
    assert written(session) == before

    refused = keep(gri, preview, status=422)
    assert "cochez cette case" in refused.text(".error-summary")
    assert written(session) == before

    page = keep(gri, refused, without_wrong="y")

    assert "388 comptes créés" in page.flashes[0]
    assert "12 lignes laissées de côté" in page.flashes[1]
    made = promo(session)
    assert len(made) == len({one.username for one in made}) == 388
    assert {frozenset(str(role.slug) for role in one.roles) for one in made} == {
        frozenset({"eleve", "promo-145"})
    }
    first = made[0]
    assert (first.full_name, first.email) == ("Prénom Nom-Aaa", "student0@example.org")
    assert (first.password_hash, first.activated, first.email_confirmed_at) == (None, False, None)
    mails = outbox()
    assert len(mails) == 388
    assert all(isinstance(mail, Invitation) for mail in mails)
    token = session.scalars(sa.select(OneTimeToken).where(OneTimeToken.pceen == first)).one()
    assert token.purpose is TokenPurpose.invitation
    assert (token.expires_at - token.created_at).days in (13, 14)
    done = session.scalars(sa.select(AuditEvent).where(AuditEvent.object_id == first.id))
    assert sorted(event.action for event in done if event.object_type == "PCeen") == [
        "account.pceen.create",
        "account.role.give",
        "account.role.give",
    ]
    (event,) = session.scalars(sa.select(AuditEvent).filter_by(action="promos.list.import"))
    assert event.after == {"promo": 145, "made": 388, "completed": 0, "doubtful": 0, "wrong": 12}
    role = session.scalars(sa.select(Role).where(Role.slug == "promo-145")).one()
    assert (role.name, role.index, role.permissions, role.system) == ("145", 145, [], False)

    after = written(session)
    again = upload(gri, content)
    assert counts(again) == ["0", "388", "0", "0", "12"]
    assert again.text(".notice-title") == "Il n'y a rien à importer."
    page = keep(gri, again, without_wrong="y")
    assert "tout le monde est déjà là" in page.flashes[0]
    assert written(session) == after


def test_the_lines_to_correct_are_given_in_a_file_that_no_spreadsheet_runs(gri: Client) -> None:
    preview = upload(gri, listed(student(1), *FAULTY))
    (field,) = preview.html.select("#wrong [name=refused]")

    answer = gri.post(URL, data={"refused": field["value"]})

    assert answer.mimetype == "text/csv"
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))
    assert rows[0] == ["ligne", "nom", "prenom", "email", "raison"]
    assert rows[1] == ["3", "Sans", "Mail", "", "e-mail manquant"]
    formula = next(row for row in rows if "HYPERLINK" in row[1])
    assert formula[1] == "'=HYPERLINK(1)"
    assert not any(cell.startswith(("=", "@", "+", "-")) for row in rows for cell in row)


def test_a_column_of_passwords_is_nowhere(session: Session, gri: Client) -> None:
    content = listed(
        f"{SECRET};Curie;Eve;eve@example.org",
        f"{SECRET};Sans;Mail;",
        header="password;nom;prenom;email",
    )
    preview = upload(gri, content)
    held = preview.html.select("[name=content], [name=refused]")
    lines = [rules.unpack(str(tag["value"]), width=5) for tag in held]

    keep(gri, preview, without_wrong="y")

    assert SECRET not in str(preview.html)
    assert SECRET not in str(lines)
    assert [len(rows) for rows in lines] == [2, 1]
    (eve,) = promo(session)
    assert eve.password_hash is None
    stored = [
        *session.scalars(sa.select(AuditEvent.after)),
        *session.scalars(sa.select(OutboxEntry.payload)),
    ]
    assert SECRET not in str(stored)


def test_a_hostile_name_is_only_text(session: Session, gri: Client) -> None:
    preview = upload(gri, listed("<img src=x onerror=alert(1)>;Eve;eve@x.fr", "<svg>;<b>;no"))

    assert not preview.html.select("main img, main b")
    assert "<svg>" in preview.text("#wrong td.headline")


# Who is there already


def test_who_is_there_gets_what_they_lack_and_nothing_is_overwritten(
    session: Session, gri: Client, outbox: Outbox
) -> None:
    by_email = PCeenFactory(prenom="Eve", nom="Curie", promo=None, email="eve@x.fr")
    by_name = PCeenFactory(prenom="Chloé", nom="Müller", promo=145, slugs=["eleve"])
    by_school = PCeenFactory(prenom="Léa", nom="Roy", promo=144, espci_email="lea@espci.fr")
    facts = {
        one.id: (one.full_name, one.promo, one.email) for one in (by_email, by_name, by_school)
    }
    content = listed("CURIE;Eve;eve@x.fr", "Muller;Chloe;new@x.fr", "Roy;L.;lea@espci.fr")

    preview = upload(gri, content)
    assert counts(preview) == ["0", "3", "3", "0", "0"]
    page = keep(gri, preview)

    assert page.flashes == ["3 comptes complétés."]
    session.expire_all()
    for one in (by_email, by_name, by_school):
        assert facts[one.id] == (one.full_name, one.promo, one.email)
        assert {role.slug for role in one.roles} == {"eleve", "promo-145"}
    assert outbox() == []
    assert counts(upload(gri, content)) == ["0", "3", "0", "0", "0"]


def test_a_namesake_of_another_promo_waits_until_someone_says_they_are_another(
    session: Session, gri: Client
) -> None:
    old = PCeenFactory(prenom="Eve", nom="Curie", promo=120)
    preview = upload(gri, listed("Curie;Eve;eve@x.fr", student(1)))
    assert counts(preview) == ["1", "0", "0", "1", "0"]
    assert "promo 120" in preview.text("#others td[data-label=Pourquoi]")

    page = keep(gri, preview)
    assert "1 ligne laissée de côté." in page.flashes
    assert [one.email for one in promo(session)] == ["student1@example.org"]

    again = upload(gri, listed("Curie;Eve;eve@x.fr", student(1)))
    keep(gri, again, others="2")
    assert [one.email for one in promo(session)] == ["student1@example.org", "eve@x.fr"]
    assert old.promo == 120


def test_an_address_of_someone_with_another_name_is_to_be_corrected(
    session: Session, gri: Client
) -> None:
    PCeenFactory(prenom="Paul", nom="Martin", email="eve@x.fr")

    preview = upload(gri, listed("Curie;Eve;eve@x.fr"))

    assert preview.texts("#wrong td[data-label=Pourquoi]") == [
        "cet e-mail est celui de Paul Martin"
    ]


def test_what_changed_since_the_preview_is_shown_again(session: Session, gri: Client) -> None:
    preview = upload(gri, listed("Curie;Eve;eve@x.fr", student(1), "x;y;"))
    PCeenFactory(prenom="Eve", nom="Curie", promo=120)
    before = written(session)

    page = keep(gri, preview, status=409, without_wrong="y")

    assert "le voici à jour" in page.text(".error-summary")
    assert counts(page) == ["1", "0", "0", "1", "1"]
    assert written(session) == before
    keep(gri, page, without_wrong="y")
    assert [one.email for one in promo(session)] == ["student1@example.org"]


def test_a_preview_asks_the_database_as_much_for_many_as_for_few(session: Session) -> None:
    def asked(count: int) -> int:
        lines, said = rules.read(listed(*map(student, range(count)))), []
        connection = session.connection()
        with_ = (connection, "before_cursor_execute", lambda *_: said.append(1))
        sa.event.listen(*with_)
        importing.plan(session, Asked(lines=lines, promo=145))
        sa.event.remove(*with_)
        return len(said)

    assert asked(2) == asked(60) <= 3


# Who may


@pytest.mark.parametrize(
    "rights",
    [
        [(T.write, S.pceen)],
        [(T.write, S.pceen), (T.write, S.role)],
        [(T.write, S.pceen), *((T.read, s) for s in (S.photos, S.bar, S.club_q, S.bekk))],
    ],
    ids=["no role", "writes roles, covers nothing", "covers, writes no role"],
)
def test_who_may_not_give_the_role_of_students_imports_nothing(
    session: Session, login: Login, rights: list[tuple[T, S]]
) -> None:
    browser = login(PCeenFactory(can=rights))
    before = written(session)

    page = upload(browser, listed(student(1)), status=403)
    assert "aucun compte n'est créé" in page.text(".error-summary")
    packed = rules.packed(rules.read(listed(student(1))))
    browser.submit(URL, status=403, content=packed, promo="145", seen="x")

    assert written(session) == before


def test_who_covers_the_roles_of_a_class_may_import_without_being_a_gri(
    session: Session, login: Login
) -> None:
    covers = [(T.all, s) for s in (S.photos, S.bar, S.club_q, S.bekk, S.panier_bio, S.calendar)]
    browser = login(PCeenFactory(can=[(T.write, S.pceen), (T.write, S.role), *covers]))

    keep(browser, upload(browser, listed(student(1))))

    assert len(promo(session)) == 1


def test_a_promo_role_that_allows_more_than_one_may_is_not_given(
    session: Session, login: Login
) -> None:
    role = role_with((T.all, S.payments))
    role.slug = "promo-145"
    session.add(role)
    covers = [(T.all, s) for s in (S.photos, S.bar, S.club_q, S.bekk, S.panier_bio, S.calendar)]
    browser = login(PCeenFactory(can=[(T.write, S.pceen), (T.write, S.role), *covers]))

    upload(browser, listed(student(1)), status=403)
    upload(browser, listed(student(1)), promo="144")


# The role of a promo


def test_the_role_of_a_promo_is_made_once_whatever_people_called_theirs(session: Session) -> None:
    RoleFactory(name="145")

    first, again = promo_role(session, 145), promo_role(session, 145)

    assert first is again
    assert (first.slug, first.name, first.index) == ("promo-145", "Promo 145", 145)
    made = session.scalars(sa.select(AuditEvent).filter_by(action="account.role.create")).all()
    assert [event.object_id for event in made] == [first.id]


def test_two_at_once_import_one_list_once(shared: Flask) -> None:
    lines = rules.read(listed(*map(student, range(20))))

    def run(seen: bool) -> str:
        with shared.app_context():
            try:
                asked = Asked(lines=lines, promo=145)
                seen_ = importing.plan(db.session(), asked).digest if seen else None
                with transaction(db.session()) as session:
                    asked = Asked(lines=lines, promo=145, seen=seen_)
                    done = importing.apply(session, asked, actor=Terminal())
                return str(done.made)
            except DomainError as refusal:
                return type(refusal).__name__
            finally:
                db.session.remove()

    with ThreadPoolExecutor(4) as pool:
        outcomes = sorted(pool.map(run, [True, True, False, False]))

    assert outcomes.count("20") == 1
    assert set(outcomes) <= {"20", "0", "ListChanged"}
    with shared.app_context():
        assert len(promo(db.session())) == 20


# From a terminal


def test_a_terminal_says_then_does_the_same(
    session: Session, cli: FlaskCliRunner, tmp_path: Path
) -> None:
    PCeenFactory(prenom="Eve", nom="Curie", promo=120)
    path = tmp_path / "liste.csv"
    path.write_bytes(listed("Curie;Eve;eve@x.fr", student(1), "Sans;Mail;"))
    command = ["promo", "import", str(path), "--promo", "145"]

    dry = cli.invoke(args=command)
    assert dry.exit_code == 0
    assert "line 4: wrong: Mail Sans <>: e-mail manquant" in dry.output
    assert "line 2: doubtful: Eve Curie <eve@x.fr>" in dry.output
    assert "promo 145: 1 new, 0 there, 1 doubtful, 1 wrong; 0 to complete" in dry.output
    assert promo(session) == []

    refused = cli.invoke(args=[*command, "--apply"])
    assert refused.exit_code == 1
    assert promo(session) == []

    done = cli.invoke(args=[*command, "--apply", "--without-wrong", "--another", "2"])
    assert done.exit_code == 0, done.output
    assert "2 accounts made, 0 completed." in done.output
    assert len(promo(session)) == 2


def test_a_terminal_refuses_what_is_no_list(cli: FlaskCliRunner, tmp_path: Path) -> None:
    path = tmp_path / "liste.csv"
    path.write_bytes(b"PK\x03\x04")

    refused = cli.invoke(args=["promo", "import", str(path), "--apply"])

    assert refused.exit_code == 1
    assert "n'est pas un CSV" in refused.output
