"""What the team types to share tickets out."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import LazyString, gettext as _, lazy_gettext as _l
from wtforms import BooleanField, HiddenField, SelectField, StringField, ValidationError
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # stubs lag

from app.enums import RunMode, Strategy
from app.modules.club_q.rules.announced import Announced
from app.modules.club_q.rules.instance import Parameters
from app.modules.club_q.rules.options import Options, read_tenths, write_tenths
from app.modules.club_q.service.announce import Bonuses
from app.modules.club_q.service.runs import LONGEST, SHORTEST, TIME_LIMIT, Launch
from app.web.forms import (
    CreationForm,
    EditForm,
    Form,
    LongTextField,
    NumberField,
    TextField,
    showable,
)

#: How much ranks count, in quarters.
THETAS: Mapping[int, LazyString] = {
    4: _l("1 : le rang compte entièrement"),
    3: _l("¾"),
    2: _l("½"),
    1: _l("¼"),
    0: _l("0 : tous les vœux comptent autant, quel que soit leur rang"),
}
_RANKS = _l("Ce que vaut un vœu selon son rang, pour l'attribution équitable.")
_BONUS = _l("Les bonus des promos comptent aussi dans l'attribution équitable.")


class TenthsField(StringField):
    """A discontent typed by a person, from -99,9 to 99,9; whole tenths once read."""

    data: int | None  # type: ignore[assignment]

    @property
    def tenths(self) -> int:
        """The number of tenths, once the form is valid."""
        if self.data is None:
            raise RuntimeError("the form is not valid")
        return self.data

    def _value(self) -> str:
        if self.raw_data:
            return showable(str(self.raw_data[0]))
        return "" if self.data is None else write_tenths(self.data)

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        text = str(valuelist[0]).strip() if valuelist else ""
        self.data = read_tenths(text.replace(",", "."))
        if self.data is None:
            raise ValueError(_("Écrivez un nombre entre -99,9 et 99,9, à un dixième près."))


def _strategies() -> list[SelectChoice]:
    return [
        SelectChoice(Strategy.fair.value, _l("équitable : la meilleure pour tous, prouvée")),
        SelectChoice(Strategy.classic.value, _l("classique : un vœu après l'autre")),
    ]


def _thetas() -> list[SelectChoice]:
    return [SelectChoice(str(quarters), label) for quarters, label in THETAS.items()]


class BonusesForm(EditForm):
    """What each promo starts with."""

    promo = NumberField(_l("Promo en première année"), minimum=1, maximum=999)
    m1A = TenthsField(_l("Bonus des 1A"))  # noqa: N815  # the names that the specification gives
    m2A = TenthsField(_l("Bonus des 2A"))  # noqa: N815
    m3A = TenthsField(_l("Bonus des 3A"))  # noqa: N815
    m4A = TenthsField(_l("Bonus des 4A"))  # noqa: N815
    mOther = TenthsField(_l("Bonus des autres promos"))  # noqa: N815

    def __init__(self, *args: Any, options: Options, **kwargs: Any) -> None:
        found = Bonuses.of(options)
        names = ("m1A", "m2A", "m3A", "m4A", "mOther")
        shown = dict(zip(names, found.tenths, strict=True))
        data = {"promo": found.promo_1a, "version": str(found.version), **shown}
        super().__init__(*args, data=data, **kwargs)

    @property
    def bonuses(self) -> Bonuses:
        """What is to hold, once the form is valid."""
        fields = (self.m1A, self.m2A, self.m3A, self.m4A, self.mOther)
        first, second, third, fourth, other = (one.tenths for one in fields)
        return Bonuses(promo_1a=self.promo.number, tenths=(first, second, third, fourth, other))


class RulesForm(EditForm):
    """The rules that are announced before the form of the wishes opens."""

    strategy = SelectField(_l("Attribution"), choices=_strategies())
    theta = SelectField(_l("Poids du rang"), choices=_thetas(), description=_RANKS)
    use_bonus = BooleanField(_l("Compter les bonus"), description=_BONUS)

    def __init__(self, *args: Any, rules: Announced, version: int, **kwargs: Any) -> None:
        data = _shown(rules) | {"version": str(version)}
        super().__init__(*args, data=data, **kwargs)

    @property
    def rules(self) -> Announced:
        """What is announced, once the form is valid."""
        return Announced(
            strategy=Strategy(self.strategy.data),
            theta=int(self.theta.data),
            use_bonus=bool(self.use_bonus.data),
        )


class LaunchForm(CreationForm):
    """A way to share the tickets out, to compute."""

    strategy = SelectField(_l("Attribution"), choices=_strategies())
    mode = SelectField(
        _l("Ce qui est décidé"),
        choices=[
            SelectChoice(RunMode.full.value, _l("tout, sauf ce que l'équipe a fixé à la main")),
            SelectChoice(
                RunMode.complement.value,
                _l("ce qui reste et ce qui est rendu, sans rien reprendre"),
            ),
        ],
    )
    theta = SelectField(_l("Poids du rang"), choices=_thetas(), description=_RANKS)
    use_bonus = BooleanField(_l("Compter les bonus"), description=_BONUS)
    time_limit = NumberField(
        _l("Temps de calcul, en secondes"),
        minimum=SHORTEST,
        maximum=LONGEST,
        description=_l("De 10 à 1800. Au-delà, le meilleur partage trouvé est gardé."),
    )

    def __init__(self, *args: Any, rules: Announced, is_published: bool, **kwargs: Any) -> None:
        mode = RunMode.complement if is_published else RunMode.full
        data = _shown(rules) | {"mode": mode.value, "time_limit": TIME_LIMIT}
        super().__init__(*args, data=data, **kwargs)

    def wanted(self, options: Options) -> Launch:
        """What is to be computed, once the form is valid, with the bonuses that hold."""
        parameters = Parameters(
            theta=int(self.theta.data),
            use_bonus=bool(self.use_bonus.data),
            promo_1a=options.promo_1a,
            bonuses=options.bonuses,
            bonus_other=options.bonus_other,
        )
        return Launch(
            strategy=Strategy(self.strategy.data),
            mode=RunMode(self.mode.data),
            parameters=parameters,
            time_limit=self.time_limit.number,
        )


def _shown(rules: Announced) -> dict[str, Any]:
    """Rules, as the fields of a form show them."""
    return {
        "strategy": rules.strategy.value,
        "theta": str(rules.theta),
        "use_bonus": rules.use_bonus,
    }


class NoteForm(Form):
    """What the team writes of a run, for itself."""

    note = LongTextField(_l("Note"), maximum=500, required=False)


class AdoptForm(Form):
    """To make the grants of a run those of the season."""

    reason = TextField(_l("Raison"), maximum=280, required=False)
    accepts_gap = BooleanField(_l("J'ai vu l'écart, et je l'accepte"))
    #: The run that the page said it would replace; 0 for none.
    replaces = HiddenField()

    @property
    def seen_replaced(self) -> int | None:
        """The number of that run; ``None`` for nonsense."""
        text = str(self.replaces.data or "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


class VisibleForm(Form):
    """To publish the attribution of a season, or to hide it again."""

    visible = SelectField(
        _l("Visible"), choices=[SelectChoice("1", _l("oui")), SelectChoice("0", _l("non"))]
    )
    confirmed = BooleanField(_l("Confirmé"))
    reason = TextField(_l("Raison"), maximum=280, required=False)

    def validate_reason(self, field: TextField) -> None:
        if self.visible.data == "0" and self.confirmed.data and not field.data:
            raise ValidationError(_("Ce champ est obligatoire."))
