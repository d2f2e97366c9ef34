"""A banner: made, changed, deleted."""

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_decimal, gettext as _

from app import context
from app.core.transaction import transaction
from app.enums import PermissionScope as S, PermissionType as T
from app.extensions import db
from app.modules.banners import around
from app.modules.banners.errors import SentAlready, StaleBanners
from app.modules.banners.forms.banners import BannerForm, BannerSaid, NewBannerForm
from app.modules.banners.forms.presets import ConfirmForm
from app.modules.banners.queries import banners as queries
from app.modules.banners.queries.options import options
from app.modules.banners.routes.blueprint import bp
from app.modules.banners.routes.shown import Editor, Slide, Style, blank, check_first
from app.modules.banners.rules.looks import LEGIBLE, Look, shot
from app.modules.banners.service import banners as service
from app.modules.banners.service.files import stored


@bp.get("/banners/new")
@context.permission_only(T.write, S.calendar)
def new() -> ResponseReturnValue:
    """The form of a new banner, which the list takes."""
    return _new_page(NewBannerForm(formdata=None))


def _new_page(form: NewBannerForm) -> ResponseReturnValue:
    editor = _editor(Slide.of(blank()))
    form.offer(one.preset for one in editor.styles)
    return form.page("banners/admin/new.html", editor=editor)


def _editor(slide: Slide) -> Editor:
    session = db.session()
    styles = [Style.of(one) for one in queries.presets(session)]
    return Editor(slide=slide, styles=styles, options=options(session))


def create() -> ResponseReturnValue:
    """Make a banner of what was sent."""
    form = NewBannerForm()
    form.offer(queries.presets(db.session()))
    if form.validate_on_submit():
        with form.refusals():
            _create(form)
            flash(_("« %(title)s » est ajoutée.", title=form.title.text), "success")
            return redirect(url_for("banners.admin"), 303)
    return _new_page(form)


def _create(form: NewBannerForm) -> None:
    """Make a banner, unless that very form made it already.

    Raises:
        DomainError: What is refused; nothing is left of its files.
    """
    try:
        with (
            stored(around.store(), form.incoming()) as files,
            transaction(db.session()) as session,
        ):
            check_first(form, session)
            key = service.create(session, form.draft(), files).id
    except SentAlready:
        return
    _warn(key)


@bp.route("/banners/edit/<int:key>", methods=["GET", "POST"])
@context.permission_only(T.write, S.calendar)
def edit(key: int) -> ResponseReturnValue:
    """Change a banner; without a new file, the former one stays."""
    form = BannerForm(obj=BannerSaid.of(queries.banner(db.session(), key)))
    form.offer(queries.presets(db.session()))
    if form.validate_on_submit():
        with form.refusals():
            is_changed = _edit(form, key)
            if is_changed:
                flash(_("« %(title)s » est à jour.", title=form.title.text), "success")
            else:
                flash(_("Rien n'a changé."), "info")
            return redirect(url_for("banners.admin"), 303)
    return _edit_page(form, key)


def _edit_page(form: BannerForm, key: int) -> ResponseReturnValue:
    banner = queries.banner(db.session(), key)
    editor = _editor(Slide.of(banner))
    form.offer(one.preset for one in editor.styles)
    values = {"editor": editor, "banner": banner, "own_picture": shot(banner)}
    return form.page("banners/admin/edit.html", **values)


def _stale(refusal: StaleBanners, key: int) -> ResponseReturnValue:
    """The page of a banner as it is now, for who saw another one."""
    form = BannerForm(formdata=None, obj=BannerSaid.of(queries.banner(db.session(), key)))
    form.refuse(refusal)
    return _edit_page(form, key)


def _edit(form: BannerForm, key: int) -> bool:
    """Change a banner; whether anything changed.

    Raises:
        DomainError: What is refused; nothing is left of the new files.
    """
    dropped, version = form.dropped(), form.seen_version
    draft = form.draft()
    with (
        stored(around.store(), form.incoming()) as files,
        transaction(db.session()) as session,
    ):
        is_changed = service.edit(session, key, draft, files, dropped=dropped, version=version)
    _warn(key)
    return is_changed


def _warn(key: int) -> None:
    """Say that a banner is hard to read, if it is."""
    slide = Slide.of(queries.banner(db.session(), key))
    if not slide.is_legible:
        flash(low_contrast(slide.look), "warning")


def low_contrast(look: Look) -> str:
    """What is said of a text that not everybody can read."""
    ratio = format_decimal(round(look.contrast, 1))
    needed = format_decimal(LEGIBLE)
    if look.picture is None:
        said = _(
            "Le texte se lit mal sur ce fond : contraste de %(ratio)s, il en faut %(needed)s.",
            ratio=ratio,
            needed=needed,
        )
        return str(said)
    said = _(
        "Le texte se lira mal sur une partie de l'image : contraste de %(ratio)s, il en faut"
        " %(needed)s. Couvrez-la davantage.",
        ratio=ratio,
        needed=needed,
    )
    return str(said)


@bp.post("/banners/edit/<int:key>/delete_file")
@context.permission_only(T.write, S.calendar)
def delete_file(key: int) -> ResponseReturnValue:
    """Remove the attachment of a banner."""
    queries.banner(db.session(), key)
    form = ConfirmForm()
    if form.validate_on_submit():
        try:
            with transaction(db.session()) as session:
                service.delete_file(session, key, version=form.seen_version)
        except StaleBanners as refusal:
            return _stale(refusal, key)
        flash(_("Le fichier joint est retiré."), "success")
    return redirect(url_for("banners.edit", key=key), 303)


@bp.post("/banners/delete/<int:key>")
@context.permission_only(T.write, S.calendar)
def delete(key: int) -> ResponseReturnValue:
    """Delete a banner with its files."""
    title = queries.banner(db.session(), key).title
    form = ConfirmForm()
    if form.validate_on_submit():
        try:
            with transaction(db.session()) as session:
                service.delete(session, key, version=form.seen_version)
        except StaleBanners as refusal:
            return _stale(refusal, key)
        flash(_("« %(title)s » est supprimée.", title=title), "success")
    return redirect(url_for("banners.admin"), 303)
