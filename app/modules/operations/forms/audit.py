"""Which events are asked for."""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _, lazy_gettext as _l
from wtforms import SelectField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # stubs lag

from app.modules.operations.queries.audit import Wanted
from app.web.actions import kind_said
from app.web.forms import DateField, Form, NumberField

#: The parts of the site that write down what is done, as their actions begin.
_AREAS = (
    ("", _l("Toutes")),
    ("account", _l("Comptes")),
    ("account.login", _l("Connexions")),
    ("gris", _l("Rôles et GRI")),
    ("gris.doas", _l("Actions à la place de quelqu'un")),
    ("intrarez", _l("Réseau")),
    ("intrarez.ban", _l("Suspensions")),
    ("payments", _l("Argent")),
    ("operations", _l("Fonctionnement du site")),
    ("contact", _l("Contact")),
)


class AuditFilterForm(Form):
    """The filters of the page."""

    action = SelectField(_l("Action"), choices=[SelectChoice(v, text) for v, text in _AREAS])
    kind = SelectField(_l("À propos de"))
    key = NumberField(_l("Son numéro"), required=False)
    since = DateField(_l("Depuis le"), required=False)
    until = DateField(_l("Jusqu'au"), required=False)

    @classmethod
    def of(cls, wanted: Wanted, *, kinds: Sequence[str]) -> "AuditFilterForm":
        """The form that the address would be the answer of."""
        form = cls(
            formdata=None,
            data={
                "action": wanted.action,
                "kind": wanted.kind,
                "key": wanted.key,
                "since": wanted.since,
                "until": wanted.until,
            },
        )
        form.kind.choices = [
            SelectChoice("", _("Tout")),
            *(SelectChoice(k, kind_said(k)) for k in kinds),
        ]
        if wanted.action not in dict(_AREAS):
            choices: list[Any] = [*(form.action.choices or ())]
            form.action.choices = [*choices, SelectChoice(wanted.action, wanted.action)]
        return form
