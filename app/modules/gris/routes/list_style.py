"""How the list of the PCéens looks: said once, in a sheet, rather than in its thousand cells."""

import hashlib
from collections.abc import Iterable, Iterator

from flask import Response, request, url_for
from flask_babel import get_locale

from app import context
from app.enums import PermissionScope, PermissionType
from app.extensions import db
from app.models import Role
from app.modules.gris.queries import roles as queries
from app.modules.gris.queries.search import Search, Shown, View
from app.modules.gris.routes.blueprint import SEE_PCEENS, bp

#: How long a browser keeps the sheet, whose address changes with what it says.
_A_YEAR = 365 * 24 * 3600
#: The columns of figures, which line up on the right.
_NUMBERS = frozenset(
    {Shown.number, Shown.promo, Shown.room, Shown.devices, Shown.deposit, Shown.balance}
)


def address(search: Search, roles: Iterable[Role]) -> str:
    """Where the sheet is, for this search and these roles."""
    said = _sheet(search.shown, roles)
    digest = hashlib.sha256(said.encode()).hexdigest()[:12]
    view = search.view.value if search.tells_bar else None
    columns = search.query.get("columns")
    return url_for(".people_style", columns=columns, view=view, v=digest)


def sees_bar() -> bool:
    """Whether the visitor may know what people have at the bar."""
    return context.current.looks_after(PermissionType.write, PermissionScope.bar)


def _sheet(columns: frozenset[Shown], roles: Iterable[Role]) -> str:
    labels, numbers = [], []
    for place, column in _places(columns):
        cell = f".people td:nth-child({place})"
        labels.append(f'{cell}::before{{content:"{_quoted(str(column.label))}"}}')
        if column in _NUMBERS:
            numbers.append(cell)
    return (
        f"/* {get_locale()} */"
        + "".join(map(_rule, roles))
        + f"@media (min-width:768px){{{','.join(numbers) or '.people none'}{{text-align:right}}}}"
        + f"@media screen and (max-width:767.98px){{{''.join(labels)}}}"
    )


def _places(columns: frozenset[Shown]) -> Iterator[tuple[int, Shown]]:
    """Each column with its place, from 1; the name comes first, or after the number."""
    place = 1
    for column in Shown:
        if column is Shown.number and column in columns:
            yield 1, column
            place = 2
        elif column in columns:
            place += 1
            yield place, column


def _rule(role: Role) -> str:
    """What a badge looks like: darker than chosen where white could not be read."""
    color = role.color or "6c757d"
    channels = [int(color[i : i + 2], 16) for i in (0, 2, 4)]
    if role.is_dark:
        channels = [channel * 3 // 4 for channel in channels]
    red, green, blue = channels
    ink = "fff" if role.is_dark else "000"
    return f".r{role.id}{{background:#{red:02x}{green:02x}{blue:02x};color:#{ink}}}"


def _quoted(text: str) -> str:
    """A text, inside quotes of a sheet."""
    return "".join(c for c in text if c not in '"\\\n\r<')


@bp.get("/pceens.css")
@context.any_permission_only(*SEE_PCEENS)
def people_style() -> Response:
    """The colours of the roles, the labels of the columns on a phone, which are numbers."""
    view = View.bar if request.args.get("view") == View.bar else View.active
    search = Search.read(view, request.args, sees_bar=sees_bar())
    answer = Response(_sheet(search.shown, queries.all_roles(db.session())), mimetype="text/css")
    answer.headers["Cache-Control"] = f"private, max-age={_A_YEAR}, immutable"
    return answer
