"""Events, as scripts publish, change and delete them (community 8.3)."""

from typing import Any

from flask import request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from app import context
from app.context import current
from app.core.errors import DomainError
from app.core.transaction import transaction
from app.extensions import db
from app.models import Event
from app.modules.calendar.errors import Malformed
from app.modules.calendar.forms.events import EventSaid
from app.modules.calendar.forms.scripts import SentDeletion, SentEvent, SentNewEvent, flat
from app.modules.calendar.queries import events as queries
from app.modules.calendar.routes.blueprint import bp
from app.modules.calendar.routes.loading import (
    check_writer,
    club_to_write,
    deleted_to_write,
    event_to_write,
)
from app.modules.calendar.service import events as service
from app.web.errors import answer
from app.web.forms import Form

#: What an event keeps where a script says nothing of it.
_KEPT = ("location", "description", "all_day")


@bp.post("/calendar/api/events/create")
@context.per_element
def api_create() -> ResponseReturnValue:
    """Publish an event, every week if it is said; or have one that was deleted be there again."""
    check_writer()
    form = SentNewEvent(formdata=_sent())
    if not form.validate():
        return _invalid(form)
    draft = form.draft()
    club_to_write(draft.club_id)
    again = deleted_to_write(form.former_uid) if form.former_uid else None
    try:
        with transaction(db.session()) as session:
            if again is not None:
                made = service.create_again(session, draft, author=current.me, again=again)
            else:
                made = service.create(session, draft, author=current.me, until=form.until.data)
            told = _told(made)
    except DomainError as refusal:
        return _refused(form, refusal)
    return told, 201


@bp.post("/calendar/api/events/edit/<int:key>")
@context.per_element
def api_edit(key: int) -> ResponseReturnValue:
    """Change an event, alone or with those that follow in its series."""
    found = event_to_write(key)
    form = SentEvent(formdata=_completed(_sent(), found))
    if not form.validate():
        return _invalid(form)
    draft = form.draft()
    club_to_write(draft.club_id)
    try:
        with transaction(db.session()) as session:
            service.edit(
                session,
                key,
                draft,
                version=form.version.number,
                following=form.is_for_following,
            )
            told = _told(queries.event(session, key))
    except DomainError as refusal:
        return _refused(form, refusal)
    return told


@bp.post("/calendar/api/events/delete/<int:key>")
@context.per_element
def api_delete(key: int) -> ResponseReturnValue:
    """Delete an event, as it was seen or as it is now; alone or with those that follow."""
    found = event_to_write(key)
    form = SentDeletion(formdata=_sent())
    if not form.validate():
        return _invalid(form)
    version = found.version if form.version.data is None else form.version.data
    with transaction(db.session()) as session:
        service.delete(session, key, version=version, following=form.is_for_following)
    return "", 204


def _sent() -> MultiDict[str, str]:
    """What was sent, as a form or in JSON.

    Raises:
        Malformed: If it is JSON, and not an object of texts and numbers.
    """
    if not request.is_json:
        return request.form
    body = request.get_json(silent=True)
    found = flat(body) if isinstance(body, dict) else None
    if found is None:
        raise Malformed
    return found


def _completed(sent: MultiDict[str, str], event: Event) -> MultiDict[str, str]:
    """What was sent of an event, with what it keeps where nothing was said."""
    known = EventSaid.of(event)
    kept = {name: str(getattr(known, name)) for name in _KEPT if name not in sent}
    return MultiDict([*sent.items(multi=True), *kept.items()])


def _told(event: Event) -> dict[str, Any]:
    """What a script is told of an event that it published or changed."""
    told = {"id": event.id, "uid": event.uid, "series": event.series, "version": event.version}
    return {"event": told}


def _refused(form: Form, refusal: DomainError) -> ResponseReturnValue:
    """Say why a rule refused it: next to a field where it is about one, else as it is.

    Raises:
        DomainError: What is not about what was sent.
    """
    if refusal.status != 422:
        raise refusal
    form.refuse(refusal)
    return _invalid(form)


def _invalid(form: Form) -> ResponseReturnValue:
    """Say what is wrong with each field."""
    said: Any = answer(400, _("Quelque chose ne va pas dans ce que vous avez écrit."))
    wrong = {name or "event": [str(e) for e in errors] for name, errors in form.errors.items()}
    said[0]["error"]["detail"] = wrong
    return said  # type: ignore[no-any-return]
