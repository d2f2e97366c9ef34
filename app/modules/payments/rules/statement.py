"""The statement of a bank account: a file in, what came to the account out."""

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from itertools import islice
from typing import Any

from app.core.money import Cents
from app.core.tables import (
    SEPARATORS,
    MalformedTable,
    NotATable,
    Row,
    decoded,
    rows as rows_of,
    squeezed,
)
from app.core.text import comparison_key
from app.modules.payments.errors import (
    BothWays,
    LayoutUnknown,
    MalformedStatement,
    NotAStatement,
    StatementTooLong,
    TooManyFields,
    UnreadableAmount,
    UnreadableDate,
)

#: A file is never longer, in bytes.
LONGEST = 5 * 1024 * 1024
#: Labels are cut there.
LONGEST_LABEL = 255

#: How far a header may be from the top, in rows.
_PREAMBLE = 60
#: The largest amount, in cents: what the database holds.
_LARGEST: Cents = 2**31 - 1
_FIRST_YEAR = 2000

_DAY = re.compile(r"([0-9]{2})/([0-9]{2})/([0-9]{4})")
_ISO_DAY = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?)?"
)
_AMOUNT = re.compile(
    r"""
    (?P<sign>[+\u2212-]?) \ ?
    (?: (?P<plain>[0-9]+) (?:[,.](?P<cents>[0-9]{1,2}))?
      | (?P<spaced>[0-9]{1,3}(?:\ [0-9]{3})+) (?:[,.](?P<spaced_cents>[0-9]{1,2}))?
      | (?P<dotted>[0-9]{1,3}(?:\.[0-9]{3})+) ,(?P<dotted_cents>[0-9]{1,2})
    )
    (?:\ ?(?:€|EUR))?
    """,
    re.VERBOSE | re.IGNORECASE,
)

#: Words of a header that say nothing of what a column holds.
_IDLE = frozenset(("d", "de", "du", "des", "la", "le", "l", "en", "eur", "euro", "euros"))
#: What headers call each column; of dates, the first that there is.
_DATES = (
    "date operation local",
    "operation date local",
    "date comptabilisation",
    "date comptable",
    "date ecriture",
    "date operation",
    "operation date",
    "dateop",
    "date op",
    "booking date",
    "transaction date",
    "date transaction",
    "date",
    "settlement date local",
    "date valeur local",
    "date operation utc",
    "operation date utc",
    "settlement date utc",
    "settlement date",
    "date valeur",
    "date valeur utc",
    "dateval",
    "value date",
)
_AMOUNTS = (
    "montant",
    "montant operation",
    "montant transaction",
    "montant total ttc",
    "amount",
    "total amount incl vat",
)
_CREDITS = ("credit", "credits", "montant credit", "montant au credit", "credit amount", "paid in")
_DEBITS = ("debit", "debits", "montant debit", "montant au debit", "debit amount", "paid out")
_LABELS = frozenset(
    (
        "libelle",
        "libelle operation",
        "libelle simplifie",
        "libelle court",
        "libelle complementaire",
        "label",
        "description",
        "nature",
        "nature operation",
        "intitule",
        "communication",
        "motif",
        "detail",
        "details",
        "detail ecriture",
        "detail operation",
        "informations complementaires",
        "reference",
        "payment reference",
        "nom contrepartie",
        "contrepartie",
        "counterparty name",
        "partner name",
        "payee",
        "note",
    )
)
#: How a row that is no operation begins.
_SUMS = re.compile(r"(?:(?:sous|nouveau|ancien) )?(?:totaux|total|solde|balance)\b")


@dataclass(frozen=True, slots=True)
class Table:
    """A file, cut into rows; those that are empty are left out."""

    separator: str
    rows: tuple[Row, ...]
    #: Which of the rows names the columns; -1 if none does.
    header: int

    @property
    def names(self) -> tuple[str, ...]:
        """What the header calls the columns."""
        return self.rows[self.header].cells if self.header >= 0 else ()

    @property
    def width(self) -> int:
        """How many columns there are, below the header."""
        return max((len(row.cells) for row in self.rows[max(self.header, 0) :]), default=0)

    @property
    def signature(self) -> str:
        """What the exports of one bank share: the same columns; empty without a header."""
        return "|".join(map(comparison_key, self.names))


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a file says what: indices of its columns, and of the row of its header."""

    separator: str
    #: -1 if no row names the columns.
    header: int
    date: int
    #: Several are joined.
    label: tuple[int, ...]
    #: Signed; or else *credit*, and perhaps *debit*.
    amount: int | None = None
    credit: int | None = None
    debit: int | None = None

    @property
    def columns(self) -> tuple[int, ...]:
        """All the columns that are read."""
        amounts = (self.amount, self.credit, self.debit)
        return (self.date, *self.label, *(index for index in amounts if index is not None))

    def on(self, table: Table) -> "Layout":
        """The same columns in another file of the bank, whose preamble may be longer."""
        return replace(self, separator=table.separator, header=table.header)

    def to_text(self) -> str:
        """To be remembered, or posted by a form."""
        values = {name: getattr(self, name) for name in self.__slots__}
        return json.dumps(values, separators=(",", ":"))

    @classmethod
    def from_text(cls, text: str) -> "Layout":
        """The layout that was written so.

        Raises:
            LayoutUnknown: If it is not one.
        """
        try:
            values = json.loads(text)
            layout = cls(**{**values, "label": tuple(values["label"])})
        except (ValueError, TypeError, KeyError, RecursionError):
            raise LayoutUnknown from None
        if not _is_sound(layout):
            raise LayoutUnknown
        return layout


@dataclass(frozen=True, slots=True)
class Credit:
    """An amount that came to the account."""

    #: Where it begins in the file, from 1.
    line: int
    day: date
    label: str
    amount_cents: Cents
    #: How many equal ones come before it in the file.
    rank: int

    @property
    def digest(self) -> str:
        """What makes it the same in every file that has it."""
        parts = (self.day.isoformat(), str(self.amount_cents), self.label, str(self.rank))
        return sha256("\n".join(parts).encode()).hexdigest()


def read_table(content: bytes) -> Table:
    """Cut a file into rows: its encoding, its separator and its header are found.

    Raises:
        StatementTooLong: If it is longer than any statement.
        NotAStatement: If it is no text, or has no columns.
        MalformedStatement: If a quoted field does not end as it should.
    """
    text = _decoded(content)
    separator = max(SEPARATORS, key=lambda separator: _likelihood(text, separator))
    rows = tuple(_rows(text, separator))
    if max((len(row.cells) for row in rows), default=0) < 2:
        raise NotAStatement
    header = next((i for i, row in enumerate(rows[:_PREAMBLE]) if _columns(row.cells)), -1)
    return Table(separator, rows, header)


def guess(table: Table) -> Layout:
    """Which columns say what, after their names.

    Raises:
        LayoutUnknown: If their names do not tell, or if two say the same.
    """
    columns = _columns(table.names)
    if columns is None:
        raise LayoutUnknown
    return replace(columns, separator=table.separator, header=table.header)


def credits(table: Table, layout: Layout) -> list[Credit]:  # noqa: A001  # what a bank calls them
    """What came to the account: debits are left out, so are the sums of the bank.

    A row is a sum when it stands before or after all the operations, has no
    date, and begins by the word total or balance, in French or in English.
    Any other row must be an operation.

    Raises:
        LayoutUnknown: If the file has no such columns, or another header.
        MalformedStatement: If a row is not an operation; its line is told.
    """
    if not _is_sound(layout) or not _fits(table, layout):
        raise LayoutUnknown
    names = len(table.rows[layout.header].cells) if layout.header >= 0 else 0
    found: list[Credit] = []
    seen: Counter[tuple[date, str, Cents]] = Counter()
    for row in _operations(table.rows[layout.header + 1 :], layout):
        if names and any(map(squeezed, row.cells[names:])):
            raise TooManyFields(line=row.line)
        day, label = _day(row, layout.date), _label(row, layout.label)
        amount_cents = _credited(row, layout)
        if amount_cents > 0:
            key = (day, label, amount_cents)
            found.append(Credit(row.line, day, label, amount_cents, seen[key]))
            seen[key] += 1
    return found


def parse_day(text: str) -> date | None:
    """A day as banks write it: ``24/11/2026`` or ``2026-11-24``, then a time or not."""
    text = text.strip()
    if match := _DAY.fullmatch(text):
        day, month, year = map(int, match.groups())
    elif match := _ISO_DAY.fullmatch(text):
        year, month, day = map(int, match.groups())
    else:
        return None
    if year < _FIRST_YEAR:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def parse_amount(text: str) -> Cents | None:
    """An amount as banks write it: ``15,00``, ``-15.00``, ``1 234,56 €`` or ``1.234,56``."""
    match = _AMOUNT.fullmatch(squeezed(text))
    if match is None:
        return None
    whole = match["plain"] or match["spaced"] or match["dotted"]
    cents = match["cents"] or match["spaced_cents"] or match["dotted_cents"] or ""
    digits = re.sub(r"[ .]", "", whole).lstrip("0") + cents.ljust(2, "0")
    if len(digits) > len(str(_LARGEST)) or int(digits) > _LARGEST:
        return None
    return int(digits) if match["sign"] in ("", "+") else -int(digits)


def _decoded(content: bytes) -> str:
    """The text of a file."""
    if len(content) > LONGEST:
        raise StatementTooLong
    try:
        return decoded(content)
    except NotATable:
        raise NotAStatement from None


def _rows(text: str, separator: str) -> Iterator[Row]:
    """The rows of a text that are not empty."""
    try:
        yield from rows_of(text, separator)
    except MalformedTable as fault:
        raise MalformedStatement(line=fault.line) from None


def _likelihood(text: str, separator: str) -> tuple[int, int]:
    """How well a separator cuts the first rows: columns that are known, columns."""
    widths: Counter[int] = Counter()
    known = 0
    try:
        for row in islice(_rows(text, separator), _PREAMBLE):
            widths[len(row.cells)] += len(row.cells) > 1
            if layout := _columns(row.cells):
                known = max(known, len(layout.columns))
    except MalformedStatement:
        pass  # told, if this separator is the one
    return known, max(widths.values(), default=0)


def _columns(names: Sequence[str]) -> Layout | None:
    """What the columns of a header say, or ``None`` if that is none."""
    keys = [" ".join(w for w in comparison_key(n).split() if w not in _IDLE) for n in names]
    credit, debit = _only(keys, _CREDITS), _only(keys, _DEBITS)
    amount = None if credit is not None else _only(keys, _AMOUNTS)
    day = next((keys.index(name) for name in _DATES if keys.count(name) == 1), None)
    label = tuple(index for index, key in enumerate(keys) if key in _LABELS)
    if day is None or not label or (amount is None and credit is None):
        return None
    return Layout("", 0, day, label, amount, credit, debit if credit is not None else None)


def _only(keys: Sequence[str], names: Sequence[str]) -> int | None:
    """The one column that has one of these names."""
    found = [index for index, key in enumerate(keys) if key in names]
    return found[0] if len(found) == 1 else None


def _is_sound(layout: Layout) -> bool:
    """Whether a layout could be that of a file."""
    return (
        layout.separator in SEPARATORS
        and _is_index(layout.header, least=-1)
        and all(map(_is_index, layout.columns))
        and len(set(layout.columns)) == len(layout.columns)
        and layout.label != ()
        and (layout.amount is None) != (layout.credit is None)
        and (layout.debit is None or layout.credit is not None)
    )


def _is_index(value: Any, *, least: int = 0) -> bool:
    """Whether something from outside is an index."""
    return type(value) is int and value >= least


def _fits(table: Table, layout: Layout) -> bool:
    """Whether a file has the columns of a layout."""
    return (
        layout.separator == table.separator
        # another header would hide what stands above it
        and table.header in (-1, layout.header)
        and layout.header < len(table.rows)
        and max(layout.columns) < table.width
    )


def _operations(rows: Sequence[Row], layout: Layout) -> Sequence[Row]:
    """The rows below a header, without the sums that stand at both ends."""
    first, last = 0, len(rows)
    while first < last and _is_sum(rows[first], layout):
        first += 1
    while last > first and _is_sum(rows[last - 1], layout):
        last -= 1
    return rows[first:last]


def _is_sum(row: Row, layout: Layout) -> bool:
    """Whether a row is a total or a balance, and has no date."""
    words = [key for cell in row.cells if (key := comparison_key(cell))]
    dated = _cell(row, layout.date)
    return bool(words and _SUMS.match(words[0])) and (
        not squeezed(dated) or comparison_key(dated) == words[0]
    )


def _cell(row: Row, index: int) -> str:
    """A field of a row, empty if the row is too short."""
    return row.cells[index] if index < len(row.cells) else ""


def _day(row: Row, index: int) -> date:
    """The date of an operation."""
    day = parse_day(squeezed(_cell(row, index)))
    if day is None:
        raise UnreadableDate(line=row.line, text=squeezed(_cell(row, index))[:40])
    return day


def _label(row: Row, indices: Sequence[int]) -> str:
    """What an operation is about; what two columns both say is said once."""
    parts: list[str] = []
    for index in indices:
        part = squeezed(unicodedata.normalize("NFC", _cell(row, index)))
        if part and not any(part in other for other in parts):
            parts = [other for other in parts if other not in part] + [part]
    return " ".join(parts)[:LONGEST_LABEL].rstrip()


def _credited(row: Row, layout: Layout) -> Cents:
    """What a row adds to the account; nothing, or less, if it takes from it."""
    if layout.amount is not None:
        return _amount(row, layout.amount)
    if layout.credit is None:
        raise LayoutUnknown
    if layout.debit is None:
        return _amount(row, layout.credit, empty=0)
    credit, debit = _amount(row, layout.credit, empty=0), _amount(row, layout.debit, empty=0)
    if credit and debit:
        raise BothWays(line=row.line)
    if not squeezed(_cell(row, layout.credit) + _cell(row, layout.debit)):
        raise UnreadableAmount(line=row.line, text="")
    return credit


def _amount(row: Row, index: int, *, empty: Cents | None = None) -> Cents:
    """The amount in a field."""
    text = squeezed(_cell(row, index))
    amount_cents = parse_amount(text) if text else empty
    if amount_cents is None:
        raise UnreadableAmount(line=row.line, text=text[:40])
    return amount_cents
