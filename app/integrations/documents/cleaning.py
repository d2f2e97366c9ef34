"""A PDF is read as a whole, and written anew without what acts, asks or carries something else.

Only what is reachable is written: what nothing refers to any more is gone.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, Pdf

from app.integrations.documents.contract import (
    MAX_PAGES,
    DocumentRefused,
    Encrypted,
    NotPdf,
    TooManyPages,
    Undecodable,
)

#: Where a PDF says what it is: readers look no further.
_HEAD = 1024
#: What leads within the document, or to a site: the other actions go.
_ACTIONS = frozenset(("/GoTo", "/Named", "/URI"))
_SITES = (b"http://", b"https://", b"mailto:")
#: Actions that go wherever they are.
_HARMFUL = frozenset(
    (
        *("/JavaScript", "/Launch", "/SubmitForm", "/ResetForm", "/ImportData", "/GoToR"),
        *("/GoToE", "/Rendition", "/Movie", "/Sound", "/RichMediaExecute", "/GoTo3DView"),
    )
)
#: Where one finds actions.
_TRIGGERS = ("/A", "/PA", "/Next", "/OpenAction")
#: What goes from everything: actions of their own accord, scripts, files that come along.
_REMOVED = ("/AA", "/JS", "/EF", "/AF", "/RF", "/RichMediaContent", "/RichMediaSettings")
#: What goes from the document itself: forms, signatures of forms, collections of files.
_REMOVED_FROM_ROOT = (
    *("/AcroForm", "/Collection", "/NeedsRendering", "/OpenAction", "/Perms", "/Requirements"),
    "/Extensions",
)
_REMOVED_NAMES = ("/EmbeddedFiles", "/JavaScript", "/Renditions", "/AlternatePresentations")
#: What may be laid over a page: marks and links; neither fields nor films nor files.
_MARKS = frozenset(
    (
        *("/Caret", "/Circle", "/FreeText", "/Highlight", "/Ink", "/Line", "/Link", "/PolyLine"),
        *("/Polygon", "/Popup", "/Square", "/Squiggly", "/Stamp", "/StrikeOut", "/Text"),
        *("/Underline", "/Watermark"),
    )
)
#: How deep one object may hold others: those of people do not.
_DEEPEST = 100


def clean(request: Any) -> dict[str, Any]:
    """Check the PDF of a request, and write it in its target, cleaned.

    Raises:
        DocumentRefused: If it is no PDF that may be taken.
        OSError: If the files cannot be read or written.
    """
    source, target = Path(request["source"]), Path(request["target"])
    with source.open("rb") as file:
        if b"%PDF-" not in file.read(_HEAD):
            raise NotPdf
    try:
        with pikepdf.open(source, suppress_warnings=True) as pdf:
            pages = _check(pdf)
            _clean(pdf)
            pdf.save(target, deterministic_id=True)
    except pikepdf.PasswordError:
        raise Encrypted from None
    except (DocumentRefused, MemoryError, OSError):
        raise
    except Exception as error:  # whatever a library says of what strangers wrote
        raise Undecodable(f"{type(error).__name__}: {error}") from error
    with target.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return {"pages": pages, "size": file.tell(), "sha256": digest}


def _check(pdf: Pdf) -> int:
    """How many pages it has.

    Raises:
        DocumentRefused: If it may not be taken.
    """
    if pdf.is_encrypted:
        raise Encrypted
    pages = len(pdf.pages)
    if not 1 <= pages <= MAX_PAGES:
        raise TooManyPages(str(pages))
    return pages


def _clean(pdf: Pdf) -> None:
    for found in pdf.objects:
        _clean_within(found)
    _remove(pdf.Root, _REMOVED_FROM_ROOT)
    names = pdf.Root.get("/Names")
    if isinstance(names, Dictionary):
        _remove(names, _REMOVED_NAMES)
    for page in pdf.pages:
        _keep_marks(page.obj)
    # their appearance would stay reachable from the structure: a field is no field without these
    for found in pdf.objects:
        if isinstance(found, Dictionary) and found.get("/Subtype") == Name.Widget:
            _empty(found)


def _clean_within(root: Object) -> None:
    """Clean an object, and what it holds itself: what it refers to has its own turn."""
    waiting = [(root, 0)]
    while waiting:
        here, depth = waiting.pop()
        if isinstance(here, (Dictionary, pikepdf.Stream)):
            _clean_dictionary(here)
        if depth < _DEEPEST:
            waiting += [(one, depth + 1) for one in _held(here)]


def _held(here: Object) -> Iterator[Object]:
    """What an object holds that may hold something."""
    values: Any = ()
    if isinstance(here, Array):
        values = list(here)
    elif isinstance(here, (Dictionary, pikepdf.Stream)):
        values = [here[key] for key in list(here.keys())]
    for value in values:
        if isinstance(value, (Array, Dictionary)) and not value.is_indirect:
            yield value


def _clean_dictionary(here: Any) -> None:
    _remove(here, _REMOVED)
    if isinstance(here, Dictionary) and _name(here, "/S") in _HARMFUL:
        _empty(here)
    for key in _TRIGGERS:
        action = here.get(key)
        if isinstance(action, Dictionary) and not _is_harmless(action):
            del here[key]
    if isinstance(here, pikepdf.Stream):
        _remove(here, ("/F", "/FFilter", "/FDecodeParms"))  # its bytes would be elsewhere


def _is_harmless(action: Any) -> bool:
    """Whether an action leads within the document, or to a site; what has no kind is none."""
    kind = _name(action, "/S")
    if kind is None:
        return True
    if kind == "/URI":
        address = action.get("/URI")
        text = bytes(address) if isinstance(address, pikepdf.String) else b""
        return text.strip().lower().startswith(_SITES)
    return kind in _ACTIONS


def _keep_marks(page: Any) -> None:
    """Leave on a page what is only seen, and links."""
    laid = page.get("/Annots")
    if laid is None:
        return
    kept = [
        one
        for one in (list(laid) if isinstance(laid, Array) else ())
        if isinstance(one, Dictionary) and _name(one, "/Subtype") in _MARKS
    ]
    if kept:
        page["/Annots"] = Array(kept)
    else:
        del page["/Annots"]


def _name(here: Any, key: str) -> str | None:
    found = here.get(key)
    return str(found) if isinstance(found, Name) else None


def _empty(here: Any) -> None:
    _remove(here, list(here.keys()))


def _remove(here: Any, keys: Any) -> None:
    for key in keys:
        if key in here:
            del here[key]
