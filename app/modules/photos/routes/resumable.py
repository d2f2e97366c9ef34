"""Uploads that go on where they stopped: the tus protocol, version 1.0 (https://tus.io).

Its core, creation, termination and expiration. Those are answered who began them, and who may
still write the album; to the others there is nothing.
"""

import base64
import binascii
import re
from datetime import datetime
from http import HTTPStatus
from pathlib import Path

from flask import Blueprint, Response, abort, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.http import http_date

from app import context
from app.context import current
from app.context.current import check_logged_in
from app.core import clock
from app.core.file_tokens import DIRECTORY_NAME
from app.core.transaction import transaction
from app.enums import PermissionScope as S, PermissionType as T
from app.extensions import db
from app.models import Album, PhotoUpload
from app.modules.photos import around
from app.modules.photos.errors import (
    DuplicatePhoto,
    Malformed,
    PhotoError,
    UploadGone,
    WrongOffset,
)
from app.modules.photos.queries.uploads import upload_of
from app.modules.photos.routes import refused
from app.modules.photos.routes.loading import access, album_to
from app.modules.photos.routes.receiving import PHOTOS, receive
from app.modules.photos.routes.shown import Addresses, as_json
from app.modules.photos.rules.uploads import LARGEST, cleaned_name
from app.modules.photos.service import resumable as service
from app.modules.photos.service.uploads import arrived
from app.web.errors import answer
from app.web.uploads import streamed

bp = Blueprint("photos_uploads", __name__, url_prefix="/api/photos/uploads")

VERSION = "1.0.0"
BYTES = "application/offset+octet-stream"
_NUMBER = re.compile(r"[0-9]{1,12}")

bp.register_error_handler(DuplicatePhoto, refused.duplicate)


@bp.after_request
def _tell(response: Response) -> Response:
    """Say with every answer which protocol this is."""
    response.headers["Tus-Resumable"] = VERSION
    if response.status_code == HTTPStatus.PRECONDITION_FAILED:
        response.headers["Tus-Version"] = VERSION
    return response


@bp.errorhandler(WrongOffset)
def _wrong_offset(refusal: WrongOffset) -> ResponseReturnValue:
    """Say where to begin again."""
    headers = {"Upload-Offset": str(refusal.details["offset"])}
    return answer(refusal.status, refusal.message, headers)


@bp.route("", methods=["OPTIONS", "POST"])
@context.per_element
def uploads() -> ResponseReturnValue:
    """Begin to send a file; or ask how that is done here."""
    if request.method == "OPTIONS":
        return _capabilities()
    check_logged_in()
    return _create()


@bp.route("/<token>", methods=["HEAD", "PATCH", "DELETE"])
@context.logged_in_only
@streamed(PHOTOS)
def upload(token: str) -> ResponseReturnValue:
    """Ask how much of a file came, send what follows, or give up."""
    _check_version()
    acts = {"HEAD": _state, "PATCH": _append, "DELETE": _remove}
    return acts[request.method](token)


def _capabilities() -> ResponseReturnValue:
    """What is known of the protocol here."""
    headers = {
        "Tus-Version": VERSION,
        "Tus-Extension": "creation,termination,expiration",
        "Tus-Max-Size": str(LARGEST),
    }
    return "", 204, headers


def _create() -> ResponseReturnValue:
    """Begin to send a file to an album."""
    _check_version()
    said = _metadata(request.headers.get("Upload-Metadata", ""))
    size = _number("Upload-Length")
    if not said.get("collection") or not said.get("album"):
        raise Malformed
    album = album_to(T.write, said["collection"], said["album"])
    name = cleaned_name(said.get("filename", ""))
    with transaction(db.session()) as session:
        upload = service.begin(
            session, store=around.store(), album=album, actor=current.me, name=name, size=size
        )
    where = url_for(".upload", token=upload.token, _external=False)
    return "", 201, _headers(upload, 0) | {"Location": where}


def _state(token: str) -> ResponseReturnValue:
    """How much of a file came."""
    upload = _own(token)
    came = service.offset(upload, _path(upload))
    headers = {"Upload-Length": str(upload.size), "Cache-Control": "no-store"}
    return "", 200, _headers(upload, came) | headers


def _append(token: str) -> ResponseReturnValue:
    """Send what follows; with its last byte, a file becomes a photo."""
    if request.mimetype != BYTES:
        abort(415)
    at = _number("Upload-Offset")
    upload = _own(token)
    if (request.content_length or 0) > upload.size - at:
        raise Malformed
    db.session.rollback()  # nothing is held while it comes
    with service.held(_path(upload)) as file:
        upload = _own(token)  # unless it was finished meanwhile
        came = service.append(file, upload, at=at, stream=request.stream)
        if came == upload.size:
            return _finish(upload)
        with transaction(db.session()):
            upload.touched_at = clock.now()
    return "", 204, _headers(upload, came)


def _finish(upload: PhotoUpload) -> ResponseReturnValue:
    """Make a photo of a file that is whole; one that is refused is forgotten."""
    path, token, album, size = _path(upload), upload.token, upload.album, upload.size
    file = arrived(path, name=upload.original_name)
    try:
        photo = receive(album, file, upload=token)
    except PhotoError:
        with transaction(db.session()) as session:
            service.forget(session, token=token)
        path.unlink(missing_ok=True)
        raise
    shown = as_json(photo, Addresses(photo.album), tags=(), writes=True)
    return {"photo": shown}, 200, {"Upload-Offset": str(size)}


def _remove(token: str) -> ResponseReturnValue:
    """Give up an upload."""
    path = _path(_own(token))
    db.session.rollback()
    with service.held(path):
        _own(token)
        with transaction(db.session()) as session:
            service.forget(session, token=token)
        path.unlink(missing_ok=True)
    return "", 204


def _own(token: str) -> PhotoUpload:
    """An upload of the visitor, to an album that they may still write.

    Raises:
        UploadGone: If there is none.
    """
    if not DIRECTORY_NAME.fullmatch(token):
        raise UploadGone
    since = clock.now() - service.LASTS
    upload = upload_of(db.session(), token, pceen=current.me, since=since)
    if upload is None or not _may_write(upload.album):
        raise UploadGone
    return upload


def _may_write(album: Album) -> bool:
    return access().sees_album(album) and current.has_permission(T.write, S.album, album)


def _path(upload: PhotoUpload) -> Path:
    return around.store().incoming(upload.token)


def _headers(upload: PhotoUpload, came: int) -> dict[str, str]:
    expires: datetime = service.expiry(upload)
    return {"Upload-Offset": str(came), "Upload-Expires": http_date(expires)}


def _check_version() -> None:
    if request.headers.get("Tus-Resumable") != VERSION:
        abort(HTTPStatus.PRECONDITION_FAILED)


def _number(header: str) -> int:
    text = request.headers.get(header, "")
    if not _NUMBER.fullmatch(text):
        raise Malformed
    return int(text)


def _metadata(header: str) -> dict[str, str]:
    """What is said of a file: ``filename d29ybGQuanBn,album Z2FsYQ==``.

    Raises:
        Malformed: If it is not written so.
    """
    said: dict[str, str] = {}
    for pair in filter(None, (part.strip() for part in header.split(","))):
        key, _blank, value = pair.partition(" ")
        try:
            said[key] = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            raise Malformed from None
    return said
