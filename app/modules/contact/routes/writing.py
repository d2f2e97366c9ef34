"""Writing to the GRIs."""

from flask import current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.exc import SQLAlchemyError

from app import context
from app.core.text import clean
from app.core.transaction import transaction
from app.extensions import db
from app.modules.contact import around, queries
from app.modules.contact.errors import NotKept
from app.modules.contact.forms import ContactForm
from app.modules.contact.routes.blueprint import bp
from app.modules.contact.service import messages as service
from app.web.forms import showable
from app.web.visitors import counted_address


@bp.route("/contact", methods=["GET", "POST"])
@context.public
def contact() -> ResponseReturnValue:
    """Write to the GRIs, from wherever one is; and see who they are."""
    form = _form()
    if form.validate_on_submit():
        with form.refusals():
            _send(form)
            flash(_("Votre message est parti : les GRI le liront bientôt."), "success")
            return redirect(url_for("home.index"), 303)
    here = context.current
    is_lost = form.is_submitted() and here.knows_nobody  # the database is away, the text stays
    cards = [] if is_lost else queries.cards(db.session())
    is_known = here.is_logged_in or here.is_internal
    return form.page("contact/contact.html", cards=cards, is_known=is_known)


def _form() -> ContactForm:
    """The form, with what is known of who writes."""
    me = context.current.pceen
    return ContactForm(
        name=me.full_name[:100] if me else "",
        email=me.email if me else "",
        title=showable(clean(request.args.get("title", "")))[:120],
    )


def _send(form: ContactForm) -> None:
    """Keep the message.

    Raises:
        NotKept: If the database does not take it.
        DomainError: If it is refused.
    """
    try:
        _keep(form)
    except SQLAlchemyError:
        current_app.logger.exception("a message to the GRIs could not be kept")
        db.session.remove()
        context.forget_everyone()
        raise NotKept(seconds=60) from None


def _keep(form: ContactForm) -> None:
    me = context.current.pceen
    with transaction(db.session()) as session:
        service.wait_turn(session)
        if not form.is_first(session, sender=me.id if me else None):
            return
        service.send(
            session,
            draft=form.draft(),
            sender=me,
            address=counted_address(),
            channel=around.channel(),
        )
        form.spend_captcha(session)
