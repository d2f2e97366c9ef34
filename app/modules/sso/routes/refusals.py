"""The pages that say no. Some answer the provider: they know nothing of the visitor's session."""

import secrets
from datetime import timedelta

from flask import current_app, g, render_template, request
from flask.typing import ResponseReturnValue

from app.context import current
from app.core.transaction import transaction
from app.extensions import db
from app.integrations import metrics
from app.models import Limit, TriedTooOften, audit
from app.modules.sso.errors import AskTheGris, Refused, SsoError, StudentsOnly
from app.web.visitors import counted_address

#: Refusals that are written down, from one address: beyond, the log is enough.
_WRITTEN = Limit("sso.refused", 100, timedelta(minutes=5))
_LONGEST_REASON = 255


def refused(reason: str) -> ResponseReturnValue:
    """What the provider said does not count: one page for every reason, which it does not tell."""
    _write_down(reason)
    return neutral()


def neutral() -> ResponseReturnValue:
    """The page of what does not count."""
    incident = g.get("request_id") or secrets.token_hex(4)
    page = render_template("sso/refused.html", incident=incident, mode=current.mode)
    return page, 400


def cancelled() -> ResponseReturnValue:
    """Nobody logged in at the provider."""
    return render_template("sso/cancelled.html", mode=current.mode)


def unavailable() -> ResponseReturnValue:
    """The provider cannot be reached by anybody for now."""
    page = render_template("sso/unavailable.html", mode=current.mode)
    return page, 503, {"Retry-After": "60"}


def answered(error: SsoError) -> ResponseReturnValue:
    """What a refusal that one may be told is, as a page."""
    if isinstance(error, Refused):
        return refused(error.reason)
    if isinstance(error, AskTheGris):
        _write_down(error.reason)
        return render_template("sso/ask.html", message=error.message), error.status
    if isinstance(error, StudentsOnly):
        _write_down("no student of now")
        return render_template("sso/students_only.html", message=error.message), error.status
    raise error


def _write_down(reason: str) -> None:
    """Keep why someone did not enter; reading a page again is no other attempt."""
    if request.method != "POST":
        return
    metrics.logins().labels("failure").inc()
    current_app.logger.info("a log-in by the school is refused: %s", reason)
    address = counted_address()
    with transaction(db.session()) as session:
        try:
            _WRITTEN.check(session, address)
        except TriedTooOften:
            return
        _WRITTEN.count(session, address)
        audit(session, "sso.login.refuse", reason=reason[:_LONGEST_REASON])
