"""Writing to many people at once, and how it goes."""

from flask import flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import ngettext

from app import context
from app.context import current
from app.core.transaction import transaction
from app.extensions import db
from app.models import Notification, audit
from app.modules.notifications import around
from app.modules.notifications.errors import NobodyToTell, NoKeys
from app.modules.notifications.forms.sending import SendForm
from app.modules.notifications.queries import audiences, sent as queries
from app.modules.notifications.routes.blueprint import bp
from app.modules.notifications.rules.sending import SENDERS
from app.modules.notifications.service import delivering, sending as service


@bp.route("/gris/push_notifications", methods=["GET", "POST"])
@context.any_permission_only(*SENDERS)
def send() -> ResponseReturnValue:
    """Write a notification, see it and how many people it is for, then send it."""
    form = SendForm(topics=around.topics(), targets=around.targets(), roles=around.roles())
    if form.validate_on_submit() and not form.is_to_correct:
        if not around.has_keys():
            flash(NoKeys().message, "danger")
            return make_response(_page(form), NoKeys.status)
        with form.refusals():
            if not form.is_confirmed:
                return _preview(form)
            told = _send(form)
            said = ngettext(
                "La notification part à %(num)s personne.",
                "La notification part à %(num)s personnes.",
                told.audience_count,
            )
            flash(said, "success")
            return redirect(url_for("notifications.sent", key=told.id), 303)
    return _page(form)


def _page(form: SendForm) -> ResponseReturnValue:
    """The form as it was filled in, to be seen before it leaves, and what was sent."""
    form.confirmed.data = ""
    number = request.args.get("page", 1, type=int)
    latest = queries.latest(db.session(), sender_id=around.own_alone(), number=number)
    return form.page("notifications/send.html", latest=latest, has_keys=around.has_keys())


def _preview(form: SendForm) -> ResponseReturnValue:
    """What is about to leave, and how many people it is for.

    Raises:
        NobodyToTell: If there is nobody in the audience.
    """
    count = audiences.count(db.session(), form.audience(), form.chosen_topic)
    if not count:
        raise NobodyToTell
    chosen = [role for role in around.roles() if role.id in form.audience().roles]
    return render_template(
        "notifications/preview.html", form=form, draft=form.draft(), count=count, roles=chosen
    )


def _send(form: SendForm) -> Notification:
    """Send what was written; the very form that was accepted already sends nothing more."""
    me, draft = current.me, form.draft()
    number = me.id
    key = form.request_key(sender=number)
    with transaction(db.session()) as session:
        if not form.is_first_as_filled(session, sender=number):
            return service.sent_with(session, key)
        return service.send(session, draft, sender=me, key=key)


@bp.get("/gris/push_notifications/<int:key>")
@context.any_permission_only(*SENDERS)
def sent(key: int) -> ResponseReturnValue:
    """How a notification that was sent goes."""
    page = queries.sent(db.session(), key, sender_id=around.own_alone())
    return render_template("notifications/sent.html", page=page)


@bp.post("/gris/push_notifications/<int:key>/retry")
@context.any_permission_only(*SENDERS)
def retry(key: int) -> ResponseReturnValue:
    """Try again the devices that could not be reached."""
    queries.sent(db.session(), key, sender_id=around.own_alone())
    with transaction(db.session()) as session:
        count = delivering.retry(session, key)
        found = queries.sent(session, key, sender_id=around.own_alone()).notification
        audit(session, "notifications.message.retry", found)
    said = ngettext(
        "%(num)s appareil est essayé de nouveau.",
        "%(num)s appareils sont essayés de nouveau.",
        count,
    )
    flash(said, "success")
    return redirect(url_for("notifications.sent", key=key), 303)
