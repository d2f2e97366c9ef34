"""The elements that permissions are about: people, roles, collections…"""

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from app.core.pagination import Page, paginate
from app.core.text import comparison_key
from app.enums import PermissionScope
from app.models import Base, Permission
from app.modules.gris.rules.covering import Held, readable

#: Elements on one page of a list.
PAGE_SIZE = 50
#: Ids of one statement.
_AT_ONCE = 500


def model_of(scope: PermissionScope) -> Any:
    """The class of the elements of *scope*; ``None`` while no module brings it."""
    name = scope.about.model
    found = (mapper.class_ for mapper in Base.registry.mappers)
    return next((cls for cls in found if name and cls.__name__ == name), None)


def element(session: Session, scope: PermissionScope, ref_id: int) -> Any:
    """One element of *scope*, if there is one."""
    model = model_of(scope)
    return None if model is None else session.get(model, ref_id)


def held(session: Session, permissions: Iterable[Permission]) -> list[Held]:
    """What these permissions are about, in a statement for each scope that has elements."""
    kept = list(permissions)
    found = _elements(session, {(p.scope, p.ref_id) for p in kept if p.ref_id is not None})
    return [
        Held(p.type, p.scope, p.ref_id, found.get((p.scope, p.ref_id or 0)), p.id) for p in kept
    ]


def _elements(
    session: Session, wanted: Iterable[tuple[PermissionScope, int]]
) -> dict[tuple[PermissionScope, int], Any]:
    """The elements that are there, among those *wanted*."""
    by_scope: dict[PermissionScope, list[int]] = {}
    for scope, ref_id in wanted:
        by_scope.setdefault(scope, []).append(ref_id)
    found = {}
    for scope, ids in by_scope.items():
        model = model_of(scope)
        for start in range(0, len(ids) if model is not None else 0, _AT_ONCE):
            stmt = _with_parents(model, scope).where(model.id.in_(ids[start : start + _AT_ONCE]))
            found.update({(scope, row.id): row for row in session.scalars(stmt)})
    return found


def _with_parents(model: Any, scope: PermissionScope) -> sa.Select[Any]:
    """Every element, with the one that it is enclosed in: they may be called after it."""
    stmt = sa.select(model)
    if scope.parent_attr is None:
        return stmt
    return stmt.options(joinedload(getattr(model, scope.parent_attr)))


def elements_page(
    session: Session,
    scope: PermissionScope,
    rights: Sequence[Held] | None,
    *,
    text: str = "",
    number: int = 1,
) -> Page[Any] | None:
    """One page of the elements that these *rights* let one read, of those called like *text*.

    Without rights, every element; ``None`` when they let one read nothing of *scope*.
    """
    model = model_of(scope)
    limits = _limits(model, scope, rights)
    if limits == []:
        return None
    if model is None:
        return Page((), 1, PAGE_SIZE, 0)
    stmt = _with_parents(model, scope)
    if limits is not None:
        stmt = stmt.where(sa.or_(*limits))
    if text:
        stmt = stmt.where(_is_called(model, text))
    stmt = stmt.order_by(*_names(model), model.id)
    return paginate(session, stmt, number=number, size=PAGE_SIZE)


def _limits(
    model: Any, scope: PermissionScope, rights: Sequence[Held] | None
) -> list[sa.ColumnElement[bool]] | None:
    """What narrows the elements to those that one may read; ``None`` if nothing does."""
    if rights is None:
        return None
    own = readable(rights, scope)
    enclosing = readable(rights, scope.parent) if scope.parent else frozenset[int]()
    if own is None or enclosing is None:
        return None
    limits: list[sa.ColumnElement[bool]] = []
    if own:
        limits.append(sa.false() if model is None else model.id.in_(own))
    if enclosing:
        column = None if model is None else getattr(model, f"{scope.parent_attr}_id")
        limits.append(sa.false() if column is None else column.in_(enclosing))
    return limits


def _names(model: Any) -> list[Any]:
    """The columns that elements are sorted by."""
    if hasattr(model, "nom_key"):
        return [model.nom_key, model.prenom_key]
    return [model.name_key if hasattr(model, "name_key") else model.name]


def _is_called(model: Any, text: str) -> sa.ColumnElement[bool]:
    """Whether an element has *text* in its name."""
    names = _names(model)
    if len(names) == 1:
        return sa.func.lower(names[0]).contains(text.casefold(), autoescape=True)
    nom, prenom = names
    key = comparison_key(text)
    spelled = [prenom + " " + nom, nom + " " + prenom]
    return sa.or_(*(name.contains(key, autoescape=True) for name in spelled if key), sa.false())
