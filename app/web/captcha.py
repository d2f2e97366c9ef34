"""The proof of work on the forms that visitors send (network-a 8.3).

    class OrderForm(CaptchaForm):
        captcha_name = "panier_bio"

    form.spend_captcha(session)      # in the transaction of what is accepted

and, in the form of the page, ``{{ captcha(form) }}`` (components/captcha.html).
"""

from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from flask import current_app, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from wtforms import HiddenField

from app.context import current
from app.core import clock
from app.core.captcha import Answer, Challenge, Office
from app.core.errors import DomainError
from app.models import Limit, SolvedCaptcha
from app.web import installation
from app.web.forms import CreationForm
from app.web.visitors import counted_address

#: How often an address may wait instead of working.
PATIENT = Limit("captcha.patient", 2, timedelta(hours=1))


class CaptchaError(DomainError):
    """What proves that it is a person is not there."""

    field = "captcha_challenge"


class NotProved(CaptchaError):
    """Nothing is proved yet."""

    sentence = _l("Cet envoi n'est pas encore vérifié ; votre texte est gardé.")


class NotPatient(CaptchaError):
    """Whoever was to wait has not waited enough."""

    sentence = _l("C'était un peu tôt : attendez encore %(left)s s. Votre texte est gardé.")


class WronglyProved(CaptchaError):
    """The answer is not the right one, or for another form or address."""

    sentence = _l("La vérification ne convient pas. Votre texte est gardé : renvoyez-le.")


class ProvedTooLongAgo(CaptchaError):
    """The challenge is over."""

    sentence = _l(
        "La vérification date de plus d'un quart d'heure. Votre texte est gardé : renvoyez-le."
    )


class ProvedAlready(CaptchaError):
    """The challenge was used."""

    sentence = _l("La vérification a déjà servi. Votre texte est gardé : renvoyez-le.")


_REFUSALS = {
    Answer.missing: NotProved,
    Answer.wrong: WronglyProved,
    Answer.expired: ProvedTooLongAgo,
}


def office() -> Office:
    """What gives challenges to the visitor."""
    keys = [*current_app.config["SECRET_KEY_FALLBACKS"], str(current_app.secret_key)]
    return Office(keys, counted_address())


def new_challenge(form: str) -> tuple[Challenge, str]:
    """A challenge for the visitor; and with its signature, as it is sent back."""
    bits = installation.settings().captcha_bits
    challenge = Challenge.new(form, bits=bits, now=clock.now().timestamp())
    return challenge, office().sealed(challenge)


class CaptchaForm(CreationForm):
    """A form that a visitor sends with a proof of work; who is logged in, without."""

    #: What the form is called in its challenges.
    captcha_name: ClassVar[str]

    captcha_challenge = HiddenField(_l("Vérification"))
    captcha_nonce = HiddenField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        #: Whether whoever sends it must prove that they are a person.
        self.asks_captcha = not current.is_logged_in

    @property
    def captcha_url(self) -> str:
        """Where scripts find another challenge."""
        return url_for("contact.captcha", form=self.captcha_name)

    @property
    def captcha_patience(self) -> int:
        """How many seconds are to be waited before this may be sent without a script."""
        challenge = office().opened(str(self.captcha_challenge.data or ""))
        return challenge.patience_left(clock.now().timestamp()) if challenge else 0

    def spend_captcha(self, session: Session) -> None:
        """Use up what the visitor proved: it is good once, if what is sent is accepted.

        Raises:
            CaptchaError: If nothing is proved, or not now, not here, not for this.
            TriedTooOften: If this address has waited instead too often.
        """
        if not self.asks_captcha:
            return
        answer = self._answer()
        if answer is Answer.early:
            raise NotPatient(left=self.captcha_patience)
        if answer is Answer.missing:
            PATIENT.check(session, counted_address())
        if answer is not Answer.good:
            raise _REFUSALS[answer]
        challenge = office().opened(str(self.captcha_challenge.data))
        assert challenge is not None  # noqa: S101  # it was judged good
        if challenge.asks_patience:
            PATIENT.check(session, counted_address())
            PATIENT.count(session, counted_address())
        self._spend(session, challenge)

    @staticmethod
    def _spend(session: Session, challenge: Challenge) -> None:
        expires_at = datetime.fromtimestamp(challenge.expires_at, UTC)
        try:
            with session.begin_nested():
                session.add(SolvedCaptcha(nonce=challenge.random, expires_at=expires_at))
        except IntegrityError:
            raise ProvedAlready from None

    def refuse(self, refusal: DomainError) -> None:
        """Say why it was refused; what was proved in vain is to be proved anew."""
        super().refuse(refusal)
        if isinstance(refusal, CaptchaError) and not isinstance(refusal, NotPatient):
            self._ask_patience()

    def page(self, template: str, **values: Any) -> ResponseReturnValue:
        """The page of the form; sent once, it holds a challenge that scripts are not needed for."""
        sent = self.asks_captcha and self.is_submitted()
        if sent and self._answer() not in (Answer.good, Answer.early):
            self._ask_patience()
        return super().page(template, **values)

    def _answer(self) -> Answer:
        """What was proved is worth."""
        return office().judge(
            str(self.captcha_challenge.data or ""),
            str(self.captcha_nonce.data or ""),
            form=self.captcha_name,
            now=clock.now().timestamp(),
        )

    def _ask_patience(self) -> None:
        challenge = Challenge.new(self.captcha_name, bits=0, now=clock.now().timestamp())
        self.captcha_challenge.data = office().sealed(challenge)
        self.captcha_nonce.data = ""
