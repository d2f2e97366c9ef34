"""What the GRIs were written."""

from dataclasses import dataclass
from urllib.parse import quote

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import context
from app.core.pagination import Page
from app.core.text import clean
from app.core.transaction import transaction
from app.extensions import db
from app.models import ContactMessage
from app.modules.contact import queries
from app.modules.contact.queries import View
from app.modules.contact.routes.blueprint import bp
from app.modules.contact.service import messages as service
from app.web.asked import asked_page
from app.web.forms import showable

_VIEWS = {view.value: view for view in View}


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagesPage:
    """All that the list shows."""

    found: Page[ContactMessage]
    view: View
    text: str

    @property
    def tabs(self) -> list[tuple[str, str, bool]]:
        """The other views: label, address, whether it is this one."""
        labels = {
            View.waiting: _("En attente"),
            View.handled: _("Traités"),
            View.all: _("Tous les messages"),
        }
        return [
            (
                label,
                url_for("contact.messages", view=view.value, q=self.text or None),
                view is self.view,
            )
            for view, label in labels.items()
        ]


@bp.get("/gris/contact_messages")
@context.gris_only
def messages() -> ResponseReturnValue:
    """The messages, the latest first."""
    view = _VIEWS.get(request.args.get("view", ""), View.waiting)
    text = showable(clean(request.args.get("q", "")))[:100]
    found = queries.messages(
        db.session(),
        view=view,
        text=text,
        number=asked_page(),
    )
    page = MessagesPage(found=found, view=view, text=text)
    return render_template("contact/messages.html", page=page)


@bp.get("/gris/contact_messages/<int:key>")
@context.gris_only
def message(key: int) -> ResponseReturnValue:
    """One message, and how to answer it."""
    found = queries.message(db.session(), key)
    return render_template("contact/message.html", message=found, reply=_reply(found))


def _reply(message: ContactMessage) -> str | None:
    """The address that opens an answer in one's own mail, if who wrote gave theirs."""
    if message.email is None:
        return None
    return f"mailto:{quote(message.email, safe='@')}?subject={quote(f'Re: {message.title}')}"


@bp.post("/gris/contact_messages/<int:key>/handle")
@context.gris_only
def handle(key: int) -> ResponseReturnValue:
    """Say that a message is dealt with."""
    found = queries.message(db.session(), key)
    with transaction(db.session()) as session:
        service.mark_handled(session, message=found, by=context.current.me)
    flash(_("Le message de %(name)s est traité.", name=found.name), "success")
    return redirect(url_for("contact.messages"), 303)


@bp.post("/gris/contact_messages/<int:key>/reopen")
@context.gris_only
def reopen(key: int) -> ResponseReturnValue:
    """Say that a message still waits."""
    found = queries.message(db.session(), key)
    with transaction(db.session()) as session:
        service.reopen(session, message=found)
    flash(_("Le message de %(name)s attend de nouveau.", name=found.name), "success")
    return redirect(url_for("contact.message", key=key), 303)
