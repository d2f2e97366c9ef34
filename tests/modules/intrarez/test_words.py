"""Every state of the chain has its text in both languages, and the one thing to do."""

import pytest
from flask import Flask
from flask_babel import force_locale

from app.modules.intrarez.routes.words import CONNECTIONS, FAULTS, LINKS, STATES, Words
from app.modules.intrarez.rules.chain import Connection, Fault, Link, LinkState

pytestmark = pytest.mark.once


def said(app: Flask, sentence: object) -> tuple[str, str]:
    """A sentence, in French and in English."""
    texts = []
    for locale in ("fr", "en"):
        with app.test_request_context(), force_locale(locale):
            texts.append(str(sentence))
    return texts[0], texts[1]


@pytest.mark.parametrize("fault", Fault)
def test_a_fault_says_what_happens_what_it_means_and_what_to_do(app: Flask, fault: Fault) -> None:
    words = FAULTS[fault]

    for sentence in (words.title, words.text, words.label):
        french, english = said(app, sentence)
        assert french
        assert english
        assert french != english


@pytest.mark.parametrize("fault", Fault)
def test_the_button_of_a_fault_leads_to_a_page(app: Flask, fault: Fault) -> None:
    words: Words = FAULTS[fault]
    with app.test_request_context():
        path = words.url.partition("?")[0]

    assert app.url_map.bind("localhost").test(path, method="GET")


@pytest.mark.parametrize("link", Link)
def test_a_link_is_named_in_both_languages(app: Flask, link: Link) -> None:
    french, english = said(app, LINKS[link])

    assert french != english


def test_every_state_has_its_words(app: Flask) -> None:
    assert set(FAULTS) == set(Fault)
    assert set(STATES) == set(LinkState)
    assert set(CONNECTIONS) == set(Connection)
    assert all(len(set(said(app, text))) == 2 for text in CONNECTIONS.values())
