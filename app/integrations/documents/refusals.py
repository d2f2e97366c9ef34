"""What is said of a PDF that is not taken, next to the field of a form or to who looks after it."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask_babel import LazyString, gettext as _, lazy_gettext as _l

from app.core.errors import DomainError, TooMany
from app.integrations.documents import contract


class DocumentError(DomainError):
    """A PDF is not taken."""

    field = "pdf_file"


class NotPdf(DocumentError):
    """It is something else."""

    status = 415
    sentence = _l("Ce fichier n'est pas un PDF.")


class Encrypted(DocumentError):
    """It is locked."""

    sentence = _l("Ce PDF est protégé par un mot de passe : envoyez-le sans protection.")


class TooManyPages(DocumentError):
    """It is too long, or empty."""

    sentence = _l("Ce PDF doit avoir entre 1 et %(most)s pages.", most=contract.MAX_PAGES)


class Undecodable(DocumentError):
    """It is damaged."""

    sentence = _l("Ce PDF est abîmé ou incomplet : exportez-le à nouveau.")


class TooSlow(DocumentError):
    """It takes too much to be read."""

    sentence = _l("Ce PDF est trop lourd à lire : simplifiez-le, ou exportez-le à nouveau.")


class TooLarge(DocumentError):
    """It has too many bytes."""

    status = 413
    sentence = _l("Ce fichier est trop gros : 100 Mo au plus.")


class Missing(DocumentError):
    """The file is not there any more: it is for a reason, never raised."""

    sentence = _l("Le fichier du PDF n'est plus là : envoyez-le à nouveau.")


class ReadersBusy(DocumentError, TooMany):
    """Another one is being read."""

    sentence = _l("Le site lit déjà un autre PDF. Réessayez dans quelques secondes.")


_KINDS: dict[str, type[DocumentError]] = {
    kind.__name__: kind for kind in (NotPdf, Encrypted, TooManyPages, Undecodable, TooSlow, Missing)
}


@contextmanager
def told() -> Iterator[None]:
    """Say why a PDF is refused to who sends it."""
    try:
        yield
    except contract.DocumentRefused as refusal:
        raise _KINDS[type(refusal).__name__] from refusal
    except contract.Busy as busy:
        raise ReadersBusy(seconds=5) from busy


def reason(refusal: contract.DocumentRefused) -> str:
    """Why a PDF could not be drawn, as a column keeps it: ``TooSlow 9-16``."""
    return f"{type(refusal).__name__} {refusal.pages or ''}".strip()


#: Why one could not be, when its file is gone.
MISSING = Missing.__name__


def in_words(kept: str | None) -> LazyString | str:
    """What such a reason means, for people."""
    kind, _blank, pages = (kept or "").partition(" ")
    sentence = _KINDS.get(kind, Undecodable).sentence
    if not pages:
        return sentence
    return str(_("%(sentence)s (Pages %(pages)s.)", sentence=sentence, pages=pages))
