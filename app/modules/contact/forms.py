"""What the contact page and the cards ask."""

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField

from app.modules.contact.service.messages import CardDraft, Draft
from app.web.captcha import CaptchaForm
from app.web.forms import EditForm, EmailField, LongTextField, NumberField, TextField


class ContactForm(CaptchaForm):
    """A message to the GRIs."""

    captcha_name = "contact"

    name = TextField(_l("Votre nom"), maximum=100, render_kw={"autocomplete": "name"})
    email = EmailField(
        _l("Votre e-mail"),
        required=False,
        description=_l("Sans adresse, les GRI ne pourront pas vous répondre."),
        render_kw={"autocomplete": "email"},
    )
    title = TextField(_l("Sujet"), maximum=120, render_kw={"autocomplete": "off"})
    message = LongTextField(
        _l("Message"),
        description=_l("Dites votre chambre, votre appareil, et ce que vous voyez à l'écran."),
        render_kw={"rows": 8},
    )

    def draft(self) -> Draft:
        """What they write."""
        return Draft(
            name=self.name.text,
            email=self.email.text or None,
            title=self.title.text,
            message=self.message.text,
        )


class CardForm(EditForm):
    """What a GRI says of themselves."""

    title_fr = TextField(
        _l("Titre"),
        required=False,
        description=_l("Ce que vous faites au club : présidente, réseau, site…"),
    )
    title_en = TextField(_l("Titre en anglais"), required=False)
    discord = TextField(_l("Pseudo Discord"), required=False, render_kw={"autocapitalize": "none"})
    messenger = TextField(
        _l("Nom sur Messenger"), required=False, render_kw={"autocapitalize": "none"}
    )
    show_room = BooleanField(_l("Montrer ma chambre"))
    order_index = NumberField(
        _l("Place"),
        maximum=9999,
        default=100,
        description=_l("Les plus petits nombres viennent d'abord."),
    )

    def draft(self) -> CardDraft:
        """What the card is to say."""
        return CardDraft(
            title_fr=self.title_fr.text or None,
            title_en=self.title_en.text or None,
            discord=self.discord.text or None,
            messenger=self.messenger.text or None,
            show_room=bool(self.show_room.data),
            order_index=self.order_index.number,
        )
