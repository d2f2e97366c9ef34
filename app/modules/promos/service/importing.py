"""The list of a promo that enters the school, made into accounts: all of it, or nothing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.core.transaction import lock
from app.enums import PermissionScope, PermissionType
from app.models import PCeen, Role, audit, public_role
from app.modules.account import queries as accounts
from app.modules.account.service import classes
from app.modules.account.service.registration import Identity
from app.modules.gris.errors import RoleNotYours
from app.modules.gris.queries import roles as roles_queries
from app.modules.gris.rules.covering import Actor, is_gri, may_give
from app.modules.gris.service import roles as roles_service
from app.modules.promos import queries
from app.modules.promos.errors import ListChanged, WrongLinesLeft
from app.modules.promos.queries import STUDENT
from app.modules.promos.rules import matching
from app.modules.promos.rules.lines import Line
from app.modules.promos.rules.matching import Judged, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A list, and what was decided of it."""

    lines: Sequence[Line]
    promo: int
    #: The numbers of the doubtful lines that are of other people.
    others: frozenset[int] = frozenset()
    #: Whether the lines to correct are left out, on purpose.
    without_wrong: bool = False
    #: The outcome that was seen; ``None`` if it was just computed.
    seen: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a list would do."""

    promo: int
    judged: Sequence[Judged]
    #: What tells this outcome, nothing being decided of doubtful lines, from another.
    digest: str

    def of(self, verdict: Verdict) -> list[Judged]:
        """The lines of which this is to be done."""
        return [one for one in self.judged if one.verdict is verdict]

    @property
    def to_complete(self) -> list[Judged]:
        """Those who have an account, and lack a role."""
        wanted = {STUDENT, classes.promo_slug(self.promo)}
        return [one for one in self.of(Verdict.there) if one.known and wanted - one.known.slugs]


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What was done of a list."""

    plan: Plan
    made: int
    completed: int


def plan(session: Session, asked: Asked) -> Plan:
    """What a list would do; nothing is changed."""
    known = queries.known(session, asked.lines, promo=asked.promo)
    bare, judged = (
        matching.judge(asked.lines, known, promo=asked.promo, others=others)
        for others in (frozenset[int](), asked.others)
    )
    return Plan(promo=asked.promo, judged=judged, digest=matching.digest(bare, promo=asked.promo))


def check_rights(session: Session, *, promo: int, actor: Actor) -> None:
    """Refuse who may not give the roles of this class; the one of the promo may not exist yet.

    Raises:
        RoleNotYours: If they may not.
    """
    for slug in (STUDENT, classes.promo_slug(promo)):
        role = queries.role(session, slug)
        if not (_may_make(actor) if role is None else _may_give(session, role, actor)):
            raise RoleNotYours


def _may_make(actor: Actor) -> bool:
    return is_gri(actor) or actor.has_permission(PermissionType.write, PermissionScope.role)


def _may_give(session: Session, role: Role, actor: Actor) -> bool:
    return may_give(actor, role, roles_queries.rights_of(session, role))


def apply(
    session: Session, asked: Asked, *, actor: Actor, tell: Callable[[], object] = lambda: None
) -> Imported:
    """Make the accounts that are missing, and give the roles that are.

    Args:
        session: The database.
        asked: The list, and what was decided of it.
        actor: Who imports it, and may give those roles.
        tell: Told after each person, for a bar to move.

    Raises:
        RoleNotYours: If *actor* may not give the roles of this class.
        ListChanged: If it would no longer do what was seen.
        WrongLinesLeft: If lines are to be corrected, and not left out on purpose.
    """
    lock(session, public_role(session))  # one list, and one account, at a time
    check_rights(session, promo=asked.promo, actor=actor)
    planned = plan(session, asked)
    if asked.seen is not None and asked.seen != planned.digest:
        raise ListChanged
    if planned.of(Verdict.wrong) and not asked.without_wrong:
        raise WrongLinesLeft
    new, incomplete = planned.of(Verdict.new), planned.to_complete
    if new or incomplete:
        _do(session, planned, actor, tell)
    return Imported(plan=planned, made=len(new), completed=len(incomplete))


def _do(session: Session, planned: Plan, actor: Actor, tell: Callable[[], object]) -> None:
    new, incomplete = planned.of(Verdict.new), planned.to_complete
    promo_role = classes.promo_role(session, planned.promo)
    roles = [accounts.role(session, STUDENT), promo_role]
    keys = sorted(one.known.key for one in incomplete if one.known)
    people = [session.get_one(PCeen, key) for key in keys]
    for pceen in people:
        lock(session, pceen)
    for role in sorted(roles, key=lambda role: role.id):
        lock(session, role)
        if not _may_give(session, role, actor):
            raise RoleNotYours
    for pceen in people:
        for role in roles:
            if role not in pceen.roles:
                roles_service.give(session, pceen=pceen, role=role, actor=actor)
        tell()
    identities = [_identity(one.line, planned.promo) for one in new]
    classes.make_accounts(session, identities=identities, roles=roles, tell=tell)
    left_out = {v.value: len(planned.of(v)) for v in (Verdict.doubtful, Verdict.wrong)}
    audit(
        session,
        "promos.list.import",
        promo_role,
        after={"promo": planned.promo, "made": len(new), "completed": len(people), **left_out},
    )


def _identity(line: Line, promo: int) -> Identity:
    return Identity(prenom=line.prenom, nom=line.nom, promo=promo, email=line.email)
