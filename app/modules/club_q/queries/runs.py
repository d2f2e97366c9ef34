"""What is read of the runs of the attribution."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session, defer, joinedload

from app.models import (
    ClubQRun,
    ClubQRunPerson,
    ClubQRunWish,
    ClubQSeason,
    ClubQSpectacle,
    MergedAccount,
    PCeen,
    TaskRun,
)
from app.modules.club_q.errors import NoSuchRun
from app.modules.club_q.queries import inputs
from app.modules.club_q.rules.differences import Change, differences as between
from app.modules.club_q.rules.instance import read
from app.modules.club_q.rules.stored import parameters

_TEXTS = (ClubQRun.input, ClubQRun.result, ClubQRun.log, ClubQRun.replaced)
_LARGEST = 2**31


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Something of the input of a run that is not what it was: numbers, and the names of now."""

    #: ``wish``, ``show``, ``person``, ``grant`` or ``parameters``.
    kind: str
    #: ``added``, ``removed`` or ``changed``.
    change: str
    person: int | None = None
    show: int | None = None
    person_name: str = ""
    show_name: str = ""
    #: What changed: field, before, after (JSON values).
    fields: tuple[tuple[str, object, object], ...] = ()

    @property
    def sentence(self) -> str:
        """What it is, to the team."""
        names = {"person": self.person_name, "show": self.show_name}
        return str(_SENTENCES[self.kind, self.change] % names)


_SENTENCES = {
    ("wish", "added"): _l("Nouveau vœu de %(person)s pour « %(show)s »"),
    ("wish", "removed"): _l("Vœu de %(person)s pour « %(show)s » retiré"),
    ("wish", "changed"): _l("Vœu de %(person)s pour « %(show)s » modifié"),
    ("show", "added"): _l("Nouveau spectacle : « %(show)s »"),
    ("show", "removed"): _l("Spectacle annulé ou supprimé : « %(show)s »"),
    ("show", "changed"): _l("Spectacle modifié : « %(show)s »"),
    ("person", "changed"): _l("Budget, promo ou mécontentement de %(person)s modifié"),
    ("parameters", "changed"): _l("Paramètres modifiés"),
    **dict.fromkeys(
        (("grant", one) for one in ("added", "removed", "changed")),
        _l("Places de %(person)s pour « %(show)s » modifiées"),
    ),
}


def runs(session: Session, season: ClubQSeason) -> Sequence[ClubQRun]:
    """The runs of a season, the last first, without their long texts; with their authors."""
    stmt = _light().where(ClubQRun.season_id == season.id).order_by(ClubQRun.id.desc())
    return session.scalars(stmt).all()


def run(session: Session, key: int) -> ClubQRun:
    """A run, by its number, without its long texts (read when asked for), with author and season.

    Raises:
        NoSuchRun: If there is none.
    """
    found = None
    if 0 < key < _LARGEST:
        stmt = _light().where(ClubQRun.id == key).options(joinedload(ClubQRun.season))
        found = session.scalars(stmt).first()
    if found is None:
        raise NoSuchRun
    return found


def runs_of(session: Session, season: ClubQSeason, keys: Sequence[int]) -> Sequence[ClubQRun]:
    """The runs of a season with these numbers, in that order; unknown ones are left out."""
    asked = [key for key in dict.fromkeys(keys) if 0 < key < _LARGEST]
    stmt = _light().where(ClubQRun.season_id == season.id, ClubQRun.id.in_(asked))
    found = {one.id: one for one in session.scalars(stmt)} if asked else {}
    return [found[key] for key in asked if key in found]


def _light() -> sa.Select[ClubQRun]:
    """Runs with their authors, and without what may be as long as a book."""
    return sa.select(ClubQRun).options(
        joinedload(ClubQRun.author), *(defer(column) for column in _TEXTS)
    )


def adopted(session: Session, season: ClubQSeason) -> ClubQRun | None:
    """The full run that is adopted, if one is."""
    return session.scalars(_light().where(ClubQRun.adopted_season_id == season.id)).first()


def task_of(session: Session, run: ClubQRun) -> TaskRun | None:
    """What computes a run: its ``progress`` (percent) and ``message``."""
    if run.task_run_id is None:
        return None
    stmt = sa.select(TaskRun).where(TaskRun.id == run.task_run_id)
    return session.scalars(stmt.options(defer(TaskRun.output))).first()


def wishes_of(session: Session, run: ClubQRun) -> Sequence[ClubQRunWish]:
    """What a run did of each wish, by person then show."""
    stmt = sa.select(ClubQRunWish).where(ClubQRunWish.run_id == run.id)
    return session.scalars(stmt.order_by(ClubQRunWish.pceen_id, ClubQRunWish.spectacle_id)).all()


def people_of(session: Session, run: ClubQRun) -> Sequence[ClubQRunPerson]:
    """What a run did of each person, by number."""
    stmt = sa.select(ClubQRunPerson).where(ClubQRunPerson.run_id == run.id)
    return session.scalars(stmt.order_by(ClubQRunPerson.pceen_id)).all()


def names_of(session: Session, keys: Iterable[int]) -> Mapping[int, PCeen]:
    """The accounts of these numbers; one that was absorbed is the one it became part of."""
    asked = set(keys)
    if not asked:
        return {}
    absorbed = sa.select(MergedAccount.absorbed_id, MergedAccount.kept_id)
    became = dict(session.execute(absorbed.where(MergedAccount.absorbed_id.in_(asked))).all())
    present = {became.get(key, key) for key in asked}
    people = {one.id: one for one in session.scalars(sa.select(PCeen).where(PCeen.id.in_(present)))}
    return {key: people[became.get(key, key)] for key in asked if became.get(key, key) in people}


def differences(session: Session, run: ClubQRun) -> Sequence[Difference]:
    """What changed of the input of a run since it was computed; nothing: it may be adopted.

    Raises:
        BadInstance: What is stored now makes no sense together.
    """
    if run.input is None:
        return ()
    season = session.get_one(ClubQSeason, run.season_id)
    present = inputs.read(session, season, run.mode, parameters(run.params)).instance
    if present.digest() == run.input_hash:
        return ()
    return _named(session, between(read(run.input), present))


def _named(session: Session, changes: Sequence[Change]) -> Sequence[Difference]:
    people = names_of(session, {one.person for one in changes if one.person is not None})
    keys = {one.show for one in changes if one.show is not None}
    stmt = sa.select(ClubQSpectacle.id, ClubQSpectacle.nom).where(ClubQSpectacle.id.in_(keys))
    shows = dict(session.execute(stmt).all()) if keys else {}
    return [
        Difference(
            kind=one.kind,
            change=one.change,
            person=one.person,
            show=one.show,
            person_name=_name(one.person, people),
            show_name=shows.get(one.show, f"#{one.show}") if one.show is not None else "",
            fields=one.fields,
        )
        for one in changes
    ]


def _name(person: int | None, people: Mapping[int, PCeen]) -> str:
    if person is None:
        return ""
    found = people.get(person)
    return found.full_name if found is not None else f"#{person}"
