"""What is asked of who wants a photo looked at, and of who decides of it."""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import RadioField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # stubs lag

from app.enums import ReportKind
from app.modules.photos.service.reports import Draft
from app.web.captcha import CaptchaForm
from app.web.forms import EmailField, Form, LongTextField


class ReportForm(CaptchaForm):
    """A photo to be looked at; a visitor leaves an address, and a proof of work."""

    captcha_name = "photo_report"

    kind = RadioField(
        _l("Pourquoi"), choices=[SelectChoice(kind.value, kind.label) for kind in ReportKind]
    )
    reason = LongTextField(
        _l("Ce que vous voulez en dire"),
        maximum=500,
        required=False,
        description=_l("Pour une autre raison, dites laquelle : 500 caractères au plus."),
        render_kw={"rows": 4},
    )
    email = EmailField(
        _l("Votre e-mail"),
        description=_l("Pour que l'on vous réponde."),
        render_kw={"autocomplete": "email"},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.asks_captcha:
            del self.email

    def draft(self) -> Draft:
        """What they want."""
        return Draft(kind=ReportKind(self.kind.data), reason=self.reason.text or None)


class DecisionForm(Form):
    """What becomes of a photo that was reported."""

    answer = LongTextField(
        _l("Réponse à qui l'a signalée"), maximum=500, required=False, render_kw={"rows": 2}
    )
