"""What the provider says, and the end of the log-in in the browser that asked for it."""

from flask import Response, after_this_request, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge

from app import context
from app.context.identify import client_address
from app.core import clock
from app.core.transaction import transaction
from app.extensions import csrf, db
from app.integrations.saml import Identity, SamlCancelled, SamlRefused, ServiceProvider
from app.models.audit import Origin
from app.modules.account.service import profile
from app.modules.sso import around, queries
from app.modules.sso.errors import Refused, SsoError
from app.modules.sso.forms import FinishForm
from app.modules.sso.routes import browser
from app.modules.sso.routes.blueprint import bp
from app.modules.sso.routes.refusals import answered, cancelled, neutral, refused, unavailable
from app.modules.sso.routes.welcome import welcome
from app.modules.sso.service import accounts, proof, requests
from app.modules.sso.service.accounts import Entered
from app.web.locale import chosen_locale
from app.web.urls import onwards

#: What holds a response of 256 kB, written in base64 in a form.
_LONGEST_FORM = 420_000


@bp.post("/acs")
@context.public
@csrf.exempt  # type: ignore[untyped-decorator]  # Flask-WTF is not typed
def acs() -> ResponseReturnValue:
    """What the provider says, through the browser: from its site, so without our cookies.

    The session is not touched: to write it would replace the visitor's.
    """
    provider = around.service_provider_or_404()
    after_this_request(_leave_session)
    shown = client_address()
    address = str(shown) if shown else None
    db.session().info["origin"] = Origin(address=address, request_id=g.get("request_id"))
    if not provider.is_available:
        return unavailable()
    try:
        ticket = _hear(provider, _sent())
    except SamlCancelled:
        return cancelled()
    except (SamlRefused, Refused) as refusal:
        return refused(refusal.reason)
    answer = redirect(url_for(".finish", ticket=ticket), 303)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _leave_session(response: Response) -> Response:
    """Write no session, whatever made the page."""
    session.modified = False
    return response


def _sent() -> str:
    """The response that was sent.

    Raises:
        Refused: If it is too long to be one.
    """
    request.max_content_length = _LONGEST_FORM
    try:
        return request.form.get("SAMLResponse", "")
    except RequestEntityTooLarge:
        raise Refused("the form is too long") from None


def _hear(provider: ServiceProvider, encoded: str) -> str:
    """Check what the provider says, keep it, and return the ticket that fetches it.

    Raises:
        SamlRefused, Refused: If it does not count.
    """
    asked = queries.waiting_request(db.session(), provider.request_of(encoded))
    if asked is None:
        raise Refused("no such request, or no longer")
    answer = provider.read(encoded, request_id=asked.request_id, now=clock.now())
    with transaction(db.session()) as session_:
        return requests.answer(session_, request=asked, answer=answer)


@bp.route("/finish", methods=["GET", "POST"])
@context.public
def finish() -> ResponseReturnValue:
    """A button that ends the log-in, pressed by a script, in the browser that asked."""
    around.service_provider_or_404()
    form = FinishForm()
    if not form.validate_on_submit():
        return _button(form)
    with transaction(db.session()) as session_:
        fetched = requests.fetch(
            session_, ticket=form.ticket.data or "", browser=browser.who_left()
        )
    if isinstance(fetched, Refused):
        return refused(fetched.reason)
    try:
        if fetched.login_id is not None:
            return _prove(fetched.identity, fetched.login_id)
        return _enter(fetched.identity)
    except SsoError as error:
        return answered(error)


def _button(form: FinishForm) -> ResponseReturnValue:
    """The page of the button: without its request or its browser, nothing would follow it."""
    ticket = request.args.get("ticket") or form.ticket.data or ""
    waiting = queries.answered_request(db.session(), ticket)
    if waiting is None or not browser.who_left():
        return neutral()
    form.ticket.data, form.next.data = ticket, waiting.next
    return form.page("sso/finish.html")


def _enter(identity: Identity) -> ResponseReturnValue:
    """Let in whom the provider vouches for, or have them prove whose account is theirs.

    Raises:
        SsoError: If they do not enter.
    """
    person = around.person_of(identity)
    with transaction(db.session()) as session_:
        found = accounts.settle(session_, person=person, locale=chosen_locale())
        if not isinstance(found, Entered):
            proof.ask(
                session_,
                identity=identity,
                candidates=found,
                browser=browser.begin_proof(),
                then=onwards(),
            )
    return welcome(found) if isinstance(found, Entered) else redirect(url_for(".prove"), 303)


def _prove(identity: Identity, login_id: int) -> ResponseReturnValue:
    """Believe for a while that this is the person: the provider has just said so.

    Raises:
        Refused: If it is another log-in, or another person.
    """
    login = context.current.login
    if login is None or login.id != login_id or context.current.is_doas:
        raise Refused("a proof for another log-in")
    found = queries.known(db.session(), around.person_of(identity))
    if [pceen.id for pceen in found] != [login.pceen_id]:
        raise Refused("a proof by someone else")
    with transaction(db.session()) as session_:
        profile.note_proof(session_, login=login)
    return redirect(onwards(), 303)
