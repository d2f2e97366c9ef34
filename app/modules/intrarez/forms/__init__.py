"""What the network asks."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from flask_babel import gettext as _, lazy_gettext as _l
from wtforms import BooleanField, HiddenField, RadioField, SelectField, ValidationError
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # stubs lag

from app.core import clock
from app.core.dates import Span
from app.enums import PaymentMethod
from app.models import Ban, Offer, Rental
from app.modules.intrarez.rules.offers import SeededOffer
from app.web.forms import (
    CreationForm,
    DateField,
    EditForm,
    EurosField,
    Form,
    InstantField,
    LongTextField,
    NumberField,
    PhoneField,
    TextField,
)

_NAME = _l("Nom de l'appareil")
_TYPE = _l("Type d'appareil")


class RoomForm(CreationForm):
    """The room one takes, and since when."""

    room = NumberField(
        _l("Numéro de la chambre"),
        maximum=9999,
        description=_l("Celui de la porte : 312, par exemple."),
        render_kw={"inputmode": "numeric", "autocomplete": "off"},
    )
    start = DateField(_l("J'y habite depuis le"), default=clock.today)
    end = DateField(
        _l("Je la quitte le"),
        required=False,
        description=_l("Laissez vide si vous ne le savez pas encore."),
    )


class TakeRoomForm(RoomForm):
    """The room one takes, be it someone's."""

    #: The rental that was shown, by who goes on all the same.
    take_over = HiddenField()

    @property
    def rental_id(self) -> int | None:
        """The rental that the person agrees to end; ``None`` for nonsense, or for none."""
        text = str(self.take_over.data or "")
        is_number = text.isascii() and text.isdigit() and len(text) < 10
        return int(text) if is_number else None


class ClaimForm(RoomForm):
    """A room that one asks the GRIs for."""

    message = LongTextField(
        _l("Votre message aux GRI"),
        required=False,
        description=_l("Ce qui les aide à décider : votre contrat, la date de votre arrivée…"),
    )


class ContestForm(Form):
    """A room that is still one's own."""

    message = LongTextField(
        _l("Votre message aux GRI"),
        required=False,
        description=_l("Tout ce qui les aide à comprendre."),
    )


class DecisionForm(Form):
    """What the GRIs answer to a claim."""

    accepted = RadioField(
        _l("Décision"),
        choices=[
            SelectChoice("1", _l("Donner la chambre à qui la demande")),
            SelectChoice("0", _l("La laisser où elle est")),
        ],
    )
    note = TextField(
        _l("Réponse"), maximum=500, required=False, description=_l("Les deux personnes la lisent.")
    )


class GriRoomForm(RoomForm):
    """The room that a GRI gives to someone."""

    reason = TextField(_l("Raison"), maximum=255)


class GriLeaveForm(Form):
    """The day on which, a GRI says, someone left."""

    end = DateField(_l("Parti le"), default=clock.today)
    reason = TextField(_l("Raison"), maximum=255)


class BanForm(CreationForm):
    """Why someone is banned, and for how long."""

    unlimited = BooleanField(_l("Jusqu'à nouvel ordre"), default=True)
    months = NumberField(_l("Mois"), maximum=120, required=False)
    days = NumberField(_l("Jours"), maximum=366, required=False)
    hours = NumberField(_l("Heures"), maximum=8760, required=False)
    reason = TextField(_l("Raison"), maximum=32, description=_l("Affichée partout, très courte."))
    message = LongTextField(_l("Message"), required=False)
    notify = BooleanField(_l("Prévenir par mail"), default=True)

    @property
    def span(self) -> Span | None:
        """How long it lasts, once the form is valid; ``None``: until further notice."""
        if self.unlimited.data:
            return None
        return Span(self.months.data or 0, self.days.data or 0, self.hours.data or 0)


class BanEditForm(EditForm):
    """What a ban says, and its end as a date: last, before the buttons that put it off."""

    reason = TextField(_l("Raison"), maximum=32)
    message = LongTextField(_l("Message"), required=False)
    notify = BooleanField(_l("Prévenir par mail"), default=True)
    unlimited = BooleanField(_l("Jusqu'à nouvel ordre"))
    ends_at = InstantField(_l("Fin"), required=False)

    @property
    def typed_end(self) -> datetime | None:
        """The end, once the form is valid; ``None``: until further notice."""
        return None if self.unlimited.data else self.ends_at.data

    def validate_ends_at(self, field: InstantField) -> None:
        """Ask for an end, unless there is none."""
        if not self.unlimited.data and field.data is None and not field.errors:
            raise ValidationError(_("Dites quand elle finit, ou cochez la case."))


@dataclass(frozen=True, slots=True)
class BanShown:
    """A ban, read when asked, under the names of its form."""

    ban: Ban

    @property
    def unlimited(self) -> bool:
        return self.ban.ends_at is None

    @property
    def ends_at(self) -> datetime | None:
        return self.ban.ends_at

    @property
    def reason(self) -> str:
        return self.ban.reason

    @property
    def message(self) -> str:
        return self.ban.message

    @property
    def version(self) -> int:
        return self.ban.version


class BanEndForm(Form):
    """Ending a ban: a word, and some days for who has not paid."""

    note = TextField(_l("Note"), maximum=255, required=False)
    grace = NumberField(
        _l("Jours de grâce"),
        minimum=1,
        maximum=31,
        required=False,
        description=_l("Après, la suspension revient, sauf si la personne a payé."),
    )
    notify = BooleanField(_l("Prévenir par mail"), default=True)


class RentalForm(EditForm):
    """When one's rental begins and ends."""

    start = DateField(_l("J'y habite depuis le"))
    end = DateField(
        _l("Je la quitte le"),
        required=False,
        description=_l("Laissez vide si vous ne le savez pas encore."),
    )


class GriRentalForm(RentalForm):
    """The dates that a GRI gives to a rental."""

    reason = TextField(_l("Raison"), maximum=255)


@dataclass(frozen=True, slots=True)
class RentalDates:
    """A rental, read when asked, under the names of its form."""

    rental: Rental

    @property
    def start(self) -> date:
        return self.rental.starts_on

    @property
    def end(self) -> date | None:
        return self.rental.ends_on

    @property
    def version(self) -> int:
        return self.rental.version


class LeaveForm(Form):
    """The day one leaves."""

    end = DateField(_l("J'ai quitté la chambre le"), default=clock.today)

    @property
    def day(self) -> date:
        """The day, once the form is valid."""
        return self.end.day


class DeviceForm(EditForm):
    """How one calls a device."""

    name = TextField(
        _NAME, required=False, description=_l("Pour vous y retrouver : « Mon portable ».")
    )
    type = TextField(_TYPE, required=False, render_kw={"list": "device-types"})


class NewDeviceForm(CreationForm):
    """The device in one's hands."""

    name = TextField(
        _NAME, required=False, description=_l("Pour vous y retrouver : « Mon portable ».")
    )
    type = TextField(_TYPE, required=False, render_kw={"list": "device-types"})


class TypedDeviceForm(NewDeviceForm):
    """A device that is not the one in one's hands: its address is typed."""

    mac_address = TextField(
        _l("Adresse physique de l'appareil"),
        maximum=64,
        description=_l("Douze chiffres et lettres de a à f : 3c:22:fb:0a:1b:2c, par exemple."),
        render_kw={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"},
    )


class CardForm(CreationForm):
    """Paying by card: there is nothing to type here."""


class LydiaForm(CardForm):
    """Paying with the application of Lydia."""

    phone = PhoneField(
        _l("Votre numéro de téléphone"),
        description=_l("Celui de votre compte Lydia. Il n'est pas gardé ici."),
    )


class MoneyForm(CreationForm):
    """Money that a GRI received, or a gift."""

    offer = SelectField(_l("Offre"), validate_choice=True)
    method = RadioField(
        _l("Moyen"),
        choices=[
            SelectChoice(PaymentMethod.cash, _l("Espèces")),
            SelectChoice(PaymentMethod.transfer, _l("Virement")),
            SelectChoice(PaymentMethod.gift, _l("Offert : rien n'est payé")),
        ],
        default=PaymentMethod.cash,
    )
    day = DateField(_l("Payé le"), default=clock.today)
    reason = TextField(
        _l("Raison"),
        maximum=255,
        required=False,
        description=_l("Obligatoire pour un cadeau. La personne ne la lit pas."),
    )
    #: Whether what it does was shown, and agreed to.
    confirmed = HiddenField()

    @property
    def is_confirmed(self) -> bool:
        return bool(self.confirmed.data == "1")

    @property
    def is_corrected(self) -> bool:
        """Whether what it does was shown, and is not what they meant."""
        return bool(self.confirmed.data == "edit")

    @property
    def chosen(self) -> PaymentMethod:
        """How it was paid, once the form is valid."""
        return PaymentMethod[str(self.method.data)]


class OfferForm(EditForm):
    """What an offer is called, costs and lasts."""

    name_fr = TextField(_l("Nom en français"))
    name_en = TextField(_l("Nom en anglais"))
    description_fr = LongTextField(_l("Description en français"), required=False)
    description_en = LongTextField(_l("Description en anglais"), required=False)
    price_cents = EurosField(_l("Prix"), maximum=999_999)
    months = NumberField(_l("Mois"), maximum=60, description=_l("Sans compter le mois offert."))
    days = NumberField(_l("Jours en plus"), maximum=366)
    visible = BooleanField(_l("Proposée à tous"))
    active = BooleanField(_l("Peut être souscrite"))

    def wanted(self, slug: str) -> SeededOffer:
        """The offer, once the form is valid."""
        return SeededOffer(
            slug=slug,
            name_fr=self.name_fr.text,
            name_en=self.name_en.text,
            description_fr=self.description_fr.text or None,
            description_en=self.description_en.text or None,
            price_cents=self.price_cents.cents,
            months=self.months.number,
            days=self.days.number,
            visible=bool(self.visible.data),
            active=bool(self.active.data),
        )


class NewOfferForm(OfferForm):
    """A new offer."""

    slug = TextField(
        _l("Nom court"),
        maximum=32,
        description=_l("Il ne changera plus : lettres minuscules, chiffres et _, comme 3months."),
        render_kw={"autocapitalize": "none", "spellcheck": "false"},
    )

    def validate_slug(self, field: TextField) -> None:
        """Ask for a name that an address may hold."""
        if field.data and not re.fullmatch("[a-z0-9_]{1,32}", field.data):
            raise ValidationError(_("Écrivez des lettres minuscules, des chiffres et _ seulement."))


def money_form(offers: Iterable[Offer]) -> MoneyForm:
    """The form of money that was received, with the offers that it may be for."""
    form = MoneyForm()
    form.offer.choices = [(offer.slug, offer.name) for offer in offers]
    return form
