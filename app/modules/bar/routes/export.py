"""Taking the ledger of the bar away: a week, or some days (community 3.6)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from flask import request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import context
from app.core.sheets import Column, Kind, Value
from app.enums import BarKind, BarMethod, PermissionScope as S, PermissionType as T
from app.extensions import db
from app.modules.bar import around
from app.modules.bar.forms.export import (
    CURRENT_WEEK,
    KINDS,
    ExportForm,
    week_called,
    week_name,
    week_of,
)
from app.modules.bar.queries import export as reading
from app.modules.bar.queries.export import Line, Wanted
from app.modules.bar.queries.stats import Span
from app.modules.bar.routes.blueprint import bp
from app.modules.bar.service.ledger import today
from app.web.downloads import Sheet, table_download

#: How many weeks are offered besides that which goes on.
WEEKS = 4
#: What an address says when it is a file that it wants.
_ASKED = frozenset(("format", "period", "start", "end"))


@dataclass(frozen=True, slots=True)
class Week:
    """A week that is offered."""

    name: str
    span: Span
    kind: Wanted

    @property
    def is_current(self) -> bool:
        return self.name == CURRENT_WEEK

    def address(self, sheet: Sheet) -> str:
        return url_for("bar.export", period=self.name, kind=self.kind, format=sheet)


@dataclass(frozen=True, slots=True)
class ExportPage:
    """All that the page of the exports shows."""

    kind: Wanted
    today: date

    @property
    def tabs(self) -> list[tuple[str, str, bool]]:
        return [
            (str(label), url_for("bar.export", kind=kind), kind is self.kind)
            for kind, label in KINDS.items()
        ]

    @property
    def weeks(self) -> Sequence[Week]:
        """The week that goes on, then those before."""
        this = week_of(self.today)
        weeks = [Week(CURRENT_WEEK, Span(this.start, self.today), self.kind)]
        for back in range(1, WEEKS + 1):
            span = week_of(this.start - timedelta(weeks=back))
            weeks.append(Week(week_name(span.start), span, self.kind))
        return weeks


@bp.route("/bar/export", methods=["GET", "POST"])
@context.permission_only(T.write, S.bar)
def export() -> ResponseReturnValue:
    """The page that offers files; the file, once some days are said. It changes nothing."""
    now = today(around.house())
    said = request.args if request.method in ("GET", "HEAD") else request.values
    kind = Wanted.__members__.get(said.get("kind", ""), Wanted.sales)
    sheet: Sheet = "csv" if said.get("format") == "csv" else "xlsx"
    page = ExportPage(kind, now)
    if request.method in ("GET", "HEAD") and not _ASKED & said.keys():
        blank = ExportForm(formdata=None, today=now, data={"kind": kind})
        return blank.page("bar/export.html", page=page)
    name = said.get("period", "")
    if (week := week_called(name, now)) is not None:
        return _file(name, week, kind, sheet)
    # a reading changes nothing: it needs no token, and what posts one had it checked already
    form = ExportForm(formdata=said, today=now, meta={"csrf": False})
    form.kind.data = kind
    if form.validate():
        span = form.span
        return _file(f"export_{span.start}_{span.end}", span, kind, sheet)
    return form.page("bar/export.html", page=page)


def _file(name: str, span: Span, kind: Wanted, sheet: Sheet) -> ResponseReturnValue:
    """The lines of some days, as a file."""
    found = reading.lines(db.session(), span, kind)
    return table_download(name, str(KINDS[kind]), _columns(), _rows(found), sheet)


def _columns() -> list[Column]:
    """The names that the specification gives, which programs read."""
    return [
        Column("id", Kind.number),
        Column("date", Kind.instant),
        Column("barman"),
        Column("client"),
        Column("item"),
        Column("type"),
        Column("balance", Kind.money, total=True),
        Column("bar_day", Kind.day),
        Column("method"),
        Column("reason"),
        Column("reverses", Kind.number),
    ]


def _rows(found: Iterator[Line]) -> Iterator[Sequence[Value]]:
    site = _("site")
    kinds = {kind: str(kind.label) for kind in BarKind}
    methods = {method: str(method.label) for method in BarMethod}
    for line in found:
        yield (
            line.id,
            line.at,
            site if line.barman_id is None else line.barman,
            line.client,
            line.item,
            kinds[line.type],
            line.balance_change_cents,
            line.bar_day,
            methods[line.method] if line.method else None,
            line.reason,
            line.reverses_id,
        )
