"""The settings of the site, and its maintenance."""

from dataclasses import dataclass

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _, ngettext
from sqlalchemy.orm import Session

from app import context
from app.context import maintenance
from app.core.errors import DomainError
from app.core.transaction import transaction
from app.extensions import db
from app.models import MAINTENANCE, AuditEvent
from app.modules.operations.forms.settings import AnyChoice, MaintenanceForm, settings_form
from app.modules.operations.queries import audit as queries
from app.modules.operations.routes.blueprint import bp
from app.modules.operations.service import settings as service
from app.web.forms import Form
from app.web.module import installed_modules


@dataclass(frozen=True, slots=True)
class SettingsPage:
    """All that the page of the settings shows, forms apart."""

    groups: list[tuple[str, list[AnyChoice]]]
    history: list[tuple[AuditEvent, str]]
    is_closed: bool
    #: Whether the environment closes the site, which no button undoes.
    is_forced: bool
    #: What each setting was when the page was made.
    seen: dict[str, str]


def _groups() -> list[tuple[str, list[AnyChoice]]]:
    """The settings of each module, those of a page of their own apart."""
    found = (
        (module.name, [choice for choice in module.choices if not choice.apart])
        for module in installed_modules()
    )
    return [(name, choices) for name, choices in found if choices]


def _choices() -> list[AnyChoice]:
    return [choice for _name, choices in _groups() for choice in choices]


def _labels() -> dict[str, str]:
    return {c.key: str(c.label) for module in installed_modules() for c in module.choices}


def _page(session: Session) -> SettingsPage:
    labels = _labels()
    changes = queries.choices_changed(session)
    closed = MAINTENANCE.get(session)
    return SettingsPage(
        groups=_groups(),
        history=[(event, labels.get(next(iter(event.after or {}), ""), "")) for event in changes],
        is_closed=closed,
        is_forced=maintenance.is_on() and not closed,
        seen={choice.key: str(choice.get(session)) for choice in _choices()},
    )


def _show(form: Form, closing: MaintenanceForm) -> ResponseReturnValue:
    page, shown = _page(db.session()), closing if closing.errors else form
    return shown.page("operations/settings.html", page=page, choices=form, closing=closing)


def _empty_settings() -> Form:
    values = {choice.key: choice.get(db.session()) for choice in _choices()}
    return settings_form(_choices())(formdata=None, data=values)


@bp.route("/gris/settings", methods=["GET", "POST"])
@context.gris_only
def settings() -> ResponseReturnValue:
    """What GRIs choose while the site runs."""
    if request.method == "GET":
        return _show(_empty_settings(), MaintenanceForm(formdata=None))
    form = settings_form(_choices())()
    if form.validate_on_submit():
        changed = _change(form)
        if changed is not None:
            told = ngettext("%(num)s réglage changé.", "%(num)s réglages changés.", changed)
            flash(told if changed else _("Rien n'a changé."), "success")
            return redirect(url_for(".settings"), 303)
    return _show(form, MaintenanceForm(formdata=None))


class _Refused(Exception):
    """One setting was refused: none is changed."""


def _change(form: Form) -> int | None:
    """Choose what was typed, all of it or nothing; how many changed, unless one was refused."""
    try:
        with transaction(db.session()) as session:
            changed = sum(_choose(session, choice, form) for choice in _choices())
            _give_up_on(form)
    except _Refused:
        return None
    return changed


def _choose(session: Session, choice: AnyChoice, form: Form) -> bool:
    field, seen = form[choice.key], request.form.get(f"seen-{choice.key}")
    checks = {key: check for m in installed_modules() for key, check in m.choice_checks.items()}
    try:
        changed = service.change(session, choice, value=field.data, seen=seen)
        if changed and choice.key in checks:
            checks[choice.key](session, field.data)
    except DomainError as refusal:
        form.status = refusal.status
        field.errors = [*field.errors, refusal.message]
        return False
    return changed


def _give_up_on(form: Form) -> None:
    if form.errors:
        raise _Refused


@bp.post("/gris/maintenance")
@context.gris_only
def switch_maintenance() -> ResponseReturnValue:
    """Close the site for work, or open it again."""
    closing = MaintenanceForm()
    if not closing.validate_on_submit():
        return _show(_empty_settings(), closing)
    is_on = request.form.get("on") == "1"
    with transaction(db.session()) as session:
        if is_on:
            service.close(session, message=closing.message.text, until=closing.until.data)
        else:
            service.reopen(session)
    if is_on:
        flash(_("Le site est fermé à tous, GRI exceptés."), "warning")
    else:
        flash(_("Le site est de nouveau ouvert."), "success")
    return redirect(url_for(".settings"), 303)
