"""A list of people out of a spreadsheet: a file in, the lines that name someone out."""

import base64
import binascii
import enum
import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from flask_babel import LazyString, lazy_gettext as _l

from app.core.emails import canonical_email
from app.core.sheets import is_formula
from app.core.tables import (
    SEPARATORS,
    UNREADABLE,
    MalformedTable,
    NotATable,
    Row,
    decoded_by_line,
    rows,
    squeezed,
)
from app.core.text import clean, comparison_key, has_forbidden, has_letter
from app.modules.promos.errors import (
    ColumnMissing,
    ColumnTwice,
    ListLost,
    ListTooBig,
    NobodyInTheList,
    NotAList,
    TooFewColumns,
    TooManyPeople,
)

#: The longest file, in bytes, and the most lines.
LONGEST, MOST = 2_000_000, 2_000
#: The longest name, and the longest address.
_LONGEST_NAME, _LONGEST_EMAIL = 64, 120
#: How much of a field is shown, and sent back: what is longer is refused anyway.
_KEPT = 160
#: How many rows tell the separator.
_LOOKED_AT = 60

#: What headers call each column, as names are compared; by what it is called here.
_NAMES = {
    "nom": ("nom", "noms", "nom de famille", "nom d usage", "last name", "lastname", "surname"),
    "prenom": ("prenom", "prenoms", "prenom d usage", "first name", "firstname", "given name"),
    "email": (
        *("email", "e mail", "mail", "courriel", "adresse email", "adresse e mail"),
        *("adresse mail", "adresse courriel", "email address", "mail address"),
    ),
}
_COLUMNS = tuple(_NAMES)
#: Where they are when nothing names them.
_PLACES = {"nom": 1, "prenom": 2, "email": 3}
_ENDS = re.compile("\r\n|\r|\n")
#: How Excel says which separator it wrote.
_SAID_SEPARATOR = re.compile(r"sep=(.)(?=[\r\n])", re.IGNORECASE)


class Fault(enum.StrEnum):
    """Why a line is refused, whatever the site knows."""

    unreadable = "unreadable"
    quotes = "quotes"
    columns = "columns"
    titles = "titles"
    formula = "formula"
    forbidden = "forbidden"
    no_name = "no_name"
    no_letter = "no_letter"
    long_name = "long_name"
    no_email = "no_email"
    bad_email = "bad_email"

    @property
    def label(self) -> LazyString:
        return _FAULTS[self]


_FAULTS = {
    Fault.unreadable: _l("accents illisibles : enregistrez le fichier en « CSV UTF-8 »"),
    Fault.quotes: _l("guillemets mal fermés"),
    Fault.columns: _l("ce ne sont pas les colonnes des autres lignes : vérifiez le séparateur"),
    Fault.titles: _l("ce sont des titres de colonnes"),
    Fault.formula: _l("une case commence comme une formule de tableur (=, +, -, @)"),
    Fault.forbidden: _l("caractère interdit"),
    Fault.no_name: _l("nom ou prénom manquant"),
    Fault.no_letter: _l("nom ou prénom sans lettre"),
    Fault.long_name: _l("nom ou prénom trop long : 64 caractères au plus"),
    Fault.no_email: _l("e-mail manquant"),
    Fault.bad_email: _l("cet e-mail n'est pas une adresse"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """Someone, as a line of the file names them."""

    #: Where it begins in the file, from 1.
    number: int
    nom: str
    prenom: str
    #: As it is compared, unless the line is refused.
    email: str
    fault: Fault | None = None

    @property
    def name_key(self) -> tuple[str, str]:
        """The names, as they are compared."""
        return comparison_key(self.nom), comparison_key(self.prenom)


def read(content: bytes) -> tuple[Line, ...]:
    """The people of a file: its encoding, its separator and its header are found.

    Only the three columns that are read leave this function.

    Raises:
        ListError: If it is no list, or too long a one.
    """
    if len(content) > LONGEST:
        raise ListTooBig
    try:
        text = decoded_by_line(content)
    except NotATable:
        raise NotAList from None
    separator, text = _separator(text)
    found, broken = _rows(text, separator)
    if max((len(row.cells) for row in found), default=0) < 2:
        raise NotAList
    columns = _columns(found[0].cells)
    people = found if columns is None else found[1:]
    if len(people) + len(broken) > MOST:
        raise TooManyPeople(count=len(people) + len(broken), most=MOST)
    if not people and not broken:
        raise NobodyInTheList
    width = len(found[0].cells) if columns else _usual_width(people)
    if columns is None and width <= max(_PLACES.values()):
        raise TooFewColumns
    lines = [_line(row, columns or _PLACES, width) for row in people]
    return tuple(sorted([*lines, *broken], key=lambda line: line.number))


def _separator(text: str) -> tuple[str, str]:
    """What separates the fields, and the text: without the line that says so, if there is one."""
    if (said := _SAID_SEPARATOR.match(text)) and said[1] in SEPARATORS:
        return said[1], text[said.end() :]
    return max(SEPARATORS, key=lambda one: _likelihood(text, one)), text


def _likelihood(text: str, separator: str) -> tuple[int, int]:
    """How well a separator cuts the first rows: columns that are named, rows that have three."""
    first = _ENDS.split(text, maxsplit=_LOOKED_AT)[:_LOOKED_AT]
    found = [row for line in first for row in _cut(line, separator)]
    named = len(set(map(_column, found[0].cells)) - {None}) if found else 0
    return named, sum(len(row.cells) >= len(_COLUMNS) for row in found)


def _cut(line: str, separator: str) -> list[Row]:
    """A line alone; nothing if its quotes do not end."""
    try:
        return list(islice(rows(line, separator), 1))
    except MalformedTable:
        return []


def _rows(text: str, separator: str) -> tuple[list[Row], list[Line]]:
    """The rows of a text, and the lines that are none for a quote astray."""
    try:
        return list(rows(text, separator)), []
    except MalformedTable:
        found, broken = [], []
        for number, line in enumerate(_ENDS.split(text), start=1):
            if cut := _cut(line, separator):
                found.append(Row(number, cut[0].cells))
            elif squeezed(line):
                broken.append(Line(number, _shown(line), "", "", Fault.quotes))
        return found, broken


def _column(name: str) -> str | None:
    """Which of the three columns a header calls so, if any."""
    key = comparison_key(name)
    return next((column for column, names in _NAMES.items() if key in names), None)


def _columns(names: Sequence[str]) -> dict[str, int] | None:
    """Where each column is, if this row names them.

    Raises:
        ColumnMissing, ColumnTwice: If it names some, but not each once.
    """
    found = [_column(name) for name in names]
    if not any(found) or any("@" in name for name in names):
        return None
    for column in _COLUMNS:
        if column not in found:
            raise ColumnMissing(column=column)
        if found.count(column) > 1:
            raise ColumnTwice(column=column)
    return {column: found.index(column) for column in _COLUMNS}


def _usual_width(found: Sequence[Row]) -> int:
    """How many columns most rows have."""
    counts = Counter(len(row.cells) for row in found)
    return counts.most_common(1)[0][0] if counts else 0


def _line(row: Row, columns: dict[str, int], width: int) -> Line:
    """Whom a row names, and why they are refused if they are."""
    filled = [index for index, cell in enumerate(row.cells) if squeezed(cell)]
    nom, prenom, email = (
        row.cells[columns[name]] if columns[name] < len(row.cells) else "" for name in _COLUMNS
    )
    if len(filled) < 2 or filled[-1] >= width:
        whole = " ".join(row.cells) if len(filled) < 2 else nom
        return Line(row.line, _shown(whole), _shown(prenom), _shown(email), Fault.columns)
    if _column(nom) and _column(prenom) and _column(email):
        return Line(row.line, _shown(nom), _shown(prenom), _shown(email), Fault.titles)
    return checked(row.line, nom, prenom, email)


def checked(number: int, nom: str, prenom: str, email: str) -> Line:
    """Someone, as they were written; why they are refused, if they are."""
    fault = _fault(nom, prenom, email)
    line = Line(number, _shown(nom), _shown(prenom), _shown(email), fault)
    return replace(line, email=canonical_email(line.email) or line.email) if not fault else line


def _fault(nom: str, prenom: str, email: str) -> Fault | None:
    """The first thing wrong with what is written of someone."""
    cells = (nom, prenom, email)
    if any(map(_is_garbled, cells)):
        return Fault.unreadable
    if any(is_formula(cell) or is_formula(cell.strip()) for cell in cells):
        return Fault.formula
    if any(has_forbidden(cell.strip()) for cell in cells):
        return Fault.forbidden
    return _fault_of_names(squeezed(nom), squeezed(prenom)) or _fault_of_email(squeezed(email))


def _fault_of_names(nom: str, prenom: str) -> Fault | None:
    names = (clean(nom), clean(prenom))
    if not all(names):
        return Fault.no_name
    if not all(has_letter(name) and comparison_key(name) for name in names):
        return Fault.no_letter
    return Fault.long_name if any(len(name) > _LONGEST_NAME for name in names) else None


def _fault_of_email(email: str) -> Fault | None:
    if not email:
        return Fault.no_email
    address = canonical_email(email) if len(email) <= _LONGEST_EMAIL else None
    return Fault.bad_email if address is None or len(address) > _LONGEST_EMAIL else None


def _is_garbled(text: str) -> bool:
    """Whether a text holds what is no character, or UTF-8 that was read as something else."""
    if UNREADABLE in text:
        return True
    try:
        return not text.isascii() and text.encode("cp1252").decode() != text
    except UnicodeError:
        return False


def _shown(text: str) -> str:
    """What a page may show of a field, and a form send back."""
    flat = squeezed(clean(text))[:_KEPT]
    return "".join(letter for letter in flat if not has_forbidden(letter))


# What the preview holds


def packed(lines: Sequence[Line]) -> str:
    """The lines of a file, for a form to send them back: nothing else of the file is kept."""
    values = [[line.number, line.nom, line.prenom, line.email, line.fault] for line in lines]
    return pack(values)


def unpacked(text: str) -> tuple[Line, ...]:
    """The lines that were packed so.

    Raises:
        ListLost: If it is nonsense.
    """
    lines = []
    for number, nom, prenom, email, fault in unpack(text, width=5):
        line = checked(number, nom, prenom, email)
        try:
            lines.append(replace(line, fault=Fault(fault)) if fault else line)
        except ValueError:
            raise ListLost from None
    numbers = [line.number for line in lines]
    if len(set(numbers)) < len(numbers):
        raise ListLost
    return tuple(lines)


def pack(values: Sequence[Sequence[Any]]) -> str:
    """Rows of plain values, as a form sends them."""
    text = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode()


def unpack(text: str, *, width: int) -> list[Any]:
    """The rows that were packed so: each a number, then texts.

    Raises:
        ListLost: If it is nonsense.
    """
    try:
        values = json.loads(base64.b64decode(text.encode("ascii"), altchars=b"-_", validate=True))
    except (ValueError, binascii.Error, RecursionError):
        raise ListLost from None
    found = values if isinstance(values, list) else []
    if not 0 < len(found) <= MOST or not all(_is_row(row, width) for row in found):
        raise ListLost
    return found


def _is_row(row: Any, width: int) -> bool:
    """Whether something from outside is a number, three texts, then texts or nothing."""
    return (
        isinstance(row, list)
        and len(row) == width
        and type(row[0]) is int
        and 0 < row[0] <= LONGEST
        and all(isinstance(cell, str) for cell in row[1:4])
        and all(isinstance(cell, str | None) for cell in row[4:])
    )
