"""The parent of all forms, and its fields."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.modules.account.errors import PasswordTooShort, StaleVersion
from app.web.forms import (
    CreationForm,
    DateField,
    EditForm,
    EmailField,
    Form,
    NumberField,
    SecretField,
    TextField,
)


class Everything(Form):
    name = TextField("Name")
    nickname = TextField("Nickname", required=False, maximum=5)
    email = EmailField("E-mail", required=False)
    password = SecretField("Password")
    number = NumberField("Number", minimum=1, maximum=999, required=False)
    day = DateField("Day", required=False)


VALID = {"name": "Ada", "password": "x"}


def sent(app: Flask, form: type[Form] = Everything, **values: Any) -> Form:
    with app.test_request_context("/", method="POST", data={**VALID, **values}):
        filled = form()
        filled.validate()
        return filled


def refused(app: Flask, **values: Any) -> set[str]:
    """The fields that were refused."""
    with app.test_request_context("/", method="POST", data={**VALID, **values}):
        form = Everything()
        form.validate()
        return set(form.errors)


pytestmark = pytest.mark.once


def test_an_empty_form_has_one_message_for_each_missing_field(app: Flask) -> None:
    with app.test_request_context("/", method="POST", data={}):
        form = Everything()

        assert not form.validate()

        assert {name: len(errors) for name, errors in form.errors.items()} == {
            "name": 1,
            "password": 1,
        }


def test_an_empty_optional_field_passes(app: Flask) -> None:
    assert refused(app, nickname="", email=" ", number="", day="\t") == set()


@pytest.mark.parametrize("name", ["", " ", "\u00a0\u3000", "a" * 65, "a\0", "\u202eada", "a\nb"])
def test_a_bad_text_is_refused(app: Flask, name: str) -> None:
    assert refused(app, name=name) == {"name"}


@pytest.mark.parametrize("name", ["O'Neil", "Ñuñez", "李 雷", "<b>x", "a" * 64, "%s {} %(x)s"])
def test_a_text_is_kept_as_typed(app: Flask, name: str) -> None:
    form = sent(app, name=name)

    assert (form.errors, form.name.text) == ({}, name)


def test_a_length_is_counted_in_characters_once_composed(app: Flask) -> None:
    form = sent(app, nickname="e\u0301" * 5)

    assert (form.errors, form.nickname.text) == ({}, "é" * 5)


def test_a_doubled_field_takes_its_first_value(app: Flask) -> None:
    form = sent(app, name=["Ada", "Grace"])

    assert form.name.text == "Ada"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("ada@example.org", "ada@example.org"),
        (" Ada@EXAMPLE.org ", "ada@example.org"),
        ("ada@b\u00fccher.example.org", "ada@xn--bcher-kva.example.org"),
        ("ada@bu\u0308cher.example.org", "ada@xn--bcher-kva.example.org"),
        ("ada+pem@example.org", "ada+pem@example.org"),
    ],
)
def test_an_address_is_kept_as_it_is_compared(app: Flask, typed: str, kept: str) -> None:
    form = sent(app, email=typed)

    assert (form.errors, form.email.text) == ({}, kept)


@pytest.mark.parametrize(
    "email",
    [
        "ada",
        "@example.org",
        "ada@",
        "ada@localhost",
        "ada@example.org.",
        "ada@example.org\r\nBcc: eve@example.org",
        '"a b"@example.org',
        "Ada <ada@example.org>",
        "ada@[127.0.0.1]",
        "ada@example.org,eve@example.org",
        "a" * 109 + "@example.org",  # 121 characters
        "a@" + "é" * 55 + "." + "è" * 55 + ".org",  # more than 120 once in ASCII
        "é@example.org",  # few servers would deliver it
        "ada@exam\0ple.org",
    ],
)
def test_an_address_nobody_could_use_is_refused(app: Flask, email: str) -> None:
    assert refused(app, email=email) == {"email"}


@pytest.mark.parametrize(("typed", "number"), [("1", 1), ("999", 999), (" 42 ", 42), ("007", 7)])
def test_a_number_is_read(app: Flask, typed: str, number: int) -> None:
    form = sent(app, number=typed)

    assert (form.errors, form.number.number) == ({}, number)


@pytest.mark.parametrize(
    "typed",
    ["0", "1000", "-1", "+1", "1_000", "1.5", "1e3", "²", "١٢", "0x1", "a", "1 2", "9" * 19, "1\0"],
)
def test_what_is_no_number_between_the_bounds_is_refused(app: Flask, typed: str) -> None:
    assert refused(app, number=typed) == {"number"}


def test_a_refused_number_is_shown_as_typed(app: Flask) -> None:
    form = sent(app, number="douze")

    assert form.number._value() == "douze"


def test_a_date_is_read(app: Flask) -> None:
    form = sent(app, day="2024-02-29")

    assert (form.errors, form.day.day) == ({}, date(2024, 2, 29))


@pytest.mark.parametrize(
    "typed",
    [
        "2026-02-29",
        "20260101",
        "2026-W48-2",
        "2026-13-01",
        "0000-01-01",
        "hier",
        "\u0662\u0660\u0662\u0666-\u0660\u0661-\u0660\u0661",
        "2026-01-01T00:00",
        "1",
    ],
)
def test_a_date_that_does_not_exist_is_refused(app: Flask, typed: str) -> None:
    assert refused(app, day=typed) == {"day"}


def test_a_password_is_neither_trimmed_nor_sent_back(app: Flask) -> None:
    form = sent(app, password="  secret  ", name="")

    assert form.password.text == "  secret  "
    assert "secret" not in str(form.password())


@pytest.mark.parametrize("code", [*range(256), 0x202E])
def test_no_character_makes_a_form_crash(app: Flask, code: int) -> None:
    text = chr(code)

    wrong = refused(app, name=text, nickname=text, email=text, password=text, number=text, day=text)

    assert wrong <= {"name", "nickname", "email", "number", "day"}


def test_a_refusal_stands_next_to_its_field(app: Flask) -> None:
    with app.test_request_context("/", method="POST", data=VALID):
        form = Everything()

        with form.refusals():
            raise PasswordTooShort(minimum=10)

        assert form.password.errors == [PasswordTooShort(minimum=10).message]
        assert (form.is_accepted, form.status) == (False, 422)


def test_a_refusal_about_no_field_is_said_of_the_form_with_its_status(app: Flask) -> None:
    with app.test_request_context("/", method="POST", data=VALID):
        form = Everything()

        with form.refusals():
            raise StaleVersion

        assert form.form_errors == [StaleVersion().message]
        assert (form.is_accepted, form.status) == (False, 409)


@pytest.mark.parametrize(
    ("typed", "version"), [("3", 3), ("", 0), ("x", 0), ("-1", 0), ("²", 0), ("9" * 19, 0)]
)
def test_a_version_is_a_number_or_none(app: Flask, typed: str, version: int) -> None:
    with app.test_request_context("/", method="POST", data={"version": typed}):
        assert EditForm().seen_version == version


@dataclass
class Shelf:
    version: int
    name: str


class ShelfForm(EditForm):
    name = TextField("Name")


def test_an_edit_that_tells_no_version_saw_none(app: Flask) -> None:
    with app.test_request_context("/", method="POST", data={"name": "x"}):
        assert ShelfForm(obj=Shelf(7, "books")).seen_version == 0


def test_who_saw_something_stale_is_shown_both_values_and_the_new_version(app: Flask) -> None:
    typed = {"name": "mine", "version": "6"}
    with app.test_request_context("/", method="POST", data=typed):
        form = ShelfForm(obj=Shelf(7, "theirs"))
        assert form.validate()

        form.refuse(StaleVersion())

        assert (form.name.data, form.version._value()) == ("mine", "7")
        assert "theirs" in form.name.errors[-1]


def test_an_empty_post_is_no_form_left_as_it_was(app: Flask) -> None:
    with app.test_request_context("/", method="POST"):
        form = ShelfForm(obj=Shelf(7, "books"))

        assert not form.validate()

        assert set(form.errors) == {"name"}


@pytest.mark.parametrize("typed", ["a\0b", "a\x1bb", "a\u202eb"])
def test_what_a_page_may_not_hold_is_not_shown_again(app: Flask, typed: str) -> None:
    form = sent(app, name=typed, number=typed, day=typed)

    for field in (form.name, form.number, form.day):
        assert field._value() == "ab"
    assert set(form.errors) == {"name", "number", "day"}


class Purchase(CreationForm):
    """Something to buy."""


def test_a_form_sent_twice_is_accepted_once(app: Flask, session: Session) -> None:
    with app.test_request_context("/", method="POST", data={"idempotency_key": "k"}):
        answers = [
            Purchase().is_first(session, sender=1),
            Purchase().is_first(session, sender=1),
            Purchase().is_first(session, sender=2),
        ]

    assert answers == [True, False, True]
