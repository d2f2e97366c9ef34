"""Which language the visitor reads."""

from flask import Flask, g, has_request_context, request

from app.context import cookies
from app.extensions import babel

LOCALES = ("fr", "en")
#: A longer header is not read.
LONGEST_HEADER = 1024


def chosen_locale() -> str:
    """The language of the account, else of the cookie, else of the browser."""
    context = g.get("context")
    if context is not None and context.locale in LOCALES:
        return str(context.locale)
    cookie = cookies.kept("locale") if has_request_context() else None
    if cookie in LOCALES:
        return str(cookie)
    return browser_locale()


def browser_locale() -> str:
    """The language of ours that the browser likes best; English without any."""
    if not has_request_context():
        return "fr"
    header = request.headers.get("Accept-Language", "")
    if not header or len(header) > LONGEST_HEADER:
        return "en"
    for language, quality in request.accept_languages:
        if not quality > 0:
            continue
        primary = "fr" if language == "*" else language.lower().partition("-")[0]
        if primary in LOCALES:
            return primary
    return "en"


def init_app(app: Flask) -> None:
    """Install this on *app*."""
    babel.init_app(app, locale_selector=chosen_locale, timezone_selector=lambda: "Europe/Paris")
