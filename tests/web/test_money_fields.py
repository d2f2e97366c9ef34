"""Fields for amounts, phone numbers and files."""

from io import BytesIO
from typing import Any

import pytest
from bs4 import BeautifulSoup
from flask import Flask, render_template_string

from app.web.forms import EurosField, FileField, Form, PhoneField, _file_size

pytestmark = pytest.mark.once


class Paid(Form):
    amount = EurosField("Amount", minimum=1_00, maximum=5_000_00, required=False)
    phone = PhoneField("Phone", required=False)
    file = FileField("File", maximum=64_000, required=False)


class Needed(Form):
    amount = EurosField("Amount")
    phone = PhoneField("Phone")
    file = FileField("File")


def sent(app: Flask, form: type[Form] = Paid, *, language: str = "fr", **values: Any) -> Form:
    headers = {"Accept-Language": language}
    with app.test_request_context("/", method="POST", data=values, headers=headers):
        filled = form()
        filled.validate()
        return filled


def page(app: Flask, form: type[Form] = Paid, **values: Any) -> BeautifulSoup:
    """The form as it is shown again."""
    with app.test_request_context("/", method="POST", data=values):
        filled = form()
        filled.validate()
        source = "{% from '_form.html' import form_page %}{{ form_page(form, 'OK', files=true) }}"
        return BeautifulSoup(render_template_string(source, form=filled), "html.parser")


def test_nothing_is_needed_of_optional_fields(app: Flask) -> None:
    form = sent(app, amount=" ", phone="\t", file=(BytesIO(), ""))

    assert form.errors == {}
    assert (form.phone.number, form.file.content) == ("", b"")
    with pytest.raises(RuntimeError):
        _ = form.amount.cents


def test_each_missing_field_has_one_message(app: Flask) -> None:
    form = sent(app, Needed)

    assert form.errors == {
        "amount": ["Ce champ est obligatoire."],
        "phone": ["Ce champ est obligatoire."],
        "file": ["Choisissez un fichier."],
    }


class TestAmounts:
    @pytest.mark.parametrize(
        ("typed", "cents"),
        [
            ("12", 12_00),
            ("12,5", 12_50),
            ("12.50", 12_50),
            (" 12,50 ", 12_50),
            ("12 €", 12_00),
            ("12,50€", 12_50),
            ("12,50\u00a0€", 12_50),
            ("1 234,56", 1_234_56),
            ("1\u202f234,56\u00a0€", 1_234_56),
            ("1", 1_00),
            ("5000", 5_000_00),
            ("0012", 12_00),
        ],
    )
    def test_it_is_read(self, app: Flask, typed: str, cents: int) -> None:
        form = sent(app, amount=typed)

        assert (form.errors, form.amount.cents) == ({}, cents)

    @pytest.mark.parametrize(
        "typed",
        [
            "twelve",
            "12,505",
            "12,",
            ",50",
            "1,234.50",
            "12 50",
            "12€50",
            "€",
            "$12",
            "1e3",
            "1_000",
            "NaN",
            "Infinity",
            "+12",
            "\u0661\u0662",
            "12\0",
            "9" * 400,
        ],
    )
    def test_it_is_refused_when_it_is_none(self, app: Flask, typed: str) -> None:
        form = sent(app, amount=typed)

        assert form.errors == {"amount": ["Écrivez un montant en euros. Exemple : 12,50."]}

    @pytest.mark.parametrize("typed", ["0", "-12", "0,99", "5000,01", "999999999"])
    def test_it_is_refused_outside_of_its_bounds(self, app: Flask, typed: str) -> None:
        form = sent(app, amount=typed)

        (error,) = form.errors["amount"]
        assert error == "Écrivez un montant entre 1,00\u00a0€ et 5\u202f000,00\u00a0€."

    def test_what_was_typed_is_shown_again(self, app: Flask) -> None:
        field = page(app, amount="12,505 €\0").select_one("#amount")

        assert (field["value"], field["inputmode"]) == ("12,505 €", "decimal")

    @pytest.mark.parametrize(("language", "shown"), [("fr", "1234,50"), ("en", "1234.50")])
    def test_an_amount_of_before_is_shown_as_it_would_be_typed(
        self, app: Flask, language: str, shown: str
    ) -> None:
        with app.test_request_context(headers={"Accept-Language": language}):
            value = Paid(data={"amount": 1_234_50}).amount._value()

        assert value == shown
        assert sent(app, amount=value).amount.cents == 1_234_50


class TestPhones:
    @pytest.mark.parametrize(
        "typed",
        [
            "0612345678",
            "06 12 34 56 78",
            "06.12.34.56.78",
            "06-12-34-56-78",
            "06\u201112\u201134\u201356\u201378",
            "06\u00a012\u202f34\u200956\u300078",
            " 0612345678 ",
            "+33612345678",
            "+33 6 12 34 56 78",
            "0033612345678",
            "00 33 6 12 34 56 78",
            "+33 (0)6 12 34 56 78",
            "0033 (0) 6 12 34 56 78",
        ],
    )
    def test_it_is_read(self, app: Flask, typed: str) -> None:
        form = sent(app, phone=typed)

        assert (form.errors, form.phone.number) == ({}, "0612345678")

    def test_a_prefix_is_at_the_start_alone(self, app: Flask) -> None:
        assert sent(app, phone="0612003345").phone.number == "0612003345"

    @pytest.mark.parametrize(
        "typed",
        [
            "061234567",
            "06123456789",
            "1612345678",
            "612345678",
            "+32612345678",
            "+3361234567",
            "+336123456789",
            "+33 06 12 34 56 78",
            "(0)612345678",
            "06 12 34 56 7x",
            "phone",
            "+",
            "-",
            "06/12/34/56/78",
            "\u0660\u0666\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668",
            "\uff10\uff16\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18",
            "06\n12345678",
            "0612345678\0",
            "\u202a0612345678",
            "0" * 33,
        ],
    )
    def test_it_is_refused(self, app: Flask, typed: str) -> None:
        form = sent(app, phone=typed)

        assert {name: len(errors) for name, errors in form.errors.items()} == {"phone": 1}

    def test_what_was_typed_is_shown_again(self, app: Flask) -> None:
        field = page(app, phone="+32 6 12").select_one("#phone")

        assert field["value"] == "+32 6 12"
        assert (field["type"], field["inputmode"], field["autocomplete"]) == ("tel",) * 3


class TestFiles:
    @pytest.mark.parametrize("content", [b"x", b"\0\xff" * 10, b"x" * 64_000])
    def test_it_is_read(self, app: Flask, content: bytes) -> None:
        form = sent(app, Paid, file=(BytesIO(content), "statement.csv"))

        assert (form.errors, form.file.content) == ({}, content)

    def test_it_is_refused_when_empty(self, app: Flask) -> None:
        form = sent(app, file=(BytesIO(), "statement.csv"))

        assert form.errors == {"file": ["Ce fichier est vide."]}

    def test_it_is_refused_when_too_big(self, app: Flask) -> None:
        form = sent(app, file=(BytesIO(b"x" * 64_001), "statement.csv"))

        assert form.errors == {"file": ["Ce fichier est trop gros : 64\u202fko au plus."]}

    @pytest.mark.parametrize(
        ("size", "said"),
        [(5_000_000, "5 Mo"), (2_500_000, "2,5 Mo"), (64_000, "64 ko")],
    )
    def test_sizes_are_said_in_short(self, app: Flask, size: int, said: str) -> None:
        with app.test_request_context(headers={"Accept-Language": "fr"}):
            assert " ".join(_file_size(size).split()) == said

    def test_a_text_is_no_file(self, app: Flask) -> None:
        form = sent(app, Needed, amount="1", phone="0612345678", file="statement.csv")

        assert form.errors == {"file": ["Choisissez un fichier."]}

    def test_the_first_of_several_is_read(self, app: Flask) -> None:
        form = sent(app, file=[(BytesIO(b"one"), "1.csv"), (BytesIO(b"two"), "2.csv")])

        assert form.file.content == b"one"

    def test_it_is_not_shown_again(self, app: Flask) -> None:
        element = page(app, amount="?", file=(BytesIO(b"secret"), "secret.csv"))

        assert element.select_one("#file")["type"] == "file"
        assert "secret" not in str(element)
