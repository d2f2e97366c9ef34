"""What is asked of roles."""

import re

from flask_babel import gettext as _, lazy_gettext as _l
from wtforms import SelectField, ValidationError
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # stubs lag

from app.enums import PermissionScope, PermissionType
from app.modules.gris.rules.covering import Held
from app.modules.gris.service.roles import Looks
from app.web.forms import CreationForm, EditForm, Form, NumberField, TextField

_COLOR = re.compile(r"#?([0-9A-Fa-f]{6})")


class _LooksFields:
    """What a role is called, where it stands, and its colour."""

    name = TextField(_l("Nom"), render_kw={"autocomplete": "off"})
    index = NumberField(
        _l("Ordre"),
        default=1000,
        maximum=1_000_000,
        description=_l("Les plus petits viennent en premier."),
    )
    color = TextField(
        _l("Couleur"),
        maximum=7,
        required=False,
        description=_l("Six chiffres hexadécimaux, comme 64b9e9. Sans couleur, le rôle est gris."),
        render_kw={"autocapitalize": "none", "spellcheck": "false", "autocomplete": "off"},
    )

    def validate_color(self, field: TextField) -> None:
        """Ask for a colour as pages write them, and keep its digits."""
        if not field.data:
            return
        typed = _COLOR.fullmatch(field.data)
        if typed is None:
            raise ValidationError(
                _("Écrivez six chiffres hexadécimaux, de 0 à 9 et de a à f. Exemple : 64b9e9.")
            )
        field.data = typed[1]

    @property
    def looks(self) -> Looks:
        """What is asked, once the form is valid."""
        return Looks(name=self.name.text, index=self.index.number, color=self.color.data or None)


class NewRoleForm(_LooksFields, CreationForm):
    """A new role."""


class RoleForm(_LooksFields, EditForm):
    """What changes of a role."""


class DeleteRoleForm(Form):
    """How many people lose the role that goes."""

    holders = NumberField(
        _l("Nombre de personnes"), description=_l("Recopiez combien de personnes ont ce rôle.")
    )


class GiveRoleForm(Form):
    """Which role to give."""

    role = NumberField(_l("Rôle"))


class PermissionForm(Form):
    """What a role is to allow."""

    type = SelectField(
        _l("Permettre de"), choices=[SelectChoice(one.value, one.label) for one in PermissionType]
    )
    scope = SelectField(
        _l("Domaine"), choices=[SelectChoice(one.value, one.label) for one in PermissionScope]
    )
    ref_id = NumberField(_l("Élément"), required=False)

    @property
    def right(self) -> Held:
        """What is asked, once the form is valid."""
        return Held(
            PermissionType[str(self.type.data)],
            PermissionScope[str(self.scope.data)],
            self.ref_id.data,
        )
