"""The way to the provider."""

from urllib.parse import urlsplit

from flask import Response, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app import context
from app.core.transaction import transaction
from app.extensions import db
from app.models import LoginSession
from app.modules.account.queries import has_factor
from app.modules.sso import around
from app.modules.sso.forms import LeaveForm
from app.modules.sso.routes import browser
from app.modules.sso.routes.blueprint import bp
from app.modules.sso.routes.refusals import unavailable
from app.modules.sso.service import requests
from app.web import installation
from app.web.headers import policy_of_forms
from app.web.urls import absolute_url, next_page, onwards


@bp.get("/metadata")
@context.public
def metadata() -> ResponseReturnValue:
    """What the provider must know of us."""
    provider = around.service_provider_or_404()
    return Response(provider.metadata(), mimetype="application/samlmetadata+xml")


@bp.route("/login", methods=["GET", "POST"])
@context.public
def login() -> ResponseReturnValue:
    """A button that leads to the provider; who is logged in proves there who they are."""
    provider = around.service_provider_or_404()
    proves = _login_to_prove()
    if context.current.is_logged_in and proves is None:
        return redirect(onwards(), 302)
    known = provider.provider
    if known is None:
        return unavailable()
    if _is_elsewhere():
        return redirect(absolute_url("sso.login", next=next_page()), 302)
    form = LeaveForm()
    if not form.validate_on_submit():
        form.next.data = next_page()
        page = make_response(form.page("sso/login.html", proves=proves is not None))
        # Chromium holds the redirection that follows the form to this policy.
        page.headers["Content-Security-Policy"] = policy_of_forms(_origin(known.login_url))
        return page
    departure = provider.depart(fresh=proves is not None)
    secret = browser.leave()
    with transaction(db.session()) as session:
        requests.begin(
            session,
            request_id=departure.request_id,
            browser=secret,
            then=next_page() or url_for("home.index"),
            login=proves,
        )
    answer = redirect(departure.url, 303)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _is_elsewhere() -> bool:
    """Whether the site is read under another of its names than the one one comes back to.

    What the browser keeps of the way there would be missing on the way back.
    """
    own = urlsplit(installation.settings().origin).hostname
    return request.method == "GET" and urlsplit(f"//{request.host}").hostname != own


def _login_to_prove() -> LoginSession | None:
    """The log-in of the visitor, if the school may prove that it is theirs."""
    begun = context.current.login
    if begun is None or context.current.is_doas or not begun.pceen.espci_sso_enabled:
        return None
    return None if has_factor(db.session(), begun.pceen) else begun  # which is then the proof


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
