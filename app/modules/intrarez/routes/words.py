"""What people read of each link between their device and Internet."""

from dataclasses import dataclass

from flask import url_for
from flask_babel import LazyString, lazy_gettext as _l

from app.modules.intrarez.rules.chain import Connection, Fault, Link, LinkState


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A fault: what happens, what it means, and the one button that mends it."""

    title: LazyString
    text: LazyString
    label: LazyString | None = None
    endpoint: str = ""
    #: The title of a message to the GRIs, for the contact page.
    subject: LazyString | None = None

    @property
    def url(self) -> str:
        """Where the button leads."""
        if self.subject is not None:
            return url_for("contact.contact", title=str(self.subject))
        return url_for(self.endpoint)


_WRITE = _l("Écrire aux GRI")

FAULTS = {
    Fault.no_address: Words(
        title=_l("Le réseau ne nous dit pas d'où vous venez"),
        text=_l("Ce n'est pas votre faute : les GRI doivent le réparer."),
        label=_WRITE,
        subject=_l("Le site ne voit pas mon adresse"),
    ),
    Fault.no_mac: Words(
        title=_l("Le réseau ne reconnaît pas encore cet appareil"),
        text=_l("Il vient peut-être d'arriver. Réessayez, ou écrivez son adresse vous-même."),
        label=_l("Que faire ?"),
        endpoint="intrarez.device_error",
    ),
    Fault.unknown_device: Words(
        title=_l("Cet appareil n'est pas enregistré"),
        text=_l("Enregistrez-le à votre nom : Internet suit en une minute."),
        label=_l("Enregistrer cet appareil"),
        endpoint="intrarez.add_device",
    ),
    Fault.no_device: Words(
        title=_l("Aucun appareil n'est enregistré"),
        text=_l("Connectez-en un à la résidence, ou enregistrez-le d'ici avec son adresse."),
        label=_l("Enregistrer un appareil"),
        endpoint="intrarez.add_device",
    ),
    Fault.device_of_another: Words(
        title=_l("Cet appareil est au nom de quelqu'un d'autre"),
        text=_l("S'il est à vous maintenant, mettez-le à votre nom."),
        label=_l("Le mettre à mon nom"),
        endpoint="intrarez.transfer",
    ),
    Fault.disabled: Words(
        title=_l("Ce compte est fermé"),
        text=_l("Ses appareils n'ont plus Internet ici."),
        label=_WRITE,
        subject=_l("Mon compte est fermé"),
    ),
    Fault.no_room: Words(
        title=_l("Vous n'avez pas de chambre"),
        text=_l("Internet va avec une chambre de la résidence : prenez la vôtre."),
        label=_l("Prendre ma chambre"),
        endpoint="intrarez.take_room",
    ),
    Fault.unpaid: Words(
        title=_l("Il faut payer pour continuer"),
        text=_l("Votre mois gratuit est terminé. Dès que vous payez, Internet revient."),
        label=_l("Voir comment payer"),
        endpoint="intrarez.unpaid",
    ),
    Fault.banned: Words(
        title=_l("Votre accès à Internet est suspendu"),
        text=_l("La page de la suspension dit pourquoi, et jusqu'à quand."),
        label=_l("Voir la suspension"),
        endpoint="intrarez.banned",
    ),
    Fault.room_full: Words(
        title=_l("Il n'y a plus d'adresse libre pour cet appareil"),
        text=_l("Retirez un appareil qui ne sert plus, ou demandez aux GRI d'en libérer une."),
        label=_WRITE,
        subject=_l("Plus d'adresse libre dans ma chambre"),
    ),
    Fault.waiting_network: Words(
        title=_l("Le réseau prend note de votre appareil"),
        text=_l("Comptez une minute environ."),
        label=_l("Attendre Internet"),
        endpoint="intrarez.connect_check",
    ),
    Fault.rules_refused: Words(
        title=_l("Le réseau n'a pas pu prendre note de votre appareil"),
        text=_l("Les GRI en sont avertis, et le site réessaie toutes les dix minutes."),
        label=_WRITE,
        subject=_l("Internet ne vient pas"),
    ),
    Fault.waiting_address: Words(
        title=_l("Cet appareil garde son ancienne adresse"),
        text=_l("Coupez le Wi-Fi ou débranchez le câble, attendez dix secondes, reconnectez-vous."),
        label=_l("Attendre Internet"),
        endpoint="intrarez.connect_check",
    ),
    Fault.conflict: Words(
        title=_l("Un autre appareil utilise l'adresse de celui-ci"),
        text=_l("Quelqu'un a sans doute réglé une adresse à la main. Dites-le aux GRI."),
        label=_WRITE,
        subject=_l("Un autre appareil utilise mon adresse"),
    ),
    Fault.away: Words(
        title=_l("Cet appareil n'est pas connecté à la résidence"),
        text=_l("Tout est prêt : branchez-le, ou connectez-le au Wi-Fi de la résidence."),
        label=_l("Voir mes appareils"),
        endpoint="home.profile",
    ),
}

LINKS = {
    Link.device: _l("L'appareil est connu"),
    Link.owner: _l("Il est à votre nom"),
    Link.room: _l("Vous avez une chambre"),
    Link.subscription: _l("L'abonnement est payé"),
    Link.ban: _l("L'accès n'est pas suspendu"),
    Link.rule: _l("Le réseau a pris note"),
    Link.lease: _l("L'appareil a pris son adresse"),
}

STATES = {
    LinkState.holds: _l("oui"),
    LinkState.broken: _l("non"),
    LinkState.unknown: _l("pas encore regardé"),
}

CONNECTIONS = {
    Connection.unknown_device: _l("Cet appareil n'est pas encore enregistré."),
    Connection.no_room: _l("Le propriétaire de cet appareil n'a pas de chambre."),
    Connection.banned: _l("L'accès à Internet de cet appareil est suspendu."),
    Connection.unpaid: _l("Le mois gratuit est terminé : il faut payer pour continuer."),
    Connection.waiting_network: _l("Le réseau prend note de votre appareil : une minute environ."),
    Connection.waiting_address: _l(
        "C'est prêt ! Coupez le Wi-Fi ou débranchez le câble, puis reconnectez-vous."
    ),
    Connection.online: _l("Votre appareil est connecté à Internet."),
}
