"""Events, one by one: read, published, changed, called off, deleted."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _, ngettext
from markupsafe import Markup

from app import context
from app.context import current
from app.core import clock
from app.core.transaction import transaction
from app.extensions import db
from app.models import Event
from app.modules.calendar import around
from app.modules.calendar.errors import CalendarError, StaleCalendar
from app.modules.calendar.forms.events import (
    ConfirmForm,
    DeleteEventForm,
    EventForm,
    EventSaid,
    NewEventForm,
    Seen,
)
from app.modules.calendar.queries import events as queries
from app.modules.calendar.routes.blueprint import bp
from app.modules.calendar.routes.loading import (
    check_writer,
    club_to_write,
    event_to_read,
    event_to_write,
)
from app.modules.calendar.rules import events as rules, words
from app.modules.calendar.rules.events import When
from app.modules.calendar.service import events as service
from app.modules.calendar.service.events import Draft
from app.web.asked import asked_day, asked_number

#: How long an event lasts, when it is begun by pressing on a time.
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class EventPage:
    """All that the page of an event shows."""

    event: Event
    when: Markup
    #: How many come after it in its series.
    following: int
    may_edit: bool
    is_over: bool


@bp.get("/calendar/events/<int:key>")
@context.per_element
def event(key: int) -> ResponseReturnValue:
    """An event, for who reads the calendar or writes for its club."""
    found = event_to_read(key)
    page = EventPage(
        event=found,
        when=words.as_html(When.of(found)),
        following=len(queries.following(db.session(), found)),
        may_edit=around.may_edit(found),
        is_over=not rules.is_ahead(When.of(found), now=clock.now()),
    )
    return render_template("calendar/events/event.html", page=page)


@bp.route("/calendar/events/new", methods=["GET", "POST"])
@context.per_element
def new_event() -> ResponseReturnValue:
    """Publish an event, in the name of a club that one writes for."""
    check_writer()
    form = NewEventForm(obj=_copied())
    form.club_id.offer(around.writable_clubs())
    if form.validate_on_submit():
        with form.refusals():
            return _published(form)
    if not form.is_submitted():
        _prefill(form)
    return form.page("calendar/events/new.html")


def _copied() -> EventSaid | None:
    """What another event is, if the address names one that the visitor reads."""
    key = asked_number("copy")
    return EventSaid.of(event_to_read(key)) if key and request.method == "GET" else None


def _prefill(form: NewEventForm) -> None:
    """What the address says of a new event: when it starts, whose it is."""
    if (club := asked_number("club")) is not None:
        form.club_id.data = club
    start = _asked_start()
    if start is None:
        form.start.data = form.start.data or asked_day("start") or clock.today()
        return
    end = start + _HOUR
    form.start.data, form.start_at.data = start.date(), start.time()
    form.end.data, form.end_at.data = end.date(), end.time()
    if form.end.data == form.start.data:
        form.end.data = None


def _asked_start() -> datetime | None:
    """The time that was pressed on, as the clock in Paris shows it."""
    try:
        start = rules.read_instant(request.args.get("start", ""))
    except CalendarError:
        return None
    return When(start_time=start, end_time=start).walls[0]


def _published(form: NewEventForm) -> ResponseReturnValue:
    """Publish what was typed, once; then show it."""
    draft, until = form.draft(), form.until.data
    club_to_write(draft.club_id)
    with transaction(db.session()) as session:
        if not form.is_first_as_filled(session, sender=current.me.id):
            return redirect(url_for(".index"), 303)
        made = service.create(session, draft, author=current.me, until=until)
        key, count = made.id, 1 + len(queries.following(session, made))
    said = ngettext("L'événement est publié.", "%(num)s événements sont publiés.", count)
    flash(said, "success")
    return redirect(url_for(".event", key=key), 303)


@bp.route("/calendar/events/<int:key>/edit", methods=["GET", "POST"])
@context.per_element
def edit_event(key: int) -> ResponseReturnValue:
    """Change an event, alone or with those that follow in its series."""
    found = event_to_write(key)
    form = EventForm(obj=EventSaid.of(found))
    form.known = When.of(found)
    form.club_id.offer(around.writable_clubs())
    following = len(queries.following(db.session(), found))
    if not following:
        del form.scope
    if form.validate_on_submit():
        with form.refusals():
            return _changed(key, form)
    found = queries.event(db.session(), key)
    return form.page("calendar/events/edit.html", event=found, following=following)


def _changed(key: int, form: EventForm) -> ResponseReturnValue:
    """Write what was typed, then show it."""
    draft: Draft = form.draft()
    club_to_write(draft.club_id)
    with transaction(db.session()) as session:
        count = service.edit(
            session, key, draft, version=form.seen_version, following=form.is_for_following
        )
    if count:
        said = ngettext("L'événement est à jour.", "%(num)s événements sont à jour.", count)
        flash(said, "success")
    else:
        flash(_("Rien n'a changé."), "info")
    return redirect(url_for(".event", key=key), 303)


@bp.post("/calendar/events/<int:key>/cancel")
@context.per_element
def cancel_event(key: int) -> ResponseReturnValue:
    """Call an event off, or have it take place after all."""
    event_to_write(key)
    form, is_cancelled = ConfirmForm(), request.form.get("on") == "1"
    if form.validate_on_submit():
        try:
            with transaction(db.session()) as session:
                service.cancel(session, key, is_cancelled=is_cancelled, version=form.seen_version)
        except StaleCalendar as refusal:
            flash(refusal.message, "danger")
        else:
            flash(_told(is_cancelled=is_cancelled), "success")
    return redirect(url_for(".event", key=key), 303)


def _told(*, is_cancelled: bool) -> str:
    said = _("L'événement est annulé : il reste affiché, barré.")
    return str(said if is_cancelled else _("L'événement a de nouveau lieu."))


@bp.route("/calendar/events/<int:key>/delete", methods=["GET", "POST"])
@context.per_element
def delete_event(key: int) -> ResponseReturnValue:
    """Delete an event, alone or with those that follow in its series."""
    found = event_to_write(key)
    form = DeleteEventForm(obj=Seen(found.version))
    following = len(queries.following(db.session(), found))
    if not following:
        del form.scope
    if form.validate_on_submit():
        with form.refusals():
            with transaction(db.session()) as session:
                count = service.delete(
                    session, key, version=form.seen_version, following=form.is_for_following
                )
            said = ngettext(
                "L'événement est supprimé.", "%(num)s événements sont supprimés.", count
            )
            flash(said, "success")
            return redirect(url_for(".index"), 303)
    found = queries.event(db.session(), key)
    page = {"event": found, "when": words.as_html(When.of(found)), "following": following}
    return form.page("calendar/events/delete.html", **page)
