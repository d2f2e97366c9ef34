"""The roles: what they allow, who holds them."""

from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import context
from app.core.pagination import Page
from app.core.transaction import transaction
from app.enums import PermissionScope, PermissionType
from app.extensions import db
from app.models import PCeen, Permission, Role
from app.modules.account.routes.people import looked_after
from app.modules.gris.errors import LastGri, NoRoleChosen, NoSuchPermission, NotAllowed, ProofNeeded
from app.modules.gris.forms.roles import (
    DeleteRoleForm,
    GiveRoleForm,
    NewRoleForm,
    PermissionForm,
    RoleForm,
)
from app.modules.gris.queries import elements, roles as queries
from app.modules.gris.queries.roles import RoleLine
from app.modules.gris.routes.asking import (
    check_may_change,
    check_may_give,
    refuse,
    role_to,
    to_proof,
)
from app.modules.gris.routes.blueprint import SEE_ROLES, bp
from app.modules.gris.rules.covering import Held, covers, covers_all, may_delete, may_write
from app.modules.gris.service import roles as service
from app.web.asked import asked_page, asked_text

_WRITE, _DELETE = PermissionType.write, PermissionType.delete

bp.register_error_handler(ProofNeeded, to_proof)
bp.register_error_handler(NotAllowed, refuse)
bp.register_error_handler(LastGri, refuse)


@dataclass(frozen=True, slots=True)
class ShownRole:
    """A role, and what the visitor may do with it."""

    line: RoleLine
    may_change: bool
    may_delete: bool


def _shown(line: RoleLine) -> ShownRole:
    me = context.current.me
    role, covered = line.role, covers_all(me, line.held)
    return ShownRole(
        line,
        may_change=covered and may_write(me, role),
        may_delete=covered and not role.system and may_delete(me, role),
    )


@bp.route("/roles", methods=["GET", "POST"])
@context.any_permission_only(*SEE_ROLES)
def roles() -> ResponseReturnValue:
    """The roles, what they allow, and a form for another."""
    form = NewRoleForm()
    if form.validate_on_submit():
        with form.refusals():
            check_may_change()
            with transaction(db.session()) as session:
                first = form.is_first(session, sender=context.current.me.id)
                role = service.create(session, looks=form.looks) if first else None
            if role is None:
                flash(_("Ce rôle est déjà créé."), "info")
                return redirect(url_for(".roles"), 303)
            flash(_("Le rôle « %(role)s » est créé. Que permet-il ?", role=role.name), "success")
            return redirect(url_for(".role", key=role.id), 303)
    lines = [_shown(line) for line in queries.role_lines(db.session())]
    return form.page("gris/roles.html", lines=lines, **_choices())


def _choices() -> dict[str, object]:
    """What a permission may be, for the script that adds them."""
    return {"types": list(PermissionType), "scopes": list(PermissionScope)}


@bp.route("/roles/<int:key>", methods=["GET", "POST"])
@context.per_element
def role(key: int) -> ResponseReturnValue:
    """One role: its name, its order, its colour, what it allows, who holds it."""
    role = role_to(_WRITE, key)
    form = RoleForm(obj=role)
    if form.validate_on_submit():
        with form.refusals():
            check_may_change()
            with transaction(db.session()) as session:
                service.change(
                    session,
                    role=role,
                    looks=form.looks,
                    version=form.seen_version,
                    actor=context.current.me,
                )
            flash(_("Le rôle « %(role)s » est enregistré.", role=role.name), "success")
            return redirect(url_for(".role", key=key), 303)
    session = db.session()
    held, count = queries.rights_of(session, role), queries.count_holders(session, role)
    shown = _shown(RoleLine(role, count, held))
    return form.page("gris/role.html", shown=shown, **_choices())


@bp.route("/roles/<int:key>/delete", methods=["GET", "POST"])
@context.per_element
def delete_role(key: int) -> ResponseReturnValue:
    """Delete a role, once told who loses it."""
    role = role_to(_DELETE, key)
    form = DeleteRoleForm()
    if form.validate_on_submit():
        if not role.system:
            check_may_give(role)
        with form.refusals():
            name = role.name
            with transaction(db.session()) as session:
                service.delete(
                    session, role=role, holders=form.holders.number, actor=context.current.me
                )
            flash(_("Le rôle « %(role)s » est supprimé.", role=name), "success")
            after = ".roles" if context.may_open("gris.roles") else "home.index"
            return redirect(url_for(after), 303)
    people = queries.holders_page(db.session(), role, number=asked_page())
    shown = _shown(RoleLine(role, people.total, queries.rights_of(db.session(), role)))
    return form.page("gris/delete_role.html", shown=shown, people=people)


@bp.route("/roles/<int:key>/permissions", methods=["GET", "POST"])
@context.per_element
def add_permission(key: int) -> ResponseReturnValue:
    """Let the holders of a role do one thing more, on all elements or on one."""
    role = role_to(_WRITE, key)
    form = PermissionForm(formdata=request.form if request.method == "POST" else request.args)
    if request.method == "POST" and form.validate():
        check_may_change([form.right])
        with form.refusals():
            with transaction(db.session()) as session:
                added = service.add_permission(
                    session, role=role, right=form.right, actor=context.current.me
                )
            flash(
                _("« %(role)s » permet aussi : %(right)s.", role=role.name, right=added.label),
                "success",
            )
            return redirect(url_for(".role", key=key), 303)
    asked = _asked(form)
    return form.page("gris/add_permission.html", role=role, asked=asked, found=_found(asked))


def _asked(form: PermissionForm) -> Held | None:
    """The type and the scope that are chosen, once they are."""
    type_, scope = str(form.type.data), str(form.scope.data)
    if type_ not in PermissionType.__members__ or scope not in PermissionScope.__members__:
        return None
    return Held(PermissionType[type_], PermissionScope[scope])


def _found(asked: Held | None) -> Page[Any] | None:
    """The elements that one may choose, for a scope that has some."""
    if asked is None or not asked.scope.allow_elem:
        return None
    text = asked_text()
    return elements_to_choose(asked.scope, text=text, number=asked_page())


def elements_to_choose(scope: PermissionScope, *, text: str, number: int) -> Page[Any] | None:
    """The elements of *scope* that the visitor may read; ``None`` if they may read none."""
    session, me = db.session(), context.current.me
    everything = covers(me, Held(PermissionType.all, PermissionScope.gris))
    own = [Held(p.type, p.scope, p.ref_id) for one in me.roles for p in one.permissions]
    public = context.current.public.permissions
    own += [Held(p.type, p.scope, p.ref_id) for p in public]
    return elements.elements_page(
        session, scope, None if everything else own, text=text, number=number
    )


@bp.post("/roles/<int:key>/permissions/<int:permission>/remove")
@context.per_element
def remove_permission(key: int, permission: int) -> ResponseReturnValue:
    """Let the holders of a role do one thing less."""
    role = role_to(_WRITE, key)
    removed = permission_to_remove(permission)
    with transaction(db.session()) as session:
        service.remove_permission(session, role=role, permission=removed, actor=context.current.me)
    flash(_("Cette permission est retirée du rôle « %(role)s ».", role=role.name), "success")
    return redirect(url_for(".role", key=key), 303)


def permission_to_remove(key: int) -> Permission:
    """A permission that the visitor is about to remove.

    Raises:
        NoSuchPermission: If there is none.
        NotWhileActing, ProofNeeded: If they may not, or not yet.
    """
    found = db.session().get(Permission, key)
    if found is None:
        raise NoSuchPermission
    check_may_change([Held(found.type, found.scope, found.ref_id)])
    return found


# The roles of someone


@dataclass(frozen=True, slots=True)
class TheirRoles:
    """What the page of someone shows of their roles, and what the visitor may change of it."""

    pceen: PCeen
    roles: list[Role]
    #: The numbers of those that the visitor may take.
    to_take: set[int]
    #: Those that they may give, and that are not held yet.
    to_give: list[Role]
    sees_rights: bool


def their_roles(pceen: PCeen) -> TheirRoles:
    """What the page of someone shows of their roles, in ``_their_roles.html``."""
    mine = queries.roles_to_give(db.session(), context.current.me)
    held = list(pceen.roles)
    return TheirRoles(
        pceen=pceen,
        roles=held,
        to_take={role.id for role in mine},
        to_give=[role for role in mine if role not in held],
        sees_rights=context.may_open("gris.roles"),
    )


@bp.app_template_global()
def roles_to_give() -> list[dict[str, object]]:
    """The roles that the visitor may give and take, for the script of ``_roles_script.html``."""
    mine = queries.roles_to_give(db.session(), context.current.me)
    return [as_badge(role) for role in mine]


def as_badge(role: Role) -> dict[str, object]:
    """What a script shows of a role."""
    return {"id": role.id, "name": role.name, "color": role.color, "dark": role.is_dark}


def given_by_form(key: int) -> Role:
    """The role that the visitor is about to give or take."""
    role = role_to(_WRITE, key)
    if role.id != Role.PUBLIC:
        check_may_give(role)
    return role


@bp.post("/pceens/<int:key>/roles")
@context.per_element
def give_role(key: int) -> ResponseReturnValue:
    """Give a role to someone."""
    pceen = looked_after(key)
    form = GiveRoleForm()
    if not form.validate():
        raise NoRoleChosen
    role = given_by_form(form.role.number)
    with transaction(db.session()) as session:
        service.give(session, pceen=pceen, role=role, actor=context.current.me)
    flash(
        _("%(pceen)s a maintenant le rôle « %(role)s ».", pceen=pceen.full_name, role=role.name),
        "success",
    )
    return redirect(url_for(".pceen", key=key), 303)


@bp.post("/pceens/<int:key>/roles/<int:role>/remove")
@context.per_element
def take_role(key: int, role: int) -> ResponseReturnValue:
    """Take a role from someone."""
    pceen = looked_after(key)
    taken = given_by_form(role)
    with transaction(db.session()) as session:
        service.take(session, pceen=pceen, role=taken, actor=context.current.me)
    flash(
        _("%(pceen)s n'a plus le rôle « %(role)s ».", pceen=pceen.full_name, role=taken.name),
        "success",
    )
    still = context.has_permission(_WRITE, PermissionScope.pceen, pceen) or context.current.is_gri
    return redirect(url_for(".pceen", key=key) if still else url_for("home.index"), 303)


@bp.get("/pceens/<int:key>/rights")
@context.any_permission_only(*SEE_ROLES)
def rights(key: int) -> ResponseReturnValue:
    """What someone may do, and through which role."""
    pceen = looked_after(key)
    page = queries.rights_page(db.session(), pceen)
    return render_template("gris/rights.html", pceen=pceen, page=page, types=list(PermissionType))
