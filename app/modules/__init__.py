"""The modules of the site, the lowest first: each may stand on those before it."""

from app.modules.account.module import module as account
from app.modules.banners.module import module as banners
from app.modules.bar.module import module as bar
from app.modules.bekk.module import module as bekk
from app.modules.calendar.module import module as calendar
from app.modules.club_q.module import module as club_q
from app.modules.contact.module import module as contact
from app.modules.gris.module import module as gris
from app.modules.help.module import module as help_
from app.modules.home.module import module as home
from app.modules.intrarez.module import module as intrarez
from app.modules.lives.module import module as lives
from app.modules.notifications.module import module as notifications
from app.modules.operations.module import module as operations
from app.modules.panier_bio.module import module as panier_bio
from app.modules.payments.module import module as payments
from app.modules.photos.module import module as photos
from app.modules.promos.module import module as promos
from app.modules.sso.module import module as sso
from app.modules.theatre.module import module as theatre
from app.web.module import Module

MODULES: tuple[Module, ...] = (
    operations,
    account,
    notifications,
    payments,
    intrarez,
    contact,
    gris,
    home,
    help_,
    banners,
    bar,
    club_q,
    panier_bio,
    theatre,
    bekk,
    calendar,
    photos,
    sso,
    lives,
    promos,
)
