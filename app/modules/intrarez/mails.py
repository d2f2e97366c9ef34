"""What the network writes."""

from dataclasses import dataclass
from typing import ClassVar

from flask_babel import lazy_gettext as _l

from app.integrations.mailer import Mail


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesNotWritten(Mail):
    """Tell the GRIs that the DHCP rules could not be written."""

    kind: ClassVar = "intrarez.rules_not_written"
    template: ClassVar = "intrarez/mails/rules_not_written.html"
    subject: ClassVar = _l("Alerte : les règles DHCP ne sont pas à jour")

    cause: str
