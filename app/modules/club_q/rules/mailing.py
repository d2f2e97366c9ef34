"""Why a mail did not leave, in words. Pure."""

from flask_babel import gettext as _

#: The process that was sending it ended before it knew.
LOST = "lost"
#: There is nowhere to send it.
NO_ADDRESS = "no_address"
#: What is kept of what a mail server said.
_LONGEST = 280


def refused(said: object) -> str:
    """What is kept of a refusal that is certain: it did not leave."""
    return f"refused:{said}"[:_LONGEST]


def words(error: str | None) -> str:
    """What is kept of a failure, to people."""
    if not error:
        return ""
    if error == LOST:
        return str(
            _("Nous ne savons pas s'il est parti : demandez à la personne avant de recommencer.")
        )
    if error == NO_ADDRESS:
        return str(_("Le compte est fermé, ou n'a pas d'adresse e-mail."))
    said = error.removeprefix("refused:")
    return str(_("Il n'est pas parti. Le serveur de mail a dit : %(said)s", said=said))
