"""The PCéens, as the GRIs see them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import context
from app.core.transaction import transaction
from app.enums import PermissionScope, PermissionType
from app.extensions import db
from app.models import PCeen, Role
from app.modules.gris.errors import RoleNotYours
from app.modules.gris.forms.people import AddForm, FilterForm
from app.modules.gris.queries import people as queries, roles as roles_queries
from app.modules.gris.queries.people import PCeensPage
from app.modules.gris.queries.search import Search, Shown, View
from app.modules.gris.routes import list_file, list_style
from app.modules.gris.routes.asking import check_may_change, check_may_give
from app.modules.gris.routes.blueprint import SEE_PCEENS, bp
from app.modules.gris.service import people as service
from app.web import installation
from app.web.downloads import Sheet, asked_sheet, table_download
from app.web.urls import next_page


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPage:
    """All that the list of the PCéens shows."""

    found: PCeensPage
    form: FilterForm
    tabs: list[tuple[str, str, bool]]
    #: The address of this very list, to come back to.
    here: str
    may_change_roles: bool
    may_record: bool
    #: The address of the sheet that has the colours of the roles.
    style: str

    @property
    def kept(self) -> dict[str, Any]:
        """What another search keeps of this one."""
        return {name: said for name, said in self.found.search.query.items() if name != "q"}

    @property
    def shown(self) -> dict[str, bool]:
        """Which columns are shown."""
        return {one.value: one in self.found.search.shown for one in Shown}


@bp.get("/pceens", defaults={"view": "active"})
@bp.get("/pceens/<view>")
@context.any_permission_only(*SEE_PCEENS)
def pceens(view: str) -> ResponseReturnValue:
    """Everyone: who they are, where they live, what they hold."""
    search = Search.read(view, request.args, sees_bar=list_style.sees_bar())
    if "order" in request.args:
        return redirect(url_for(".pceens", **search.address))
    if sheet := asked_sheet():
        return _file(search, sheet)
    found = queries.pceens_page(db.session(), search, plan=installation.plan())
    search = search.at(found.people.number)
    tabs = [
        (str(one.label), url_for(".pceens", view=one, **search.query), one is search.view)
        for one in View
    ]
    page = ListPage(
        found=found,
        form=FilterForm.of(search, found.roles),
        tabs=tabs,
        here=url_for(".pceens", **search.address),
        may_change_roles=_may_change_roles(),
        may_record=context.current.looks_after(PermissionType.write, PermissionScope.payments),
        style=list_style.address(found.search, found.roles),
    )
    return render_template("gris/pceens.html", page=page)


def _may_change_roles() -> bool:
    """Whether the visitor may give a role to anybody, in their own name."""
    current, write = context.current, PermissionType.write
    held = [right for role in current.me.roles for right in role.permissions]
    gives = any(one.scope is PermissionScope.role and one.type.covers(write) for one in held)
    sees = context.has_permission(write, PermissionScope.pceen)
    return not current.is_doas and (current.is_gri or (sees and gives))


def _file(search: Search, sheet: Sheet) -> Response:
    """The whole of the list, as a table to keep; for GRIs alone."""
    if not context.current.is_gri:
        abort(403)
    lines = queries.all_lines(db.session(), search, plan=installation.plan())
    return table_download(
        f"{_('pceens')}-{search.view}",
        _("PCéens"),
        list_file.columns(search),
        list_file.rows(lines, search),
        sheet,
    )


# Another account


@bp.route("/pceens/add", methods=["GET", "POST"])
@context.any_permission_only(*SEE_PCEENS)
def add_pceen() -> ResponseReturnValue:
    """Make the account of someone, who gets an invitation."""
    form = AddForm()
    mine = roles_queries.roles_to_give(db.session(), context.current.me)
    form.offer(mine if _may_change_roles() else ())
    if form.validate_on_submit():
        with form.refusals():
            made = _make(form, mine)
            if made is None:
                flash(_("Ce compte est déjà créé."), "info")
                return redirect(next_page() or url_for(".pceens"), 303)
            name, email = made.full_name, made.email
            flash(
                _(
                    "Le compte de %(name)s est créé. L'invitation part à %(email)s.",
                    name=name,
                    email=email,
                ),
                "success",
            )
            return redirect(url_for(".pceen", key=made.id), 303)
    return form.page("gris/add_pceen.html", back=next_page() or url_for(".pceens"))


def _make(form: AddForm, mine: Iterable[Role]) -> PCeen | None:
    """Make the account of the form, unless this very form made it already.

    Raises:
        DomainError: If it is refused: nothing is made then.
    """
    wanted = _wanted(form, mine)
    with transaction(db.session()) as session:
        if not form.is_first(session, sender=context.current.me.id):
            return None
        return service.create(
            session,
            identity=form.identity(),
            is_another=bool(form.is_another.data),
            roles=wanted,
            actor=context.current.me,
        )


def _wanted(form: AddForm, mine: Iterable[Role]) -> list[Role]:
    """The roles that are ticked.

    Raises:
        RoleNotYours: If the visitor may not give one of them.
        NotWhileActing, ProofNeeded: If they may not, or not yet.
    """
    # a form without roles to give refuses those that are sent all the same
    chosen = form.chosen or set(request.form.getlist("roles"))
    if not chosen:
        return []
    check_may_change()
    by_key = {str(role.id): role for role in mine}
    if not chosen <= set(by_key):
        raise RoleNotYours
    wanted = [by_key[key] for key in sorted(chosen)]
    for role in wanted:
        check_may_give(role)
    return wanted
