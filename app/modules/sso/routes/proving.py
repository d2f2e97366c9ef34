"""Proving that an account is one's own, before the school opens it."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import context
from app.core.errors import DomainError
from app.core.transaction import transaction
from app.enums import TokenPurpose
from app.extensions import db
from app.integrations.saml import Identity
from app.models import PCeen, SsoLink
from app.modules.account import queries as account_queries
from app.modules.account.errors import WrongCredentials
from app.modules.account.routes.browser import this_browser
from app.modules.account.service import sessions
from app.modules.sso import around, rules
from app.modules.sso.errors import AskTheGris, SsoError, StudentsOnly
from app.modules.sso.forms import MailedForm, PasswordProofForm
from app.modules.sso.routes import browser
from app.modules.sso.routes.blueprint import bp
from app.modules.sso.routes.refusals import answered
from app.modules.sso.routes.welcome import welcome
from app.modules.sso.rules import Person
from app.modules.sso.service import proof
from app.modules.sso.service.accounts import Entered
from app.web.locale import chosen_locale


@bp.route("/link", methods=["GET", "POST"])
@context.public
def prove() -> ResponseReturnValue:
    """Prove that an account is one's own: by its password, by its mail; or say that it is not."""
    around.service_provider_or_404()
    link = proof.waiting(db.session(), browser.who_proves())
    person = _person(link)
    try:
        pceen = proof.proposed(db.session(), link)
        choice = request.form.get("choice") if request.method == "POST" else None
        if choice == "mail":
            return _mail(link, person)
        if choice == "other":
            return _decline(link, person)
        return _by_password(link, pceen, person)
    except (AskTheGris, StudentsOnly) as error:
        return answered(error)


def _person(link: SsoLink) -> Person:
    return around.person_of(Identity.from_json(link.identity))


def _by_password(link: SsoLink, pceen: PCeen, person: Person) -> ResponseReturnValue:
    """Link the account of who gives its password; until then, the page that asks."""
    form = PasswordProofForm()
    if form.validate_on_submit():
        entered = _recognise(form, link, pceen, person)
        if entered is not None:
            return welcome(entered)
    form.next.data = link.next
    address = proof.address_of(pceen, person)
    return form.page(
        "sso/link.html",
        link=link,
        person=person,
        address=rules.masked(pceen.email) if pceen.email else None,
        can_mail=address is not None,
        may_be_new=person.promo is not None,
    )


def _recognise(
    form: PasswordProofForm, link: SsoLink, pceen: PCeen, person: Person
) -> Entered | None:
    """Link the account if this is its password; else write down that it is not, and say so."""
    name, visitor = pceen.username, this_browser(pceen.username)
    try:
        sessions.check_attempts(db.session(), name=name, browser=visitor)
        with transaction(db.session()) as session:
            known = sessions.recognise(session, name=name, password=form.password.text)
        with transaction(db.session()) as session:
            return proof.prove_by_password(session, link=link, pceen=known, person=person)
    except WrongCredentials:
        with transaction(db.session()) as session:
            sessions.note_failure(session, name=name, browser=visitor)
        form.password.errors = [_("Ce n'est pas le mot de passe de ce compte.")]
    except AskTheGris:
        raise
    except DomainError as refusal:
        form.refuse(refusal)
    return None


def _mail(link: SsoLink, person: Person) -> ResponseReturnValue:
    """Mail the link that proves it."""
    with transaction(db.session()) as session:
        address = proof.mail(session, link=link, person=person)
    flash(
        _(
            "Un lien part à %(email)s : ouvrez-le dans ce navigateur, dans la demi-heure.",
            email=rules.masked(address),
        ),
        "info",
    )
    return redirect(url_for(".prove"), 303)


def _decline(link: SsoLink, person: Person) -> ResponseReturnValue:
    """Pass on to the next account that may be theirs; after the last, make one."""
    seen = request.form.get("position", "")
    with transaction(db.session()) as session:
        entered = proof.decline(
            session,
            link=link,
            position=int(seen) if seen.isascii() and seen.isdecimal() and len(seen) < 3 else -1,
            person=person,
            locale=chosen_locale(),
        )
    return welcome(entered) if entered is not None else redirect(url_for(".prove"), 303)


@bp.route("/link/<token>", methods=["GET", "POST"])
@context.public
def link_mailed(token: str) -> ResponseReturnValue:
    """Prove that an account is one's own, once the link of the mail is followed."""
    around.service_provider_or_404()
    found = account_queries.token(db.session(), TokenPurpose.sso_link, token)
    link = proof.check_browser(db.session(), token=found, browser=browser.who_proves())
    form = MailedForm()
    if form.validate_on_submit():
        try:
            with transaction(db.session()) as session:
                entered = proof.prove_by_mail(session, link=link, token=found, person=_person(link))
            return welcome(entered)
        except SsoError as error:
            return answered(error)
    form.next.data = link.next
    return form.page("sso/link_mailed.html")
