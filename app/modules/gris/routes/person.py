"""One PCéen: all that concerns them, and what is done of their account."""

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import LazyString, gettext as _, lazy_gettext as _l
from sqlalchemy.orm import Session

from app import context
from app.core.transaction import transaction
from app.extensions import db
from app.models import PCeen
from app.modules.account import queries as accounts
from app.modules.account.errors import NoSuchPCeen
from app.modules.account.routes.people import looked_after
from app.modules.account.service.lives import is_new
from app.modules.gris.errors import ProofNeeded
from app.modules.gris.forms.doas import DoasForm
from app.modules.gris.forms.people import DisableForm, PersonForm, ResetFactorForm
from app.modules.gris.queries import person as queries
from app.modules.gris.queries.person import Person
from app.modules.gris.queries.search import View
from app.modules.gris.routes import roles
from app.modules.gris.routes.asking import is_proved
from app.modules.gris.routes.blueprint import bp
from app.modules.gris.routes.words import changes
from app.modules.gris.service import people as service
from app.web.actions import said
from app.web.module import all_effects, installed_modules
from app.web.urls import came_from, next_page


def _list_address() -> str:
    """The list that the visitor came from, with its filters; else the list."""
    came = came_from() or ""
    lists = {url_for(".pceens", view=view) for view in View}
    return came if came.partition("?")[0] in lists else url_for(".pceens")


def _after(pceen: PCeen) -> str:
    """Where one goes once it is done: the page asked for, else that of the person."""
    return next_page() or url_for(".pceen", key=pceen.id)


def _read(key: int) -> Person:
    """The PCéen numbered *key*, with their roles, for who may write them.

    Raises:
        NoSuchPCeen: If there is none.
        HTTPException: If the visitor may not, or is not logged in.
    """
    found = queries.person(db.session(), key)
    looked_after(key)  # which reads nothing more: the session knows them by now
    if found is None:
        raise NoSuchPCeen
    return found


@bp.get("/pceens/<int:key>")
@context.per_element
def pceen(key: int) -> ResponseReturnValue:
    """One person: who they are, and what each module knows of them."""
    session, found = db.session(), _read(key)
    someone, me = found.pceen, context.current.me
    parts = [
        (module.name, module.person(session, context.current, someone))
        for module in installed_modules()
        if module.person is not None
    ]
    theirs = roles.their_roles(someone)
    mine = [*theirs.to_give, *(role for role in theirs.roles if role.id in theirs.to_take)]
    badges = [roles.as_badge(one) for one in sorted(mine, key=lambda one: (one.index, one.name))]
    return render_template(
        "gris/pceen.html",
        pceen=someone,
        alike=found.alike,
        factors=found.factors,
        parts=parts,
        their_roles=theirs,
        roles_to_give=lambda: badges,  # for the script: they are read already
        within_reach=queries.is_covered(session, pceen=someone, actor=me),
        is_me=someone.id == me.id,
        is_new=is_new(someone),
        list_address=_list_address(),
        doas_form=DoasForm(formdata=None) if _may_act_for(someone) else None,
    )


def _may_act_for(pceen: PCeen) -> bool:
    """Whether the visitor may act for someone: a GRI, for who is not one."""
    return context.current.is_gri and not pceen.is_gri and not pceen.is_disabled


@bp.get("/pceens/<int:key>/history")
@context.per_element
def history(key: int) -> ResponseReturnValue:
    """Where someone is logged in, what was mailed to them, what was done."""
    session, found = db.session(), _read(key)
    someone, me = found.pceen, context.current.me
    return render_template(
        "gris/history.html",
        pceen=someone,
        logins=accounts.sessions_of(session, someone),
        mails=[(line, _subject(line.kind)) for line in queries.mails_to(session, someone)],
        events=queries.events_about(session, someone),
        said=said,
        changes=changes,
        within_reach=queries.is_covered(session, pceen=someone, actor=me),
        here=context.current.login,
    )


def _subject(kind: str) -> str:
    """What a mail of this kind is about."""
    effect = all_effects().get(kind)
    return str(getattr(effect[0], "subject", kind)) if effect is not None else kind


@bp.route("/pceens/<int:key>/edit", methods=["GET", "POST"])
@context.per_element
def edit_pceen(key: int) -> ResponseReturnValue:
    """Change who someone is."""
    someone = looked_after(key)
    form = PersonForm(obj=someone)
    form.ask_email_of(someone)
    if form.validate_on_submit():
        with form.refusals():
            with transaction(db.session()) as session:
                changed = service.describe(
                    session,
                    pceen=someone,
                    now=form.described(),
                    version=form.seen_version,
                    actor=context.current.me,
                )
            words = _("Les informations de %(name)s sont enregistrées.", name=someone.full_name)
            flash(words if changed else _("Rien n'a changé."), "success" if changed else "info")
            return redirect(_after(someone), 303)
    return form.page("gris/edit_pceen.html", pceen=someone)


def _act(
    key: int, act: Callable[[Session, PCeen, PCeen], Any], words: LazyString
) -> ResponseReturnValue:
    """Do something of someone's account, say so, and come back."""
    someone = looked_after(key)
    me = context.current.me
    with transaction(db.session()) as session:
        act(session, someone, me)
    flash(str(words) % {"name": someone.full_name, "email": someone.email}, "success")
    return redirect(_after(someone), 303)


@bp.post("/pceens/<int:key>/invite")
@context.per_element
def invite_pceen(key: int) -> ResponseReturnValue:
    """Send someone the way into their account: an invitation, or a new password."""
    return _act(
        key,
        lambda session, pceen, me: service.send_link(session, pceen=pceen, actor=me),
        _l("Un lien part à %(email)s, pour %(name)s."),
    )


@bp.post("/pceens/<int:key>/enable")
@context.per_element
def enable_pceen(key: int) -> ResponseReturnValue:
    """Give an account back to its person."""
    return _act(
        key,
        lambda session, pceen, me: service.enable(session, pceen=pceen, actor=me),
        _l("Le compte de %(name)s est rouvert."),
    )


@bp.route("/pceens/<int:key>/disable", methods=["GET", "POST"])
@context.per_element
def disable_pceen(key: int) -> ResponseReturnValue:
    """Close an account to its person, once said why."""
    someone, form = looked_after(key), DisableForm()
    if request.method == "GET":
        form.next.data = next_page() or ""
    if form.validate_on_submit():
        with form.refusals():
            with transaction(db.session()) as session:
                service.disable(
                    session, pceen=someone, reason=form.reason.text, actor=context.current.me
                )
            flash(_("Le compte de %(name)s est désactivé.", name=someone.full_name), "success")
            return redirect(_after(someone), 303)
    return form.page("gris/disable_pceen.html", pceen=someone, back=_after(someone))


@bp.route("/pceens/<int:key>/second_factor/reset", methods=["GET", "POST"])
@context.gris_only
def reset_second_factor(key: int) -> ResponseReturnValue:
    """Take their second factors from someone who lost them, once said why."""
    someone, form = looked_after(key), ResetFactorForm()
    if not is_proved():
        raise ProofNeeded
    if form.validate_on_submit():
        with form.refusals():
            with transaction(db.session()) as session:
                service.reset_second_factor(
                    session, pceen=someone, reason=form.reason.text, actor=context.current.me
                )
            flash(_("%(name)s n'a plus de second facteur.", name=someone.full_name), "success")
            return redirect(url_for(".pceen", key=key), 303)
    return form.page("gris/reset_second_factor.html", pceen=someone)


@bp.post("/pceens/<int:key>/sessions/end")
@context.per_element
def end_sessions(key: int) -> ResponseReturnValue:
    """End the log-ins of someone: their cookies are worth nothing any more."""
    here = context.current.login
    return _act(
        key,
        lambda session, pceen, me: service.end_sessions(session, pceen=pceen, actor=me, but=here),
        _l("Les connexions de %(name)s sont terminées."),
    )


@bp.post("/pceens/<int:key>/sessions/<int:login>/end")
@context.per_element
def end_session(key: int, login: int) -> ResponseReturnValue:
    """End one log-in of someone."""
    someone = looked_after(key)
    me = context.current.me
    with transaction(db.session()) as session:
        service.end_session(session, pceen=someone, key=login, actor=me)
    flash(_("Cette connexion est terminée."), "success")
    return redirect(next_page() or url_for(".history", key=key, _anchor="sessions"), 303)
