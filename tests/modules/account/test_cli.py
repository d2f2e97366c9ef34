"""People, from a terminal."""

import pytest
import sqlalchemy as sa
from flask.testing import FlaskCliRunner
from sqlalchemy.orm import Session

from app.models import PCeen
from app.modules.account.mails import Invitation
from tests.conftest import Outbox
from tests.factories import PCeenFactory

ADA = ["--prenom", "Ada", "--nom", "lovelace", "--promo", "145", "--email", "Ada@Example.org"]


def test_an_account_made_from_a_terminal_is_invited(
    session: Session, cli: FlaskCliRunner, outbox: Outbox
) -> None:
    result = cli.invoke(args=["pceens", "create", *ADA])

    assert result.exit_code == 0
    (mail,) = outbox()
    assert isinstance(mail, Invitation)
    assert (mail.to, mail.username) == ("ada@example.org", "alovelac")
    assert result.output == f"http://localhost/invitation/{mail.secret}\n"
    ada = session.scalars(sa.select(PCeen)).one()
    assert (ada.full_name, ada.promo, ada.password_hash) == ("Ada Lovelace", 145, None)


def test_a_promo_of_zero_is_none(session: Session, cli: FlaskCliRunner) -> None:
    cli.invoke(args=["pceens", "create", *ADA, "--promo", "0"])

    assert session.scalars(sa.select(PCeen.promo)).one() is None


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (["--promo", "1000"], "1000"),
        (["--nom", "___"], "Écrivez au moins une lettre."),
        (["--email", "old@example.org"], "Cette adresse est déjà celle d'un autre compte."),
        (["--nom", "Hopper"], "Un autre compte porte déjà ce nom."),
        (["--email", "nonsense"], "not an e-mail address"),
        (["--nom", "a" * 65], "1 to 64 characters"),
        (["--nom", "a\x1b"], "1 to 64 characters"),
    ],
)
def test_a_wrong_account_is_refused_in_words(
    session: Session, cli: FlaskCliRunner, wrong: list[str], said: str
) -> None:
    PCeenFactory(prenom="Ada", nom="Hopper", promo=145, email="old@example.org")

    result = cli.invoke(args=["pceens", "create", *ADA, *wrong])

    assert result.exit_code != 0
    assert said in result.output
    assert "Traceback" not in result.output
    assert len(session.scalars(sa.select(PCeen)).all()) == 1


@pytest.mark.parametrize("name", ["ada", "ADA", "ada@example.org"])
def test_a_gri_is_made_by_their_username_or_address(
    session: Session, cli: FlaskCliRunner, name: str
) -> None:
    ada = PCeenFactory(username="ada", email="ada@example.org")

    result = cli.invoke(args=["gris", "add", name])

    assert (result.exit_code, result.output) == (0, "ada is now a GRI.\n")
    session.expire_all()
    assert ada.is_gri


def test_a_gri_is_made_once(session: Session, cli: FlaskCliRunner) -> None:
    PCeenFactory(username="ada", slugs=["gri"])

    assert cli.invoke(args=["gris", "add", "ada"]).output == "ada was already a GRI.\n"


def test_nobody_is_made_a_gri_by_mistake(session: Session, cli: FlaskCliRunner) -> None:
    result = cli.invoke(args=["gris", "add", "nobody"])

    assert result.exit_code == 1
    assert "Ce PCéen n'existe pas." in result.output


def test_the_gris_are_listed_and_nobody_else(session: Session, cli: FlaskCliRunner) -> None:
    PCeenFactory(username="ada", prenom="Ada", nom="Lovelace", slugs=["gri"])
    PCeenFactory(username="eve", slugs=["rezident"])
    PCeenFactory(username="bob")

    result = cli.invoke(args=["gris", "list"])

    assert [line.split() for line in result.output.splitlines()] == [["ada", "Ada", "Lovelace"]]
