"""Clubs, as those who run the calendar manage them."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import context
from app.context import current
from app.core.transaction import transaction
from app.enums import PermissionScope as S, PermissionType as T
from app.extensions import db
from app.modules.calendar.errors import ClubNeeded
from app.modules.calendar.forms.clubs import ClubForm, DeleteClubForm, NewClubForm
from app.modules.calendar.forms.events import Seen
from app.modules.calendar.queries import clubs as queries
from app.modules.calendar.routes.blueprint import bp
from app.modules.calendar.service import clubs as service


@bp.get("/calendar/admin")
@context.permission_only(T.write, S.calendar)
def clubs() -> ResponseReturnValue:
    """The clubs, and how many events they have."""
    return render_template("calendar/clubs/clubs.html", rows=queries.rows(db.session()))


@bp.route("/calendar/admin/club/new", methods=["GET", "POST"])
@context.permission_only(T.write, S.calendar)
def new_club() -> ResponseReturnValue:
    """Make a club."""
    form = NewClubForm()
    if form.validate_on_submit():
        with form.refusals():
            with transaction(db.session()) as session:
                if form.is_first_as_filled(session, sender=current.me.id):
                    service.create(session, form.looks)
            flash(_("Le club « %(name)s » est créé.", name=form.name.text), "success")
            return redirect(url_for(".clubs"), 303)
    return form.page("calendar/clubs/new.html")


@bp.route("/calendar/admin/club/edit/<int:key>", methods=["GET", "POST"])
@context.permission_only(T.write, S.calendar)
def edit_club(key: int) -> ResponseReturnValue:
    """Give a club another name or colour."""
    form = ClubForm(obj=queries.club(db.session(), key))
    if form.validate_on_submit():
        looks = form.looks
        with form.refusals():
            with transaction(db.session()) as session:
                is_changed = service.edit(session, key, looks, version=form.seen_version)
            if is_changed:
                flash(_("Le club « %(name)s » est à jour.", name=looks.name), "success")
            else:
                flash(_("Rien n'a changé."), "info")
            return redirect(url_for(".clubs"), 303)
    return form.page("calendar/clubs/edit.html", club=queries.club(db.session(), key))


@bp.route("/calendar/admin/club/delete/<int:key>", methods=["GET", "POST"])
@context.permission_only(T.write, S.calendar)
def delete_club(key: int) -> ResponseReturnValue:
    """Delete a club with its permissions, once what goes was shown; its events may stay."""
    session = db.session()
    club = queries.club(session, key)
    if club.slug is not None:
        raise ClubNeeded
    name, form = club.name, DeleteClubForm(obj=Seen(club.version))
    form.offer([one for one in queries.clubs(session) if one.id != key])
    if form.validate_on_submit():
        with form.refusals():
            with transaction(session) as changing:
                service.delete(
                    changing,
                    key,
                    version=form.seen_version,
                    count=form.seen_count,
                    heir=form.heir_id,
                )
            flash(_("Le club « %(name)s » est supprimé.", name=name), "success")
            return redirect(url_for(".clubs"), 303)
    count = queries.events_of(session, key)
    form.count.data = str(count)
    page = {"club": queries.club(session, key), "count": count}
    return form.page("calendar/clubs/delete.html", rights=queries.rights_on(session, key), **page)
