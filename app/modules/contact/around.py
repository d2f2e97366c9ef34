"""What this installation has around it: how the GRIs are told of a message."""

from flask_babel import force_locale, gettext as _

from app.integrations import discord
from app.modules.contact.service import Channel
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
