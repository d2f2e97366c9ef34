"""What is done to several people of the list at once: shown first, then done for all or nobody."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import LazyString, lazy_gettext as _l, ngettext
from sqlalchemy.orm import Session

from app import context
from app.core.transaction import transaction
from app.extensions import db
from app.models import PCeen, Role
from app.modules.gris.errors import NobodyChosen, SomeRefused
from app.modules.gris.forms.people import SelectedDisableForm, SelectedForm, SelectedRoleForm
from app.modules.gris.queries import people as queries, roles as roles_queries
from app.modules.gris.routes.asking import check_may_change, check_may_give
from app.modules.gris.routes.blueprint import SEE_PCEENS, bp
from app.modules.gris.service import people as service, roles as roles_service
from app.web.urls import next_page

#: As many as the list shows at once.
_MOST = queries.PAGE_SIZE + queries.NEARLY

#: Does it for one person.
_Act = Callable[[Session, PCeen], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What the page of an action says."""

    title: LazyString
    submit: LazyString
    style: str = "primary"


def _keys() -> list[int]:
    """The numbers whose boxes are ticked."""
    sent = request.form.getlist("p")[:_MOST]
    return sorted({int(key) for key in sent if key.isascii() and key.isdigit() and len(key) < 10})


def _chosen() -> Sequence[PCeen]:
    """The people whose boxes are ticked.

    Raises:
        NobodyChosen: If there are none.
    """
    people = queries.chosen(db.session(), _keys())
    if not people:
        raise NobodyChosen
    return people


def _is_confirmed() -> bool:
    """Whether the visitor saw who was chosen, and says yes."""
    return "confirmed" in request.form


def _page(
    form: SelectedForm, words: Words, act: Callable[[], _Act], done: Callable[[int], str]
) -> ResponseReturnValue:
    """Show who was chosen; once confirmed, do it for them all, and go back to the list."""
    people, whys = _chosen(), dict[int, str]()
    back = next_page() or url_for(".pceens")
    if _is_confirmed() and form.validate():
        try:
            count = _do(act())
        except SomeRefused as refusal:
            form.refuse(refusal)
            whys = {one.key: one.why for one in refusal.details["refusals"]}
            people = _chosen()  # what was done was undone: they are read again, together
        else:
            flash(done(count), "success")
            return redirect(back, 303)
    return form.page("gris/selected.html", people=people, whys=whys, words=words, back=back)


def _do(act: _Act) -> int:
    """Do it for all the people chosen, or for none; how many they are."""
    with transaction(db.session()) as session:
        people = queries.chosen(session, _keys())
        service.for_each(people, lambda pceen: act(session, pceen))
        return len(people)


def _form_of(kind: type[SelectedForm]) -> SelectedForm:
    """The form, empty until it is confirmed."""
    return kind() if _is_confirmed() else kind(formdata=None)


@bp.post("/pceens/selected/invite")
@context.any_permission_only(*SEE_PCEENS)
def invite_selected() -> ResponseReturnValue:
    """Send the way in to several people."""
    me = context.current.me
    return _page(
        _form_of(SelectedForm),
        Words(title=_l("Envoyer une invitation ou un lien"), submit=_l("Envoyer")),
        lambda: lambda session, pceen: service.send_link(session, pceen=pceen, actor=me),
        lambda count: ngettext("%(num)s lien part.", "%(num)s liens partent.", count),
    )


@bp.post("/pceens/selected/end_sessions")
@context.any_permission_only(*SEE_PCEENS)
def end_sessions_selected() -> ResponseReturnValue:
    """End the log-ins of several people."""
    me, here = context.current.me, context.current.login
    return _page(
        _form_of(SelectedForm),
        Words(title=_l("Terminer les connexions"), submit=_l("Terminer"), style="danger"),
        lambda: (
            lambda session, pceen: service.end_sessions(session, pceen=pceen, actor=me, but=here)
        ),
        lambda count: ngettext(
            "Les connexions de %(num)s personne sont terminées.",
            "Les connexions de %(num)s personnes sont terminées.",
            count,
        ),
    )


@bp.post("/pceens/selected/disable")
@context.any_permission_only(*SEE_PCEENS)
def disable_selected() -> ResponseReturnValue:
    """Close the accounts of several people, once said why."""
    me = context.current.me
    form = SelectedDisableForm() if _is_confirmed() else SelectedDisableForm(formdata=None)
    return _page(
        form,
        Words(title=_l("Désactiver des comptes"), submit=_l("Désactiver"), style="danger"),
        lambda: (
            lambda session, pceen: service.disable(
                session, pceen=pceen, reason=form.reason.text, actor=me
            )
        ),
        lambda count: ngettext(
            "%(num)s compte est désactivé.", "%(num)s comptes sont désactivés.", count
        ),
    )


def _role_form() -> SelectedRoleForm:
    """Which role, among those that the visitor may give and take."""
    form = SelectedRoleForm() if _is_confirmed() else SelectedRoleForm(formdata=None)
    form.offer(roles_queries.roles_to_give(db.session(), context.current.me))
    return form


def _role(form: SelectedRoleForm) -> Role:
    """The role chosen.

    Raises:
        NotWhileActing, ProofNeeded: If the visitor may not, or not yet.
    """
    check_may_change()
    mine = roles_queries.roles_to_give(db.session(), context.current.me)
    role = next(one for one in mine if str(one.id) == form.role.data)
    check_may_give(role)
    return role


@bp.post("/pceens/selected/give_role")
@context.any_permission_only(*SEE_PCEENS)
def give_role_selected() -> ResponseReturnValue:
    """Give a role to several people."""
    me, form = context.current.me, _role_form()

    def act() -> _Act:
        role = _role(form)
        return lambda session, pceen: roles_service.give(session, pceen=pceen, role=role, actor=me)

    return _page(
        form,
        Words(title=_l("Donner un rôle"), submit=_l("Donner")),
        act,
        lambda count: ngettext(
            "%(num)s personne a ce rôle en plus.", "%(num)s personnes ont ce rôle en plus.", count
        ),
    )


@bp.post("/pceens/selected/take_role")
@context.any_permission_only(*SEE_PCEENS)
def take_role_selected() -> ResponseReturnValue:
    """Take a role from several people."""
    me, form = context.current.me, _role_form()

    def act() -> _Act:
        role = _role(form)
        return lambda session, pceen: roles_service.take(session, pceen=pceen, role=role, actor=me)

    return _page(
        form,
        Words(title=_l("Retirer un rôle"), submit=_l("Retirer"), style="danger"),
        act,
        lambda count: ngettext(
            "%(num)s personne a ce rôle en moins.",
            "%(num)s personnes ont ce rôle en moins.",
            count,
        ),
    )
