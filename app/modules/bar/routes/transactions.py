"""The whole ledger, for the staff of the bar."""

from dataclasses import dataclass
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_datetime, gettext as _

from app import context
from app.core import clock
from app.core.clock import PARIS
from app.enums import BarKind, PermissionScope as S, PermissionType as T
from app.extensions import db
from app.modules.bar.forms.transactions import FilterForm
from app.modules.bar.queries import transactions as queries
from app.modules.bar.queries.history import Cursor, Stretch
from app.modules.bar.queries.transactions import Wanted
from app.modules.bar.routes.blueprint import bp
from app.modules.bar.routes.counter_shown import Line, undo_of
from app.web import installation
from app.web.asked import asked_day, asked_number, asked_page
from app.web.filters import format_euros
from app.web.urls import this_page


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionsPage:
    """All that the page of the ledger shows."""

    wanted: Wanted
    stretch: Stretch
    #: The number that is shown; nothing is found by it.
    number: int
    form: FilterForm

    @property
    def lines(self) -> list[Line]:
        return [Line(shown, undo_of(shown)) for shown in self.stretch.lines]

    @staticmethod
    def what(line: Line) -> str:
        """What happened, with the item that it is about."""
        item = line.shown.line.item_name
        if item is None or line.shown.line.type is BarKind.pay_item:
            return line.text
        said: str = _("%(what)s : %(item)s", what=line.shown.line.type.label, item=item)
        return said

    @staticmethod
    def at(line: Line) -> str:
        """When, in few words: ``28 nov., 22:36``; of another year, which one."""
        at, now = line.at.astimezone(PARIS), clock.now().astimezone(PARIS)
        pattern = _("d MMM, HH:mm") if at.year == now.year else _("d MMM y, HH:mm")
        return str(format_datetime(at, pattern, rebase=False))

    @staticmethod
    def amount(line: Line) -> str:
        """What moved: money, or stock; with its sign."""
        row = line.shown.line
        if row.type is BarKind.stock:
            return f"{row.stock_change:+d}".replace("-", "\N{MINUS SIGN}")
        sign = "+" if line.amount_cents > 0 else ""
        return f"{sign}{format_euros(line.amount_cents)}"

    @property
    def filters(self) -> dict[str, Any]:
        """What the address says of what is listed; nothing of where one is."""
        wanted = self.wanted
        said = {
            "type": wanted.kind.value if wanted.kind else None,
            "from": wanted.since.isoformat() if wanted.since else None,
            "to": wanted.until.isoformat() if wanted.until else None,
            "way": "asc" if wanted.oldest_first else None,
        }
        return {name: text for name, text in said.items() if text}

    @property
    def is_filtered(self) -> bool:
        """Whether some lines are left out."""
        return bool(self.wanted.conditions)

    @property
    def previous(self) -> str | None:
        """The page before, if there is one; the first one has no cursor."""
        if not self.stretch.has_previous:
            return None
        if self.number <= 2:
            return self._address()
        return self._address(before=self.stretch.first, page=self.number - 1)

    @property
    def next(self) -> str | None:
        """The page after, if there is one."""
        if not self.stretch.has_next:
            return None
        return self._address(after=self.stretch.last, page=self.number + 1)

    @property
    def other_way(self) -> str:
        """The same lines, from the other end."""
        way = None if self.wanted.oldest_first else "asc"
        return url_for("bar.transactions", **(self.filters | {"way": way}))

    def _address(self, **where: Any) -> str:
        return url_for("bar.transactions", **self.filters, **where)


def _wanted() -> Wanted:
    """Which lines the address asks for: what makes no sense is left out."""
    asked = request.args.get("type")
    return Wanted(
        kind=next((kind for kind in BarKind if kind.value == asked), None),
        since=asked_day("from"),
        until=asked_day("to"),
        oldest_first=request.args.get("way") == "asc",
    )


@bp.get("/bar/transactions")
@context.permission_only(T.write, S.bar)
def transactions() -> ResponseReturnValue:
    """All the lines of the ledger, page after page."""
    session, wanted = db.session(), _wanted()
    size = installation.settings().bar.items_per_page
    number = asked_page()
    cursor = Cursor(after=asked_number("after"), before=asked_number("before"))
    if cursor == Cursor():
        cursor = queries.after_pages(session, wanted, count=number - 1, size=size)
        number = number if cursor.after is not None else 1
    page = TransactionsPage(
        wanted=wanted,
        stretch=queries.page(session, wanted, cursor=cursor, size=size),
        number=max(1, number),
        form=FilterForm.of(wanted),
    )
    return render_template("bar/staff/transactions.html", page=page, here=this_page())
