"""What this installation has around it: how the GRIs are told of a message, or of a mail."""

from flask_babel import force_locale, gettext as _

from app.integrations import discord
from app.modules.contact.service.inbound import Chat
from app.modules.contact.service.messages import Channel
from app.web import installation


def channel() -> Channel:
    """Where messages go here, in the words of the GRIs."""
    settings = installation.settings()
    with force_locale("fr"):
        return Channel(
            has_chat=discord.is_on(settings, "message"),
            admins=settings.admins,
            headline=_("Nouveau message"),
            email=_("E-mail"),
            no_email=_("pas donnée"),
        )


def has_mail_chat() -> bool:
    """Whether mails that come are told to the GRIs' chat."""
    return discord.is_on(installation.settings(), "mail")


def mail_chat() -> Chat:
    """How the chat is told of a mail, in the words of the GRIs."""
    with force_locale("fr"):
        return Chat(
            no_subject=_("(sans sujet)"),
            sender=_("De"),
            recipient=_("À"),
            sent_at=_("Envoyé"),
            unverified=_("Compte à cette adresse (expéditeur non vérifié)"),
        )
