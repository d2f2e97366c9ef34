"""Saying who is on a photo; the photos that one is on; whether one wants it."""

from dataclasses import dataclass
from functools import cached_property

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _, ngettext
from sqlalchemy.orm import Session

from app import context
from app.context import Context, current
from app.context.current import check_logged_in
from app.core.pagination import Page
from app.core.transaction import transaction
from app.enums import PermissionScope as S, PermissionType as T
from app.extensions import db
from app.models import PCeen, Photo
from app.modules.photos.queries import tags as queries
from app.modules.photos.routes.blueprint import bp
from app.modules.photos.routes.bodies import (
    asked_person,
    body,
    number,
    person,
    photo_called,
    photo_sent,
    writes,
)
from app.modules.photos.routes.loading import own_access
from app.modules.photos.routes.shown import Addresses, Tile
from app.modules.photos.service import tags as service
from app.web.asked import asked_page, asked_text


@bp.post("/api/photos/tag")
@context.per_element
def api_tag() -> ResponseReturnValue:
    """Say that someone is on a photo."""
    check_logged_in()
    sent = body()
    photo, who = photo_sent(sent), person(number(sent, "pceen_id"))
    with transaction(db.session()) as session:
        service.tag(session, photo=photo, who=who, by=current.me)
    return {"id": who.id, "name": who.full_name}, 201


@bp.post("/api/photos/untag")
@context.per_element
def api_untag() -> ResponseReturnValue:
    """Say no longer that someone is on a photo."""
    check_logged_in()
    sent = body()
    photo, who = photo_sent(sent), person(number(sent, "pceen_id"))
    _untag(photo, who)
    return "", 204


def _untag(photo: Photo, who: PCeen) -> None:
    in_charge = writes(photo.album)
    with transaction(db.session()) as session:
        service.untag(session, photo=photo, who=who, by=current.me, writes_album=in_charge)


# Without scripts


@bp.get("/photos/<collection>/<album>/photo/<stem>/tags")
@context.per_element
def photo_tags(collection: str, album: str, stem: str) -> ResponseReturnValue:
    """Who is on a photo, and whom else one may look for."""
    check_logged_in()
    photo, text = photo_called(collection, album, stem), asked_text()
    tags = queries.tags_of(db.session(), [photo.id])[photo.id]
    there = {tag.pceen_id for tag in tags}
    people = queries.find_people(db.session(), text, current.me, most=20)
    return render_template(
        "photos/tags.html",
        photo=photo,
        addresses=Addresses(photo.album),
        tags=tags,
        text=text,
        people=[one for one in people if one.id not in there],
        writes=writes(photo.album),
    )


@bp.post("/photos/<collection>/<album>/photo/<stem>/tag")
@context.per_element
def tag_photo(collection: str, album: str, stem: str) -> ResponseReturnValue:
    """Say that someone is on a photo."""
    check_logged_in()
    photo = photo_called(collection, album, stem)
    who = asked_person(request.form.get("pceen_id"))
    with transaction(db.session()) as session:
        service.tag(session, photo=photo, who=who, by=current.me)
    flash(_("%(name)s est sur la photo.", name=who.full_name), "success")
    return redirect(_tags_page(photo), 303)


@bp.post("/photos/<collection>/<album>/photo/<stem>/untag")
@context.per_element
def untag_photo(collection: str, album: str, stem: str) -> ResponseReturnValue:
    """Say no longer that someone is on a photo."""
    check_logged_in()
    photo = photo_called(collection, album, stem)
    who = asked_person(request.form.get("pceen_id"))
    _untag(photo, who)
    flash(_("%(name)s n'est plus sur la photo.", name=who.full_name), "success")
    if request.form.get("from") == "me":
        return redirect(url_for("photos.tags_of_me"), 303)
    return redirect(_tags_page(photo), 303)


def _tags_page(photo: Photo) -> str:
    return url_for("photos.photo_tags", **Addresses(photo.album).values, stem=photo.stem)


# The photos that one is on


@dataclass(frozen=True)
class MyPhotos:
    """All that the page of the photos of oneself shows."""

    found: Page[Photo]

    @cached_property
    def tiles(self) -> list[Tile]:
        albums: dict[int, Addresses] = {}
        return [
            Tile(photo, albums.setdefault(photo.album_id, Addresses(photo.album)), None, index)
            for index, photo in enumerate(self.found.items)
        ]


@bp.get("/photos/tags/me")
@context.logged_in_only
@context.permission_only(T.read, S.photos)
def tags_of_me() -> ResponseReturnValue:
    """The photos that one is on, among those that one sees."""
    found = queries.photos_of(db.session(), current.me, own_access(), number=asked_page())
    taggable = queries.is_taggable(db.session(), current.me)
    return render_template("photos/tags_of_me.html", page=MyPhotos(found), taggable=taggable)


@bp.post("/photos/tags/me/remove")
@context.logged_in_only
@context.in_person_only
def remove_my_tags() -> ResponseReturnValue:
    """Have one's name on no photo any more."""
    with transaction(db.session()) as session:
        count = service.remove_all(session, pceen=current.me)
    said = ngettext(
        "Votre nom est retiré de %(num)s photo.", "Votre nom est retiré de %(num)s photos.", count
    )
    flash(said, "success")
    return redirect(f"{url_for('home.profile')}#photos", 303)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the profile shows of what one wants of photos."""

    taggable: bool
    #: On how many photos one is.
    count: int
    #: Whether one may look at the photos at all.
    opens: bool


def profile(session: Session, visitor: Context) -> Wishes | None:
    """The part of the profile about photos: of who sees some, or is on some."""
    opens = visitor.has_permission(T.read, S.photos)
    count, taggable = queries.wishes_of(session, visitor.me)
    return Wishes(taggable, count, opens) if opens or count else None


@bp.post("/photos/tags/me/choose")
@context.logged_in_only
@context.in_person_only
def choose_taggable() -> ResponseReturnValue:
    """Let others say that one is on photos, or not."""
    taggable = request.form.get("taggable") == "yes"
    with transaction(db.session()) as session:
        service.choose(session, pceen=current.me, taggable=taggable)
    if taggable:
        flash(_("On peut dire que vous êtes sur une photo."), "success")
    else:
        flash(_("On ne peut plus dire que vous êtes sur une photo."), "success")
    return redirect(f"{url_for('home.profile')}#photos", 303)
