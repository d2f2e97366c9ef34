"""Addresses at which programs of one's own follow the calendar."""

import hashlib
from collections.abc import Callable
from datetime import datetime
from functools import partial
from urllib.parse import urlsplit

import sqlalchemy as sa
from flask import Response, current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale, gettext as _
from sqlalchemy.orm import Session

from app import context
from app.core import clock
from app.core.clock import day_start
from app.core.dates import add_months
from app.core.transaction import transaction
from app.enums import PermissionScope as S, PermissionType as T
from app.extensions import db
from app.models import CalendarFeed, PCeen
from app.modules.calendar.errors import FeedClosed
from app.modules.calendar.exports import ics
from app.modules.calendar.exports.ics import Entry
from app.modules.calendar.forms.feeds import NewFeedForm
from app.modules.calendar.queries import feeds as queries
from app.modules.calendar.queries.items import Item, ItemKind, Viewer, Window, items
from app.modules.calendar.routes import shown
from app.modules.calendar.routes.blueprint import bp
from app.modules.calendar.service import feeds as service
from app.web import installation
from app.web.locale import LOCALES
from app.web.urls import absolute_url

#: How far back a feed goes, in months.
_MONTHS = 36
#: What the names of things begin with, for programs.
_NAMES = {
    ItemKind.event: "event",
    ItemKind.show: "clubq",
    ItemKind.performance: "representation",
    ItemKind.basket: "panier",
}


@bp.route("/calendar/feeds", methods=["GET", "POST"])
@context.permission_only(T.read, S.calendar)
@context.in_person_only
def feeds() -> ResponseReturnValue:
    """See one's feeds, make one: this answer is the only one that ever tells its address."""
    form, me, made = NewFeedForm(), context.current.me, None
    if form.validate_on_submit():
        with form.refusals(), transaction(db.session()) as session:
            if form.is_first(session, sender=me.id):
                made = service.create(session, pceen=me, name=form.name.text)
            else:
                flash(_("Cette adresse est déjà créée : elle n'est montrée qu'une fois."), "info")
        if made:
            form = NewFeedForm(formdata=None)
    address = made and absolute_url("calendar.feed", token=made)
    return form.page(
        "calendar/feeds.html",
        feeds=queries.own(db.session(), me),
        most=service.FEEDS_MAX,
        address=address,
        webcal=address and f"webcal:{urlsplit(address)._replace(scheme='').geturl()}",
    )


@bp.post("/calendar/feeds/<int:key>/revoke")
@context.logged_in_only
def revoke_feed(key: int) -> ResponseReturnValue:
    """End a feed: the programs that follow it read nothing any more."""
    with transaction(db.session()) as session:
        feed = service.revoke(session, key=key, by=context.current.me)
        name = feed.name
    flash(_("L'adresse « %(name)s » ne répond plus.", name=name), "success")
    return redirect(url_for("calendar.feeds"), 303)


@bp.get("/calendar/feed/<token>/calendrier.ics")
@context.public
def feed(token: str) -> ResponseReturnValue:
    """What a program reads, for who has this feed."""
    found = queries.feed(db.session(), token)
    owner = found.pceen
    if owner.is_disabled or not owner.has_permission(T.read, S.calendar):
        raise FeedClosed
    with force_locale(owner.locale if owner.locale in LOCALES else "fr"):
        content = _written(owner)
    _saw(found, clock.now())
    return _conditional(content)


def _written(owner: PCeen) -> bytes:
    """The calendar of someone."""
    since = day_start(add_months(clock.today(), -_MONTHS))
    viewer = Viewer(pceen_id=owner.id, sees_shows=owner.has_permission(T.read, S.club_q))
    found = items(db.session(), Window(since), viewer, limit=None)
    make = partial(_entry, host=urlsplit(installation.settings().origin).hostname or "")
    return ics.calendar(_("PC est magique"), map(make, found))


def _entry(item: Item, *, host: str) -> Entry:
    url = shown.url_of(item, absolute_url)
    end = item.day_after if item.all_day else item.ends
    source = item.club or str(_SOURCES[item.kind]())
    return Entry(
        uid=f"{_NAMES[item.kind]}-{item.uid or item.key}@{host}",
        sequence=item.version,
        changed_at=item.updated_at,
        starts=item.starts,
        ends=end if item.has_end else None,
        title=item.title,
        description=f"[{source}]\n{item.description}".rstrip(),
        location=item.location,
        url=url,
        category=source,
        color=item.color,
        cancelled=item.cancelled,
    )


#: What something comes from, where it has no club.
_SOURCES: dict[ItemKind, Callable[[], str]] = {
    ItemKind.event: lambda: _("Autre"),
    ItemKind.show: lambda: _("Club Q"),
    ItemKind.performance: lambda: _("Théâtre"),
    ItemKind.basket: lambda: _("Panier Bio"),
}


def _conditional(content: bytes) -> Response:
    """A calendar, to who has not this very one already."""
    answer = Response(content, content_type="text/calendar; charset=utf-8")
    answer.headers["Cache-Control"] = "private, no-cache"
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["Content-Disposition"] = 'inline; filename="calendrier.ics"'
    answer.set_etag(hashlib.sha256(content).hexdigest())
    answer.make_conditional(request)
    return answer


def _saw(feed: CalendarFeed, now: datetime) -> None:
    """Write that a feed is read, now and then, apart: nobody waits for it."""
    if not service.is_due(feed, now):
        return
    try:
        with Session(db.engine, join_transaction_mode="create_savepoint") as own, own.begin():
            own.connection(execution_options={"writes": "briefly"})
            service.mark_read(own, key=feed.id, now=now)
    except (sa.exc.OperationalError, sa.exc.TimeoutError):
        current_app.logger.info("could not write that feed %s was read", feed.id)
