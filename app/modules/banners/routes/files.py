"""The files of banners, to who is logged in; and their style sheets."""

from flask import Response, abort, send_file
from flask.typing import ResponseReturnValue

from app import context
from app.core import clock
from app.extensions import db
from app.modules.banners import around
from app.modules.banners.errors import NoSuchBanner
from app.modules.banners.queries import banners as queries
from app.modules.banners.routes.blueprint import bp
from app.modules.banners.rules import files as rules, sheets
from app.modules.banners.rules.stages import Stage, stage
from app.web import files
from app.web.downloads import attached

#: How long a browser keeps a sheet, whose address says all that is in it.
_A_YEAR = 365 * 24 * 3600


@bp.get("/banners/img/<file:name>")
@context.logged_in_only
def image(name: str) -> ResponseReturnValue:
    """A picture of a banner or of a preset: another has another name."""
    if not rules.is_picture(name):
        abort(404)
    try:
        answer = send_file(around.store().file(name), mimetype="image/webp", conditional=True)
    except FileNotFoundError:
        abort(404)
    answer.headers.update(files.HEADERS)
    return answer


@bp.get("/banners/download/<int:key>")
@context.logged_in_only
def download(key: int) -> ResponseReturnValue:
    """The attachment of a banner that is shown; of any banner, to the team."""
    banner = queries.banner(db.session(), key)
    if stage(banner, clock.now()) is not Stage.shown and not around.manages():
        raise NoSuchBanner
    if banner.file is None or banner.file_name is None:
        abort(404)
    path = around.store().file(banner.file)
    try:
        with path.open("rb") as file:
            media_type = rules.media_type(file.read(rules.HEAD))
    except FileNotFoundError:
        abort(404)
    stem, extension = rules.parts(banner.file_name)
    answer = attached(path, stem=stem, extension=extension, media_type=media_type)
    answer.headers.update(files.HEADERS)
    return answer


@bp.get("/banners/looks/<name>.css")
@context.logged_in_only
def looks(name: str) -> ResponseReturnValue:
    """What the classes of some looks mean: all of it is in the address."""
    said = sheets.sheet(name)
    if said is None:
        abort(404)
    answer = Response(said, mimetype="text/css")
    answer.headers["Cache-Control"] = f"private, max-age={_A_YEAR}, immutable"
    return answer
