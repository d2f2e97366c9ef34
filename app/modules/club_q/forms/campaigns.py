"""Mails to everybody, as the team prepares them."""

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l
from wtforms import SelectMultipleField

from app.models import PCeen
from app.modules.club_q.service.campaigns import Draft
from app.web.forms import CreationForm, DateField, EmailField, LinkField, NumberField, TextField


class CampaignForm(CreationForm):
    """What the mails are to say, and to whom."""

    reply_to = EmailField(
        _l("Réponses à"), description=_l("Qui lit ce que les gens répondent à ces mails.")
    )
    link_sav = LinkField(
        _l("Lien du service après-vente"), name="link_SAV", maximum=200, required=False
    )
    date_sav = DateField(_l("Service après-vente jusqu'au"), name="date_SAV", required=False)
    date_payement = DateField(_l("À payer avant le"), required=False)
    threshold = NumberField(
        _l("Laisser de côté les premiers"),
        required=False,
        description=_l("Combien de destinataires sauter, dans l'ordre des noms. Vide : 0."),
    )
    added = SelectMultipleField(_l("Écrire aussi à"), coerce=int)
    confirm = TextField(_l("Nom de la saison, pour un second envoi"), maximum=64, required=False)

    def offer(self, without: Sequence[PCeen]) -> None:
        """Those who wish for something, may not open Club Q, and may be mailed all the same."""
        self.added.choices = [(one.id, one.full_name) for one in without]

    def draft(self) -> Draft:
        """What was typed, once the form is valid."""
        return Draft(
            reply_to=self.reply_to.text,
            link_sav=self.link_sav.text,
            date_sav=self.date_sav.data,
            date_payement=self.date_payement.data,
            threshold=self.threshold.data or 0,
            added=frozenset(self.added.data or ()),
            confirm=self.confirm.text,
        )
