"""The presets: styles that banners share."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import context
from app.core.transaction import transaction
from app.enums import PermissionScope as S, PermissionType as T
from app.extensions import db
from app.models import InfoBannerPreset
from app.modules.banners import around
from app.modules.banners.errors import SentAlready, StaleBanners
from app.modules.banners.forms.presets import ConfirmForm, NewPresetForm, PresetForm, PresetSaid
from app.modules.banners.queries import banners as queries
from app.modules.banners.queries.options import options
from app.modules.banners.routes.banners import low_contrast
from app.modules.banners.routes.blueprint import bp
from app.modules.banners.routes.shown import Editor, Slide, Style, blank, check_first
from app.modules.banners.rules.looks import look_of_preset
from app.modules.banners.rules.options import Options
from app.modules.banners.service import presets as service
from app.modules.banners.service.files import stored


@dataclass(frozen=True, slots=True, kw_only=True)
class PresetsPage:
    """The list of the presets."""

    styles: Sequence[Style]
    options: Options

    @property
    def sheets(self) -> Sequence[str]:
        """The style sheets that say what their classes mean."""
        return around.sheet_urls(self.options, [one.look for one in self.styles])


@bp.route("/banners/presets", methods=["GET", "POST"])
@context.permission_only(T.write, S.calendar)
def presets() -> ResponseReturnValue:
    """The presets, by name; sent to, it makes one."""
    if request.method == "POST":
        return _create_page()
    session = db.session()
    uses = queries.uses(session)
    styles = [Style.of(one, uses.get(one.id, 0)) for one in queries.presets(session)]
    page = PresetsPage(styles=styles, options=options(session))
    return render_template("banners/admin/presets.html", page=page)


@bp.get("/banners/presets/new")
@context.permission_only(T.write, S.calendar)
def new_preset() -> ResponseReturnValue:
    """The form of a new preset, which the list takes."""
    return _new_page(NewPresetForm(formdata=None))


def _new_page(form: NewPresetForm) -> ResponseReturnValue:
    return form.page("banners/admin/new_preset.html", editor=_editor(Slide.of(blank())))


def _editor(slide: Slide) -> Editor:
    return Editor(slide=slide, styles=(), options=options(db.session()))


def _create_page() -> ResponseReturnValue:
    """Make a preset of what was sent."""
    form = NewPresetForm()
    if form.validate_on_submit():
        with form.refusals():
            _create(form)
            flash(_("Le style « %(name)s » est ajouté.", name=form.name.text), "success")
            return redirect(url_for("banners.presets"), 303)
    return _new_page(form)


def _create(form: NewPresetForm) -> None:
    """Make a preset, unless that very form made it already.

    Raises:
        DomainError: What is refused; nothing is left of its picture.
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


@bp.route("/banners/presets/edit/<int:key>", methods=["GET", "POST"])
@context.permission_only(T.write, S.calendar)
def edit_preset(key: int) -> ResponseReturnValue:
    """Change a preset, and so the banners that follow it."""
    form = PresetForm(obj=PresetSaid.of(queries.preset(db.session(), key)))
    if form.validate_on_submit():
        with form.refusals():
            if _edit(form, key):
                flash(_("Le style « %(name)s » est à jour.", name=form.name.text), "success")
            else:
                flash(_("Rien n'a changé."), "info")
            return redirect(url_for("banners.presets"), 303)
    return _edit_page(form, key)


def _edit_page(form: PresetForm, key: int) -> ResponseReturnValue:
    preset = queries.preset(db.session(), key)
    uses = queries.uses(db.session()).get(key, 0)
    return form.page(
        "banners/admin/edit_preset.html", editor=_editor(_sample(preset)), preset=preset, uses=uses
    )


def _sample(preset: InfoBannerPreset) -> Slide:
    """A banner that leaves everything to a preset."""
    return Slide(blank(), look_of_preset(preset))


def _edit(form: PresetForm, key: int) -> bool:
    """Change a preset; whether anything changed.

    Raises:
        DomainError: What is refused; nothing is left of the new picture.
    """
    drops, version = bool(form.drops_image.data), form.seen_version
    draft = form.draft()
    with (
        stored(around.store(), form.incoming()) as files,
        transaction(db.session()) as session,
    ):
        is_changed = service.edit(session, key, draft, files, drops_picture=drops, version=version)
    _warn(key)
    return is_changed


def _warn(key: int) -> None:
    """Say that banners of a preset are hard to read, if they are."""
    look = look_of_preset(queries.preset(db.session(), key))
    if not look.is_legible:
        flash(low_contrast(look), "warning")


@bp.post("/banners/presets/delete/<int:key>")
@context.permission_only(T.write, S.calendar)
def delete_preset(key: int) -> ResponseReturnValue:
    """Delete a preset with its picture."""
    name = queries.preset(db.session(), key).name
    form = ConfirmForm()
    if form.validate_on_submit():
        try:
            with transaction(db.session()) as session:
                service.delete(session, key, version=form.seen_version)
        except StaleBanners as refusal:
            now = PresetForm(formdata=None, obj=PresetSaid.of(queries.preset(db.session(), key)))
            now.refuse(refusal)
            return _edit_page(now, key)
        flash(_("Le style « %(name)s » est supprimé.", name=name), "success")
    return redirect(url_for("banners.presets"), 303)
