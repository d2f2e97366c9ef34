"""A file of the bank: read, shown, and only then kept.

Nothing is stored before a GRI has seen how a file is read: meanwhile, the page holds it.
"""

import binascii
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import ngettext

from app import context
from app.core.money import Cents
from app.core.tables import Row
from app.core.transaction import transaction
from app.enums import PermissionScope, PermissionType
from app.extensions import db
from app.modules.intrarez.forms.statements import LayoutForm, UploadForm, names
from app.modules.intrarez.routes.blueprint import bp
from app.modules.intrarez.routes.statements import page
from app.modules.payments import queries as payments
from app.modules.payments.errors import (
    NotAStatement,
    StatementError,
)
from app.modules.payments.rules import statement as rules
from app.modules.payments.rules.statement import Credit, Layout, Table
from app.modules.payments.service import statements as kept
from app.web.forms import showable

_WRITE = context.gris_or(PermissionType.write, PermissionScope.payments)

#: The longest that sends it: as the text that the preview holds, and in all; in bytes.
_LONGEST_TEXT = 7_000_000
_LONGEST_BODY = 8_000_000
#: A file with more columns is no statement.
_MOST_COLUMNS = 60
#: How many credits the preview shows, and how many rows of the file.
_SHOWN, _SHOWN_ROWS = 20, 8


@bp.url_value_preprocessor
def _let_files_in(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Let the preview send a file back as a text, and nobody send more than a statement.

    Before anything reads the form: the check of its token does.
    """
    if endpoint == "intrarez.statement":
        request.max_form_memory_size = _LONGEST_TEXT
        request.max_content_length = _LONGEST_BODY


@bp.route("/gris/payments/statement", methods=["GET", "POST"])
@_WRITE
def statement() -> ResponseReturnValue:
    """The lines that wait, and a form for a file of the bank: shown first, then kept."""
    form = UploadForm()
    try:
        if "content" in request.form:
            return _import(_sent_back(request.form["content"]))
        if form.validate_on_submit():
            return _first_preview(form.file.content)
    except StatementError as refusal:
        form.refuse_file(refusal)
    return form.page("intrarez/statement.html", page=page())


def _sent_back(text: str) -> bytes:
    """The file that the preview holds.

    Raises:
        NotAStatement: If it is nonsense.
    """
    try:
        return b64decode(text.encode("ascii"), altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error):
        raise NotAStatement from None


def _table(content: bytes) -> Table:
    table = rules.read_table(content)
    if table.width > _MOST_COLUMNS:
        raise NotAStatement
    return table


def _first_preview(content: bytes) -> ResponseReturnValue:
    """What a file says, read as the others of its bank, or as its names tell."""
    table = _table(content)
    layout = kept.layout_of(db.session(), table)
    form = LayoutForm(formdata=None, data=_chosen(table, layout))
    form.choose_in(table)
    found = None if layout is None else _credits(form, table, layout)
    return _preview(form, content, Reading(table, layout, found))


def _chosen(table: Table, layout: Layout | None) -> dict[str, Any]:
    """What a form says of a layout; without one, that the first row names the columns."""
    if layout is None:
        dated = any(map(rules.parse_day, table.rows[0].cells))
        return {"header": "-1" if dated else "0"}
    columns = {"date": layout.date, "amount": layout.amount}
    columns |= {"credit": layout.credit, "debit": layout.debit}
    said = {name: "" if column is None else str(column) for name, column in columns.items()}
    return {**said, "header": str(layout.header), "label": [str(column) for column in layout.label]}


def _credits(form: LayoutForm, table: Table, layout: Layout) -> list[Credit] | None:
    """What came in; ``None``, and why on the form, if a row is not one of a statement."""
    try:
        return rules.credits(table, layout)
    except StatementError as refusal:
        form.refuse_row(refusal)
        return None


def _import(content: bytes) -> ResponseReturnValue:
    """Keep what came in, if that is what was shown; else show it."""
    table = _table(content)
    form = LayoutForm()
    form.choose_in(table)
    if not form.validate():
        return _preview(form, content, Reading(table, None, None))
    layout = form.layout(table)
    found = _credits(form, table, layout)
    is_seen = form.shown.data == layout.to_text()
    if found is None or not is_seen or form.confirmed.data != "1":
        return _preview(form, content, Reading(table, layout, found))
    with transaction(db.session()) as session:
        kept.remember(session, table, layout)
        done = kept.import_credits(session, found, by=context.current.me)
    flash(
        ngettext(
            "%(num)s nouvelle ligne, %(known)s déjà connues.",
            "%(num)s nouvelles lignes, %(known)s déjà connues.",
            done.added,
            known=done.known,
        ),
        "success",
    )
    return redirect(url_for("intrarez.statement"), 303)


@dataclass(frozen=True, slots=True)
class Reading:
    """A file, and how it is read, if one knows."""

    table: Table
    layout: Layout | None
    credits: Sequence[Credit] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """All that the preview of a file shows."""

    #: The first credits, each with whether it is known.
    credits: Sequence[tuple[Credit, bool]]
    total: int
    total_cents: Cents
    known: int
    #: Whether one knows where the file says what.
    is_read: bool
    #: Whether the columns were changed since the last look.
    is_changed: bool
    names: Sequence[str]
    #: The beginning of the file: the number of each row, and its fields.
    rows: Sequence[tuple[int, Sequence[str]]]


def _preview(form: LayoutForm, content: bytes, reading: Reading) -> ResponseReturnValue:
    table, found = reading.table, reading.credits or ()
    known = payments.known_hashes(db.session(), [credit.digest for credit in found])
    was_shown = form.shown.data
    is_read = reading.layout is not None and reading.credits is not None
    form.shown.data = reading.layout.to_text() if reading.layout is not None and is_read else ""
    form.content.data = urlsafe_b64encode(content).decode()
    form.confirmed.data = ""
    header = form.header_of(table)
    rows = table.rows[header + 1 :][:_SHOWN_ROWS]
    preview = Preview(
        credits=[(credit, credit.digest in known) for credit in found[:_SHOWN]],
        total=len(found),
        total_cents=sum(credit.amount_cents for credit in found),
        known=len(known),
        is_read=is_read,
        is_changed=bool(was_shown) and was_shown != form.shown.data,
        names=names(table, header),
        rows=[(row.line, _shown_cells(row, table.width)) for row in rows],
    )
    return form.page("intrarez/statement_preview.html", preview=preview)


def _shown_cells(row: Row, width: int) -> list[str]:
    cells = [showable(" ".join(cell.split()))[:120] for cell in row.cells[:width]]
    return cells + [""] * (width - len(cells))
