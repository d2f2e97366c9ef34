"""The rules of a season, as they are announced before its form opens (community 4.5). Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.enums import Strategy
from app.modules.club_q.rules.instance import Parameters

#: Quarters of theta.
THETA_MAX = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Announced:
    """How the tickets of a season are to be shared out."""

    strategy: Strategy = Strategy.fair
    #: Quarters, 0 to 4: how much ranks count.
    theta: int = THETA_MAX
    #: Whether the fair strategy counts the bonuses of the promos too.
    use_bonus: bool = False

    def as_json(self) -> dict[str, str | int | bool]:
        """What is stored of it."""
        return {
            "strategy": self.strategy.value,
            "theta": self.theta,
            "use_bonus": self.use_bonus,
        }

    def holds_for(self, strategy: Strategy, parameters: Parameters) -> bool:
        """Whether a run follows these rules; theta and bonuses are those of ``fair`` alone."""
        other = Announced(strategy=strategy, theta=parameters.theta, use_bonus=parameters.use_bonus)
        return self.is_as(other)

    def is_as(self, other: "Announced") -> bool:
        """Whether other rules come to the same."""
        is_classic = self.strategy is other.strategy is Strategy.classic
        return is_classic or self == other


def announced(stored: object) -> Announced:
    """What a season announces: the default of each thing that is missing, or makes no sense."""
    told = stored if isinstance(stored, Mapping) else {}
    strategy, theta = told.get("strategy"), told.get("theta")
    return Announced(
        strategy=Strategy(strategy) if strategy in set(Strategy) else Strategy.fair,
        theta=theta if type(theta) is int and 0 <= theta <= THETA_MAX else THETA_MAX,
        use_bonus=told.get("use_bonus") is True,
    )
