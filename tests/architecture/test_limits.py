"""What anybody may send is counted, or proved to be of use to nobody who sends it often."""

import pytest

from app.models import Limit
from app.modules.account.service import (
    passkeys,
    profile,
    registration,
    second_step,
    sessions,
)
from app.modules.contact.choices import CONTACT_PER_HOUR
from app.modules.intrarez.service import devices
from app.modules.panier_bio.service import orders
from app.modules.photos.service import reports
from app.modules.sso.service import proof
from app.web import captcha
from tests.architecture.access_table import TABLE

pytestmark = pytest.mark.once

#: Words of the table for who has no account, or no name yet.
ANYBODY = ("public", "anonymous", "internal", "signed")
#: A link that was mailed: 256 bits, used once. Nobody tries them all, nginx counts who tries.
LINK = "a secret of 256 bits"
#: Signed with a secret of the caller's: anything else is refused before anything is read.
SIGNED = "signed by who sends it"
#: Nothing is done but to the browser that asks.
OWN = "one's own browser"
#: What each address that anybody may send to is limited by.
LIMITS: dict[str, tuple[Limit | str, ...]] = {
    "/login": (
        sessions.FAILED_FOR_NAME,
        sessions.FAILED_FROM_ADDRESS,
        sessions.FAILED_IN_ALL,
        sessions.FAILED_FROM_KNOWN,
    ),
    "/login/second": (second_step.FAILED, second_step.FAILED_FROM_KNOWN),
    "/login/second/recovery": (second_step.FAILED, second_step.FAILED_FROM_KNOWN),
    "/api/account/passkeys/for_step": (passkeys.CHALLENGES,),
    "/api/account/passkeys/step": (second_step.FAILED, passkeys.CHALLENGES),
    "/register/rezident": (registration.MADE, registration.TRIED),
    "/rezident/activate": ("logged in, and once for each device",),
    "/devices/transfer": (devices.TRANSFERS,),
    "/reset_password_request": (profile.RESETS_FOR_PCEEN, profile.RESETS_FROM_ADDRESS),
    "/reset_password/<>": (LINK,),
    "/invitation/<>": (LINK,),
    "/rooms/contest/<>": (LINK,),
    "/photos/report/<>": (LINK,),
    "/panier_bio/visitor/<>": (LINK,),
    "/saml/link/<>": (LINK,),
    "/saml/link": (proof.MAILED, sessions.FAILED_FROM_ADDRESS),
    "/saml/finish": (LINK,),
    "/saml/login": (OWN,),
    "/saml/acs": (SIGNED,),
    "/payments/lydia_callback/confirm": (SIGNED,),
    "/payments/lydia_callback/cancel": (SIGNED,),
    "/bar/lydia_callback/confirm": (SIGNED,),
    "/bar/lydia_callback/cancel": (SIGNED,),
    "/contact": (captcha.PATIENT, f"{CONTACT_PER_HOUR.key}: a choice of the GRIs"),
    "/api/photos/report": (reports.PER_HOUR,),
    "/panier_bio": (orders.PER_HOUR, orders.REFUSED_PER_HOUR, captcha.PATIENT),
    "/set_mode/<>": (OWN,),
    "/set_locale/<>": (OWN,),
    "/logout": (OWN,),
}


def sent_by_anybody() -> set[str]:
    return {
        address
        for address, (methods, whom) in TABLE.items()
        if set(methods.split()) & {"POST", "PUT", "PATCH", "DELETE"}
        and set(whom.split()) & set(ANYBODY)
    }


def test_all_that_anybody_may_send_is_limited() -> None:
    assert sent_by_anybody() == set(LIMITS)
    assert all(LIMITS.values())


def test_two_limits_are_never_counted_together() -> None:
    limits = {limit for some in LIMITS.values() for limit in some if isinstance(limit, Limit)}

    assert len({limit.name for limit in limits}) == len(limits)
    assert all(limit.times <= 300 for limit in limits)
