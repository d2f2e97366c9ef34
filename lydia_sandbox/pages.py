"""The pages: where one pays, and what was asked of the sandbox."""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from lydia_sandbox import outcomes, parts, store, words
from lydia_sandbox.merchants import Merchant
from lydia_sandbox.outcomes import Outcome, Request, State
from lydia_sandbox.parts import Parts
from lydia_sandbox.store import Behaviour, Callback

blueprint = Blueprint("pages", __name__)

STYLE = Path(__file__).with_name("static") / "style.css"
COLLECT = "/collect/payment/<uuid>/<any(lydia, cb, auto):method>"


@dataclass(frozen=True, slots=True)
class Entry:
    """A request of the list, and what was sent about it."""

    request: Request
    merchant: Merchant
    callbacks: list[Callback]


@blueprint.get("/")
def requests() -> ResponseReturnValue:
    """What was asked lately, and how the next one is to be answered."""
    sandbox = parts.current()
    with store.opened(sandbox.database) as connection:
        entries = [
            Entry(one, merchant, store.callbacks_of(connection, one.uuid))
            for one in store.latest(connection)
            if (merchant := sandbox.merchant(one.vendor_token))
        ]
        behaviour = store.behaviour(connection)
    return _page("requests.html", entries=entries, behaviour=behaviour, behaviours=Behaviour)


@blueprint.post("/behaviour")
def behave() -> ResponseReturnValue:
    """Choose how the next ``do.json`` answers."""
    try:
        wanted = Behaviour(request.form.get("behaviour", ""))
    except ValueError:
        abort(400)
    with store.writing(parts.current().database) as connection:
        store.behave(connection, wanted)
    return redirect(url_for("pages.requests"), 303)


@blueprint.post("/replay/<uuid>")
def replay(uuid: str) -> ResponseReturnValue:
    """Send the callbacks of a request again."""
    sandbox = parts.current()
    with store.writing(sandbox.database) as connection:
        if store.by_uuid(connection, uuid) is None:
            abort(404)
        store.replay(connection, uuid, now=sandbox.now())
    return redirect(url_for("pages.requests"), 303)


@blueprint.get(COLLECT)
def collect(uuid: str, method: str) -> ResponseReturnValue:
    """Choose how a payment ends, or see how it did."""
    sandbox = parts.current()
    with store.opened(sandbox.database) as connection:
        asked, merchant = _asked(sandbox, connection, uuid)
    page = _page("collect.html", asked=asked, merchant=merchant, method=method)
    # Browsers hold the redirection that follows the form to this policy.
    _set_policy(page, (asked.browser_success_url, asked.browser_fail_url))
    return page


@blueprint.post(COLLECT)
def choose(uuid: str, method: str) -> ResponseReturnValue:  # noqa: ARG001  # a part of the URL
    """End a payment; one that has ended stays as it is."""
    sandbox = parts.current()
    try:
        outcome = Outcome(request.form.get("outcome", ""))
    except ValueError:
        abort(400)
    with store.writing(sandbox.database) as connection:
        asked, merchant = _asked(sandbox, connection, uuid)
        if asked.state == State.waiting:
            asked = outcomes.ended(asked, outcome, at=sandbox.now())
            store.settle(connection, asked)
            notices = outcomes.notices_of(asked, outcome, merchant)
            store.queue(connection, uuid, notices, now=sandbox.now())
    return redirect(asked.return_url, 303)


@blueprint.get("/style.css")
def style() -> ResponseReturnValue:
    """How the pages look."""
    return Response(STYLE.read_bytes(), mimetype="text/css")


def refusal(error: HTTPException) -> ResponseReturnValue:
    """The page that says no."""
    page = _page("refusal.html", code=error.code)
    page.status_code = error.code or 500
    return page


def protect(response: Response) -> Response:
    """Let an answer load and do nothing but what it needs."""
    if "Content-Security-Policy" not in response.headers:
        _set_policy(response, ())
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response


def _asked(sandbox: Parts, connection: sqlite3.Connection, uuid: str) -> tuple[Request, Merchant]:
    """A request and who is paid, or a page that is not found."""
    asked = store.by_uuid(connection, uuid)
    merchant = sandbox.merchant(asked.vendor_token) if asked else None
    if asked is None or merchant is None:
        abort(404)
    return asked, merchant


def _page(template: str, **values: Any) -> Response:
    language = request.accept_languages.best_match(words.LANGUAGES) or words.FRENCH
    html = render_template(
        template,
        language=language,
        _=words.translator(language),
        euros=words.euros(language),
        instant=words.instant(language),
        State=State,
        **values,
    )
    page = Response(html, mimetype="text/html")
    page.vary.add("Accept-Language")
    return page


def _set_policy(response: Response, destinations: Iterable[str]) -> None:
    """Allow our style, and forms that end at ours or at *destinations*."""
    origins = sorted({"{0.scheme}://{0.netloc}".format(urlsplit(url)) for url in destinations})
    response.headers["Content-Security-Policy"] = "; ".join(
        (
            "default-src 'none'",
            "style-src 'self'",
            " ".join(("form-action 'self'", *origins)),
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    )
