"""What was done, by whom, for whom: read, filtered, taken away."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.routing import BuildError

from app import context
from app.core.pagination import Page
from app.core.sheets import Column, Kind, Value
from app.extensions import db
from app.models import AuditEvent
from app.modules.operations.forms.audit import AuditFilterForm
from app.modules.operations.queries import audit as queries
from app.modules.operations.queries.audit import Wanted
from app.modules.operations.routes.blueprint import bp
from app.web.actions import kind_said, said
from app.web.asked import asked_day, asked_number, asked_page, asked_text
from app.web.downloads import asked_sheet, table_download

_WORD = re.compile(r"[A-Za-z_.]{1,64}", re.ASCII)
#: The page of each thing that has one.
_PAGES = {
    "PCeen": "gris.pceen",
    "Payment": "payments.payment",
    "Role": "gris.role",
    "TaskRun": "operations.task_run",
    "ContactMessage": "contact.message",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One event, ready to be read."""

    event: AuditEvent
    said: str
    about: str
    #: The page of what it is about.
    url: str | None
    changes: Sequence[tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class AuditPage:
    """All that the page shows."""

    wanted: Wanted
    found: Page[AuditEvent]
    lines: Sequence[Line]
    form: AuditFilterForm

    @property
    def filters(self) -> dict[str, str]:
        """What is wanted, text apart, as the address of the page says it."""
        wanted = self.wanted
        said_so = {
            "action": wanted.action,
            "kind": wanted.kind,
            "key": wanted.key,
            "since": wanted.since,
            "until": wanted.until,
        }
        return {name: str(value) for name, value in said_so.items() if value not in ("", None)}


@bp.get("/gris/audit")
@context.gris_only
def audit() -> ResponseReturnValue:
    """What was done, the latest first."""
    session, wanted = db.session(), _wanted()
    if sheet := asked_sheet():
        events = queries.all_of(session, wanted)
        taken = _lines(events, queries.names_of(session, events))
        return table_download(_("journal"), _("Journal"), _columns(), _rows(taken), sheet)
    found = queries.page_of(session, wanted)
    lines = list(_lines(found.items, queries.names_of(session, found.items)))
    form = AuditFilterForm.of(wanted, kinds=queries.kinds(session))
    page = AuditPage(wanted, found, lines, form)
    return render_template("operations/audit.html", page=page)


def _wanted() -> Wanted:
    """Read the address; what it does not say, or says wrong, takes its default."""
    args = request.args
    return Wanted(
        text=asked_text(),
        action=_word(args.get("action", "")),
        kind=_word(args.get("kind", "")),
        key=asked_number("key"),
        since=asked_day("since"),
        until=asked_day("until"),
        number=asked_page(),
    )


def _word(text: str) -> str:
    return text if _WORD.fullmatch(text) else ""


def _lines(events: Sequence[AuditEvent], names: Mapping[int, str]) -> Iterator[Line]:
    for event in events:
        yield Line(event, said(event.action), _about(event, names), _url(event), _changes(event))


def _about(event: AuditEvent, names: Mapping[int, str]) -> str:
    """What an event is about: a person's name, else a kind of thing and its number."""
    if event.object_id is None:
        return kind_said(event.object_type or "")
    if event.object_type == "PCeen":
        return names.get(event.object_id, f"PCéen {event.object_id}")
    return f"{kind_said(event.object_type or '')} {event.object_id}"


def _url(event: AuditEvent) -> str | None:
    endpoint = _PAGES.get(event.object_type or "")
    if endpoint not in current_app.view_functions or event.object_id is None:
        return None
    try:
        return url_for(endpoint, key=event.object_id)
    except BuildError:
        return None


def _changes(event: AuditEvent) -> list[tuple[str, str, str]]:
    """Each value, before and after; what was nothing and still is, is not told."""
    before, after = event.before or {}, event.after or {}
    keys = [k for k in {**before, **after} if (before.get(k), after.get(k)) != (None, None)]
    return [(key, _value(before, key), _value(after, key)) for key in keys]


def _value(values: Mapping[str, Any], key: str) -> str:
    if values.get(key) is None:
        return ""
    value = values[key]
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 200 else f"{text[:200]}…"


def _columns() -> list[Column]:
    return [
        Column(_("Numéro"), Kind.number),
        Column(_("Quand"), Kind.instant),
        Column(_("Qui")),
        Column(_("À la place de")),
        Column(_("Action")),
        Column(_("Quoi")),
        Column(_("Avant")),
        Column(_("Après")),
        Column(_("Raison")),
        Column(_("Adresse")),
    ]


def _rows(lines: Iterator[Line]) -> Iterator[Sequence[Value]]:
    for line in lines:
        event = line.event
        yield (
            event.id,
            event.at,
            _name(event.actor_id, event.actor),
            _name(event.as_id, event.target),
            event.action,
            line.about,
            json.dumps(event.before, ensure_ascii=False) if event.before else None,
            json.dumps(event.after, ensure_ascii=False) if event.after else None,
            event.reason,
            event.address,
        )


def _name(key: int | None, pceen: Any) -> str | None:
    if key is None:
        return None
    return str(pceen.full_name) if pceen is not None else f"PCéen {key}"
