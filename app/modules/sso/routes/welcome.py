"""Who comes in by the school."""

from flask import flash, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale, gettext as _
from markupsafe import Markup

from app.enums import LoginMethod
from app.models import PCeen
from app.modules.account.routes.browser import arrive
from app.modules.sso.service.accounts import Entered, News
from app.web.locale import chosen_locale


def _linked(pceen: PCeen) -> Markup:
    """What is new for someone whose account the school opens, and where to look."""
    sentence = _(
        "Le compte de l'école ouvre maintenant celui-ci : %(name)s, promo %(promo)s. "
        "Vérifiez vos appareils et votre chambre :",
        name=pceen.full_name,
        promo=pceen.promo or _("aucune"),
    )
    link = Markup('{} <a href="{}">{}</a>')
    return link.format(sentence, url_for("home.profile"), _("mon profil"))


def welcome(entered: Entered) -> ResponseReturnValue:
    """Log in who has just proved who they are, and tell them what changed of their account."""
    pceen = entered.pceen
    answer = arrive(pceen=pceen, method=LoginMethod.sso)
    with force_locale(pceen.locale or chosen_locale()):
        if entered.news is News.linked:
            flash(_linked(pceen), "success")
        elif entered.news is News.created:
            flash(
                _("Votre compte est créé. Votre identifiant : %(name)s.", name=pceen.username),
                "success",
            )
    return answer
