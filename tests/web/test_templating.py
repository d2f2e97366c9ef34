"""What templates call at every line gives what Flask and Flask-Babel give, in each language."""

from collections.abc import Iterator

import pytest
from flask import Flask, render_template_string, url_for
from flask_babel import force_locale, lazy_gettext as _l
from markupsafe import Markup

from app.web import templating

pytestmark = pytest.mark.once


@pytest.fixture
def page(app: Flask) -> Iterator[Flask]:
    with app.test_request_context("/"):
        yield app


def test_a_sentence_is_in_the_language_of_who_reads_it(page: Flask) -> None:
    source = '{{ _("Se connecter") }}'
    said = []

    for locale in ("fr", "en", "fr", "en"):
        with force_locale(locale):
            said.append(render_template_string(source))

    assert said == ["Se connecter", "Log in", "Se connecter", "Log in"]


def test_the_values_of_a_sentence_are_escaped_each_time(page: Flask) -> None:
    source = '{{ _("Promo %(promo)s", promo=value) }} {{ _("100 %% <b>") }}'

    with force_locale("fr"):
        said = [
            render_template_string(source, value=value) for value in ("<i>", "144", Markup("&"))
        ]

    assert said == [
        "Promo &lt;i&gt; 100 % <b>",
        "Promo 144 100 % <b>",
        "Promo & 100 % <b>",
    ]


def test_text_that_is_no_page_is_not_escaped(page: Flask) -> None:
    template = page.jinja_env.from_string(
        '{% autoescape false %}{{ _("Promo %(promo)s", promo="<i>") }}{% endautoescape %}'
    )

    with force_locale("fr"):
        assert template.render() == "Promo <i>"


@pytest.mark.parametrize(
    ("endpoint", "values"),
    [
        ("home.index", {}),
        ("static", {"filename": "css/site.css"}),
        ("static", {"filename": "css/site.css", "v": None}),
        ("gris.pceen", {"key": 3}),
        ("gris.pceens", {"view": "all", "page": 2, "q": "é&"}),
        ("bar.items", {"active": True}),
        ("home.index", {"_anchor": "here"}),
    ],
)
def test_an_address_is_that_of_flask(page: Flask, endpoint: str, values: dict[str, object]) -> None:
    assert templating.address(endpoint, **values) == url_for(endpoint, **values)
    assert templating.address(endpoint, **values) == url_for(endpoint, **values)  # kept, now


def test_what_is_equal_and_written_otherwise_has_another_address(page: Flask) -> None:
    one, yes = (templating.address("bar.items", active=value) for value in (1, True))

    assert (one, yes) == ("/bar/items?active=1", "/bar/items?active=True")


def test_an_address_follows_where_the_site_is_mounted(app: Flask) -> None:
    found = []
    for root in ("", "/below", ""):
        with app.test_request_context("/", environ_overrides={"SCRIPT_NAME": root}):
            found.append(templating.address("home.legal"))

    assert found == ["/legal", "/below/legal", "/legal"]


def test_an_icon_says_what_it_means(page: Flask) -> None:
    with force_locale("fr"):
        plain, told = templating.icon("trash"), templating.icon("trash", label='a "b" <c>', size=20)
        lazy = templating.icon("trash", label=_l("Fermer"))

    assert 'aria-hidden="true"' in plain
    assert 'role="img" aria-label="a &#34;b&#34; &lt;c&gt;"' in told
    assert 'width="20"' in told
    assert 'aria-label="Fermer"' in lazy
    assert plain.count("#trash") == 1


def test_what_is_kept_is_bounded() -> None:
    kept = templating.Kept()

    for number in range(3 * templating._MOST):
        assert kept.keep(number, number) == number
        assert len(kept) <= templating._MOST
