"""The archive of what the site knows of someone: a file for each table (network-a 3.11)."""

import base64
import enum
import json
from collections.abc import Iterator
from datetime import date, datetime
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile

import sqlalchemy as sa
from flask_babel import force_locale, gettext as _
from sqlalchemy.orm import Session

from app.core import clock
from app.models import PCeen
from app.models.personal import CARE, Care, table

#: Rows read at a time.
_AT_ONCE = 500


def write(session: Session, *, pceen: PCeen, file: IO[bytes]) -> None:
    """Write the archive of someone, a few rows at a time."""
    counts: list[tuple[str, str, int]] = []
    with force_locale(pceen.locale or "fr"), ZipFile(file, "w", ZIP_DEFLATED) as archive:
        for name, care in CARE.items():
            with archive.open(f"{name}.json", "w") as part:
                count = _write_rows(part, _rows(session, name, care, pceen))
            counts.append((f"{name}.json", str(care.label), count))
        archive.writestr(_("LISEZ-MOI.txt"), _readme(pceen, counts))


def _rows(session: Session, name: str, care: Care, pceen: PCeen) -> Iterator[dict[str, Any]]:
    """The rows of a table that are about someone: their personal columns."""
    place, shown = table(name), care.shows(pceen)
    columns = [shown.get(one, place.c[one]).label(one) for one in care.personal]
    stmt = (
        sa.select(*columns)
        .select_from(place)
        .where(care.about(pceen), sa.not_(care.hides(pceen)))
        .order_by(*place.primary_key.columns)
        .execution_options(yield_per=_AT_ONCE)
    )
    for row in session.execute(stmt).mappings():
        yield dict(row)


def _write_rows(part: IO[bytes], rows: Iterator[dict[str, Any]]) -> int:
    """Write rows as one JSON list; say how many there are."""
    count = 0
    part.write(b"[")
    for row in rows:
        text = json.dumps(row, ensure_ascii=False, indent=2, default=_plain)
        part.write((",\n" if count else "\n").encode() + text.encode())
        count += 1
    part.write(b"\n]\n" if count else b"]\n")
    return count


def _plain(value: object) -> object:
    """A value of a column, as JSON writes it."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, enum.Enum):
        return value.value
    return str(value)


def _readme(pceen: PCeen, counts: list[tuple[str, str, int]]) -> str:
    lines = [
        _("Ce que PC est magique sait de %(name)s.", name=pceen.full_name),
        _("Archive faite le %(day)s.", day=clock.today().strftime("%d/%m/%Y")),
        "",
        _("Un fichier par sorte de donnée, en JSON : il s'ouvre avec un éditeur de texte."),
        _("Les sommes sont en centimes, les instants en temps universel."),
        _("Ce qui est secret (mots de passe, clés, codes) et qui est à d'autres n'y est pas."),
        "",
        *(f"{file:24} {count:6}  {label}" for file, label, count in counts),
        "",
    ]
    return "\r\n".join(lines)
