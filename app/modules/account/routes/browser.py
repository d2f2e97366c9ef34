"""What the browser of the visitor tells, and what it is given to keep."""

from flask import (
    Response,
    after_this_request,
    current_app,
    flash,
    redirect,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import force_locale, gettext as _
from flask_login import login_user
from itsdangerous import BadSignature, URLSafeSerializer

from app.context import cookies
from app.core import tokens
from app.core.transaction import transaction
from app.enums import LoginMethod
from app.extensions import db
from app.models import LoginSession, OneTimeToken, PCeen
from app.modules.account import queries
from app.modules.account.service import registration, second_step, sessions
from app.modules.account.service.sessions import Browser
from app.web.locale import chosen_locale
from app.web.urls import next_page, onwards
from app.web.visitors import counted_address

#: The cookie of a browser that has logged into an account: it is not locked out of it.
_KNOWN = "known"
#: How many accounts a browser is known by.
_KNOWN_ACCOUNTS = 5
#: What the session holds of a log-in that waits for its second factor.
_STEP = "second"


def this_browser(name: str | None = None) -> Browser:
    """The browser that asks; known, if it has logged into the account called *name*."""
    pceen = queries.called(db.session(), name) if name and _keepsakes() else None
    return Browser(
        address=counted_address(),
        user_agent=request.user_agent.string[:255],
        locale=chosen_locale(),
        known_as=_keepsakes().get(str(pceen.id)) if pceen else None,
    )


def _signer() -> URLSafeSerializer:
    keys = [*current_app.config["SECRET_KEY_FALLBACKS"], current_app.secret_key]
    return URLSafeSerializer(keys, salt="known browser")


def _keepsakes() -> dict[str, str]:
    """What this browser was given, by account."""
    try:
        kept = _signer().loads(cookies.kept(_KNOWN))
    except BadSignature:
        return {}
    return kept if isinstance(kept, dict) else {}


def _give_keepsake(pceen: PCeen) -> None:
    """Have the browser known by this account from now on."""
    kept = _keepsakes()
    mine = kept.pop(str(pceen.id), None) or tokens.new_secret()[:16]
    recent = dict([*kept.items(), (str(pceen.id), mine)][-_KNOWN_ACCOUNTS:])
    value = _signer().dumps(recent)

    @after_this_request
    def give(response: Response) -> Response:
        cookies.keep(response, _KNOWN, value if isinstance(value, str) else value.decode())
        return response


def arrive(*, pceen: PCeen, method: LoginMethod, remembered: bool = False) -> ResponseReturnValue:
    """Log in who has just proved who they are; who has a second factor is asked for it first."""
    if queries.has_factor(db.session(), pceen):
        return _wait(pceen, method, remembered=remembered)
    browser = this_browser(pceen.username)
    with transaction(db.session()) as session_:
        login = sessions.log_in(
            session_, pceen=pceen, method=method, browser=browser, remembered=remembered
        )
    return enter(login)


def _wait(pceen: PCeen, method: LoginMethod, *, remembered: bool) -> ResponseReturnValue:
    """Have this browser, and no other, ask for the second factor."""
    with transaction(db.session()) as session_:
        session[_STEP] = second_step.begin(
            session_, pceen=pceen, method=method, remembered=remembered
        )
    return redirect(url_for("account.second_step", next=next_page()), 303)


def waiting_step() -> OneTimeToken:
    """The log-in of this browser that waits for a second factor.

    Raises:
        StepOver: If there is none, or it waits no more.
    """
    return second_step.waiting(db.session(), str(session.get(_STEP, "")))


def forget_step() -> None:
    """Have this browser wait for nothing any more."""
    session.pop(_STEP, None)


def enter(login: LoginSession) -> ResponseReturnValue:
    """Log the visitor in, with a new session, and send them where they wanted to go."""
    return redirect(come_in(login), 303)


def come_in(login: LoginSession) -> str:
    """Log the visitor in, with a new session; where they wanted to go."""
    pending = session.get("pending")
    session.clear()
    login_user(login)
    session.permanent = login.remembered
    pceen, granted = login.pceen, False
    if pending:
        with transaction(db.session()):
            granted = registration.claim_pending_rezident(
                db.session(), pceen=pceen, secret=str(pending)
            )
    _give_keepsake(pceen)
    with force_locale(pceen.locale or chosen_locale()):
        if granted:
            flash(_("Vous êtes maintenant Rezident : prenez votre chambre."), "success")
        flash(_("Bonjour %(prenom)s !", prenom=pceen.prenom), "success")
    return onwards()
