"""Protected files, with the real web server before the real site (community 1.6)."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest
from flask import Flask
from pydantic import SecretStr
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from app import create_app
from app.core import file_tokens
from app.enums import LoginMethod, PermissionScope as S, PermissionType as T
from app.extensions import db
from app.integrations.photo_store import PhotoStore
from app.models import Base, LoginSession, Role
from app.settings import MailSettings, PhotosSettings, Settings
from app.web.headers import FILE_POLICY
from tests import factories
from tests.conftest import furnish
from tests.core.test_file_tokens import SECRET, VECTORS, E as VECTORS_END
from tests.factories import AlbumFactory, CollectionFactory, PCeenFactory, PhotoFactory
from tests.factories.people import permission
from tests.gateway.models import model, needs
from tests.gateway.nginx import SITE, Answer, Nginx, running

pytestmark = [pytest.mark.once, needs("nginx", "openssl")]

CLIENT = "192.0.2.10"
NAME = "0123456789abcdef"
#: What is in the files, by their paths.
FILES = {
    f"photos/2026/gala/{NAME}.jpg": b"gala",
    f"photos/2026/gala/_large/{NAME}.webp": b"large",
    f"photos/2026/gala/_thumbs/{NAME}.webp": b"thumb",
    f"photos/2026/gala1/{NAME}.jpg": b"neighbour",
    f"photos/2026/hidden/{NAME}.jpg": b"hidden",
    f"photos/psl/gala/{NAME}.jpg": b"of PSL",
    f"photos/_covers/{NAME}.webp": b"cover",
    f"photos/_incoming/a/{NAME}.jpg": b"incoming",
    f"bar_avatars/{NAME}.webp": b"avatar",
    "bekks/12/issue-0a.pdf": b"bekk",
    "club_q/plaquettes/3/page-1.webp": b"brochure",
    f"theatre/saison_1/spectacle_{NAME}.webp": b"poster",
    f"theatre/_incoming/{NAME}-made": b"half a poster",
    f"outside/{NAME}.jpg": b"outside",
}
PATHS = {
    f"/photo/2026/gala/{NAME}.jpg": "/photo/2026/gala",
    f"/photo/2026/gala/_large/{NAME}.webp": "/photo/2026/gala",
    f"/photo/2026/gala/_thumbs/{NAME}.webp": "/photo/2026/gala",
    f"/photo/2026/gala1/{NAME}.jpg": "/photo/2026/gala1",
    f"/photo_cover/{NAME}.webp": "/photo_cover",
    f"/bar_avatars/{NAME}.webp": "/bar_avatars",
    "/bekks/12/issue-0a.pdf": "/bekks/12",
    "/club_q_plaquettes/3/page-1.webp": "/club_q_plaquettes/3",
}
PHOTO, *_ = PATHS


class Lab(NamedTuple):
    """The web server, the site behind it, and the cookie of who writes its albums."""

    nginx: Nginx
    app: Flask
    cookie: str

    def get(self, path: str, address: str = CLIENT, **headers: str) -> Answer:
        """Ask for something as the client of an address."""
        return self.nginx.fetch(path, **{"X-Test-Address": address} | headers)

    def follow(self, path: str, **headers: str) -> tuple[list[int], Answer]:
        """Ask as a browser does: the statuses, and the last answer."""
        statuses: list[int] = []
        while len(statuses) < 10:
            answer = self.get(path, **headers)
            statuses.append(answer.status)
            if answer.status not in (301, 302):
                return statuses, answer
            path = answer.headers["Location"]
        pytest.fail(f"a loop: {statuses}")


def link(path: str, *, address: str = CLIENT, lasts: int = 3600, directory: str = "") -> str:
    """A link to a file, as the site makes them."""
    expires = int(time.time()) + lasts
    token = file_tokens.sign(directory or PATHS[path], address, expires, SECRET)
    return f"{path}?md5={token.md5}&expires={token.expires}"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    home = tmp_path_factory.mktemp("files")
    for path, content in FILES.items():
        (home / path).parent.mkdir(parents=True, exist_ok=True)
        (home / path).write_bytes(content)
    for folder in ("static", "bandwidthd"):
        (home / folder).mkdir()
    (home / "psl.htpasswd").write_text("psl:{PLAIN}shared\n")
    secret = model("photos-secret.conf", ("photos-change-me-photos-change-me-photos", SECRET))
    (home / "photos-secret.conf").write_text(secret)
    app = site_in(home)
    cookie = furnished(app)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    changes = (
        ("http {\n", "http {\n\tset_real_ip_from 127.0.0.0/8;\n\treal_ip_header X-Test-Address;\n"),
        (
            f"server_name {SITE};\n\t\tssl_certificate ",
            f"server_name {SITE};\n\t\tlisten [::1]:TLS_PORT ssl http2;\n\t\tssl_certificate ",
        ),
    )
    with running(home, site=server.server_port, changes=changes) as nginx:
        yield Lab(nginx, app, cookie)
    server.shutdown()
    with app.app_context():
        db.engine.dispose()


def site_in(home: Path) -> Flask:
    """The site, on a database of its own."""
    settings = Settings(
        mode="testing",
        secret_key=SecretStr("not a secret: a test, and a long one at that"),
        SQLALCHEMY_DATABASE_URI=f"sqlite:///{home}/site.db",
        server_name=SITE,
        admins="gri@example.org",
        mail=MailSettings(suppress_send=True),
        photos=PhotosSettings(base_path=home / "photos", secret_key=SecretStr(SECRET)),
    )
    app = create_app(settings, WTF_CSRF_ENABLED=False)
    app.extensions["photo_store"] = PhotoStore(home / "photos")
    with app.app_context():
        Base.metadata.create_all(db.engine)
        furnish(db.session())
        db.session.remove()
    return app


def furnished(app: Flask) -> str:
    """Albums that everybody may open, and one that nobody may; the cookie of who writes them."""
    with app.app_context(), Session(db.engine) as session:
        factories.base.use(session)
        public = session.get_one(Role, Role.PUBLIC)
        public.permissions = [permission(T.read, S.photos), permission(T.read, S.collection)]
        year = CollectionFactory(dir_name="2026")
        photo = PhotoFactory(album=AlbumFactory(collection=year, dir_name="gala"))
        photo.file_name, photo.cover_name = f"{NAME}.jpg", f"{NAME}.webp"
        photo.cover_of = photo.album_id
        for name, visible in (("gala1", True), ("hidden", False)):
            album = AlbumFactory(collection=year, dir_name=name, visible=visible)
            PhotoFactory(album=album, file_name=f"{NAME}.jpg")
        others = AlbumFactory(collection=CollectionFactory(dir_name="psl"), dir_name="gala")
        PhotoFactory(album=others, file_name=f"{NAME}.jpg")
        writer = PCeenFactory(can=[(T.read, S.photos), (T.write, S.collection)])
        login = LoginSession(pceen=writer, method=LoginMethod.password)
        session.add(login)
        session.commit()
        signer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
        return f"{app.config['SESSION_COOKIE_NAME']}={signer.dumps({'_user_id': login.secret})}"


@pytest.mark.parametrize("path", PATHS)
def test_a_link_opens_its_file(lab: Lab, path: str) -> None:
    answer = lab.get(link(path))

    assert answer.status == 200
    assert answer.body in FILES.values()
    assert answer.headers["Cache-Control"] == "private, must-revalidate, max-age=3600"
    assert answer.headers.get_all("Content-Security-Policy") == [FILE_POLICY]
    assert answer.headers.get_all("X-Content-Type-Options") == ["nosniff"]
    assert answer.headers.get_all("Strict-Transport-Security") == ["max-age=63072000"]
    assert answer.headers["Content-Type"].startswith(("image/", "application/pdf"))


def test_a_poster_is_for_everybody_and_nothing_else_of_its_directory_is(lab: Lab) -> None:
    poster = f"spectacle_{NAME}.webp"

    shown = lab.get(f"/theatre_posters/saison_1/{poster}")
    others = (
        f"_incoming/{NAME}-made",
        "saison_1/",
        "saison_1/x.svg",
        "%2e%2e/x",
        f"saison_1/../{poster}",
    )

    assert (shown.status, shown.body) == (200, b"poster")
    assert shown.headers["Content-Security-Policy"] == FILE_POLICY
    assert "public" in (shown.headers.get_all("Cache-Control") or [""])[-1]
    for other in others:
        assert lab.get(f"/theatre_posters/{other}").status == 404, other


def test_a_file_is_asked_for_again_and_bit_by_bit(lab: Lab) -> None:
    address = link(PHOTO)
    tag = lab.get(address).headers["ETag"]

    again = lab.get(address, **{"If-None-Match": tag})
    part = lab.get(address, Range="bytes=1-2")

    assert (again.status, again.body) == (304, b"")
    assert (part.status, part.body) == (206, b"al")
    for answer in (again, part):
        assert answer.headers["Cache-Control"] == "private, must-revalidate, max-age=3600"


@pytest.mark.parametrize(("directory", "address", "md5"), VECTORS)
def test_the_vectors_of_the_specification_open(
    lab: Lab, directory: str, address: str, md5: str
) -> None:
    path = next(path for path, opened in PATHS.items() if opened == directory)

    answer = lab.get(f"{path}?md5={md5}&expires={VECTORS_END}", address)

    assert answer.status == (200 if time.time() <= VECTORS_END else 302)
    assert lab.get(f"{path}?md5={md5}&expires={VECTORS_END}", "192.0.2.11").status == 302
    assert lab.get(f"{path}?md5={md5}&expires=978307200", address).status == 302


def test_an_expired_link_leads_to_a_new_one(lab: Lab) -> None:
    first = lab.get(link(PHOTO, lasts=-1))
    statuses, answer = lab.follow(link(PHOTO, lasts=-1))

    gate = urlsplit(first.headers["Location"])
    assert first.status == 302
    assert first.headers["Cache-Control"] == "no-store"
    assert (gate.netloc, gate.path) == ("", f"/photos/2026/gala/{NAME}.jpg")
    assert gate.query.replace("bad_", "") == "&".join(
        reversed(urlsplit(link(PHOTO, lasts=-1)).query.split("&"))
    )
    assert statuses == [302, 302, 200]
    assert answer.body == b"gala"


@pytest.mark.parametrize("path", [path for path in PATHS if path.startswith("/photo")])
def test_who_has_no_link_gets_one_at_the_gate(lab: Lab, path: str) -> None:
    statuses, answer = lab.follow(path)

    assert statuses == [302, 302, 200]
    assert answer.body in FILES.values()


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("how", ["none", "empty", "other", "address", "prefix", "past", "later"])
def test_anything_else_opens_nothing(lab: Lab, path: str, how: str) -> None:
    good = link(path)
    others = [one for one in PATHS.values() if one != PATHS[path]]
    refused = {
        "none": [path, f"{path}?", f"{path}?md5=&expires="],
        "empty": [link(path, directory=" ").replace("%20", ""), link(path, directory="/")],
        "other": [link(path, directory=one) for one in others],
        "address": [link(path, address=one) for one in ("192.0.2.1", "192.0.2.100", "::1", "")],
        "prefix": [link(path, directory=one) for one in (PATHS[path][:-1], f"{PATHS[path]}1")],
        "past": [f"{good}0".replace("expires=", "expires=-"), link(path, lasts=-2)],
        "later": [f"{good}0", good.replace("expires=", "expires=0"), good.replace("md5=", "md5=A")],
    }

    for address in refused[how]:
        answer = lab.get(address)
        assert answer.status == 302, address
        assert answer.body not in FILES.values()


def test_one_letter_less_or_more_opens_nothing(lab: Lab) -> None:
    path, _, query = link(PHOTO).partition("?md5=")
    md5, _, expires = query.partition("&")
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    last = [f"{md5[:-1]}{letter}" for letter in letters if letter != md5[-1]]
    mutated = [md5[:-1], f"{md5}=", f"{md5}==", f"{md5},1", f"A{md5[1:]}B", md5.swapcase(), *last]
    with closing(lab.nginx.connect()) as connection:
        for one in mutated:
            headers = {"Host": SITE, "X-Test-Address": CLIENT}
            connection.request("GET", f"{path}?md5={one}&{expires}", headers=headers)
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 302, one


@pytest.mark.parametrize(
    "path",
    [
        f"/photo/2026/gala1/../gala/{NAME}.jpg",
        f"/photo/2026/gala1/%2e%2e/gala/{NAME}.jpg",
        f"/photo/2026/gala/..%2fgala1/{NAME}.jpg",
        f"/photo/2026/gala/%2e%2e%2fgala1%2f{NAME}.jpg",
        f"/photo/2026/gala/../../../outside/{NAME}.jpg",
        f"/photo/2026/gala/..%2f..%2f..%2foutside/{NAME}.jpg",
        f"/photo/2026/gala/..\\gala1\\{NAME}.jpg",
        f"/photo/2026//gala/{NAME}.jpg",
        f"//photo/2026/gala/{NAME}.jpg",
        f"/photo/./2026/gala/{NAME}.jpg",
        f"/photo/2026%2fgala/{NAME}.jpg",
        f"/photo/2026/gala/_large%2f{NAME}.webp",
        f"/photo/2026/gala/%30{NAME[1:]}.jpg",
        f"/photo/2026/gal%61/{NAME}.jpg",
        f"/photo/2026/gala/{NAME}.jpg/",
        f"/photo/2026/gala/{NAME}.jpg%00",
        f"/photo/2026/gala/{NAME}.jpg%0a",
        f"/photo/2026/gala/{NAME}.jpg;x",
        f"/photo/2026/gala/{NAME}.JPG",
        f"/PHOTO/2026/gala/{NAME}.jpg",
        f"/photo/2026/gala/_incoming/{NAME}.jpg",
        f"/photo/_incoming/a/{NAME}.jpg",
        f"/photo/_covers/{NAME}.webp",
        f"/photo/2026/gala/_large/../{NAME}.jpg",
        f"/photo_cover/../2026/gala/{NAME}.jpg",
        f"/photo_cover../2026/gala/{NAME}.jpg",
        f"/photo../outside/{NAME}.jpg",
        f"/photo_cover/_covers/{NAME}.webp",
        "/photo/2026/gala/.jpg",
        "/photo/2026/gala/.htaccess",
        "/photo/2026/gala/x",
        "/photo/x.jpg",
        "/bekks/../x",
        "/bekks/12x/issue-0a.pdf",
        "/bekks/12/issue-0a.pdf/x.pdf",
        "/bar_avatars/%2e%2e/x",
    ],
)
def test_no_other_way_of_writing_an_address_opens_a_file(lab: Lab, path: str) -> None:
    """With whatever links the visitor may have."""
    for directory in ("/photo/2026/gala", "/photo_cover", "/bekks/12", ""):
        expires = int(time.time()) + 600
        token = file_tokens.sign(directory, CLIENT, expires, SECRET)
        answer = lab.get(f"{path}?md5={token.md5}&expires={token.expires}")
        assert answer.status in (308, 400, 404), path
        assert answer.body not in FILES.values()


@pytest.mark.parametrize("path", ["/photo/", "/photo/2026/", "/photo/2026/gala/", "/photo_cover/"])
def test_no_directory_is_ever_listed(lab: Lab, path: str) -> None:
    for asked in (path, path.rstrip("/"), f"{path}_large/"):
        for directory in PATHS.values():
            token = file_tokens.sign(directory, CLIENT, int(time.time()) + 600, SECRET)
            answer = lab.get(f"{asked}?md5={token.md5}&expires={token.expires}")
            assert answer.status == 404
            assert NAME.encode() not in answer.body


def test_a_link_that_is_none_is_repeated_only_if_it_is_harmless(lab: Lab) -> None:
    for sent, repeated in (
        ("md5=abc&expires=12", "bad_expires=12&bad_md5=abc"),
        ("md5=%0d%0aSet-Cookie:x&expires=%3cb%3e", "bad_expires=&bad_md5="),
        (f"md5={'A' * 65}&expires={'1' * 30}", "bad_expires=&bad_md5="),
        ("md5=a&md5=b&expires=1&expires=2", "bad_expires=1&bad_md5=a"),
    ):
        location = lab.get(f"{PHOTO}?{sent}").headers["Location"]
        assert location == f"/photos/2026/gala/{NAME}.jpg?{repeated}"


def test_what_is_hidden_is_as_what_is_not_there(lab: Lab) -> None:
    hidden = lab.follow(f"/photo/2026/hidden/{NAME}.jpg")
    missing = lab.follow(f"/photo/2026/missing/{NAME}.jpg")

    assert hidden[0] == missing[0] == [302, 404]
    assert lab.follow(link(f"/photo/2026/Gala/{NAME}.jpg", directory="/photo/2026/gala"))[0] == [
        302,
        404,
    ]
    statuses, answer = lab.follow(f"/photo/2026/hidden/{NAME}.jpg", Cookie=lab.cookie)
    assert (statuses, answer.body) == ([302, 302, 200], b"hidden")


def test_two_secrets_end_in_an_explanation(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    settings: Settings = lab.app.extensions["settings"]
    others = PhotosSettings(secret_key=SecretStr("another secret, and a long one at that"))
    monkeypatch.setitem(
        lab.app.extensions, "settings", settings.model_copy(update={"photos": others})
    )
    gate = f"/photos/2026/gala/{NAME}.jpg"
    from_page = lab.get(gate).headers["Location"]

    assert lab.follow(from_page)[0] == [302, 403]
    statuses, answer = lab.follow(gate)
    assert statuses == [302, 302, 403]
    assert b"own links: no protected file" in answer.body
    assert "PHOTOS_SECRET_KEY" in caplog.text


@pytest.mark.parametrize(
    "path",
    [
        "/photos/psl",
        "/photos/psl/",
        "/photos/psl/gala",
        "/photos/psl/gala.zip",
        f"/photos/psl/gala/{NAME}.jpg",
        "/photos/psl/gala/upload",
        "/photos//psl/gala",
        "/photos/%70sl/gala",
        "/photos/x/../psl/gala",
        "/photos%2fpsl/gala",
    ],
)
def test_who_lacks_the_password_gets_no_byte_of_psl(lab: Lab, path: str) -> None:
    answer = lab.get(path)

    assert answer.status == 401
    assert b"of PSL" not in answer.body
    assert lab.get(path, Authorization="Basic cHNsOndyb25n").status == 401


def test_the_password_of_psl_is_asked_for_its_files_too(lab: Lab) -> None:
    path = f"/photo/psl/gala/{NAME}.jpg"
    good = link(path, directory="/photo/psl/gala")
    known = {"Authorization": "Basic cHNsOnNoYXJlZA=="}

    assert lab.get(good).status == 401
    assert lab.follow(path)[0] == [302, 401]
    assert lab.get(good, **known).body == b"of PSL"
    assert lab.follow(path, **known)[0] == [302, 302, 200]
    assert lab.get("/photos/pslx").status != 401


def test_an_address_of_the_new_kind_has_links_of_its_own(lab: Lab) -> None:
    """Its letters are those that the web server sees, here and in the site."""
    with closing(lab.nginx.connect(to="::1")) as connection:
        path, statuses = PHOTO, []
        while len(statuses) < 4:
            connection.request("GET", path, headers={"Host": SITE})
            answer = connection.getresponse()
            content = answer.read()
            statuses.append(answer.status)
            path = answer.headers["Location"] or path
            if answer.status == 200:
                break

    assert statuses == [302, 302, 200]
    assert content == b"gala"
    assert lab.get(path, "192.0.2.10").status == 302


@pytest.mark.parametrize(("size", "status"), [(99_999_999, 415), (100_000_001, 413)])
def test_a_photo_of_100_megabytes_reaches_the_site_and_none_larger(
    lab: Lab, size: int, status: int
) -> None:
    before = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n'
    fields = "".join(
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in (("collection", "2026"), ("album", "gala"))
    )
    head, tail = fields.encode() + before, b"\r\n--x--\r\n"
    block = bytes(1_000_000)
    with closing(lab.nginx.connect()) as connection:
        connection.putrequest("POST", "/api/photos/upload")
        connection.putheader("Content-Type", "multipart/form-data; boundary=x")
        connection.putheader("Content-Length", str(len(head) + size + len(tail)))
        connection.putheader("Cookie", lab.cookie)
        connection.endheaders(head)
        for start in range(0, size, len(block)):
            connection.send(block[: size - start])
        connection.send(tail)
        answer = connection.getresponse()
        content = answer.read().decode()

    assert answer.status == status, content
    assert content.startswith('{"error":')


@pytest.mark.parametrize(
    "path", ["/api/photos/upload", "/api/photos/uploads/x", "/photos/2026/gala/upload"]
)
def test_the_web_server_refuses_what_the_site_would(lab: Lab, path: str) -> None:
    answer = lab.nginx.fetch(path, "POST", **{"Content-Length": str(97 * 1024 * 1024 + 1)})

    assert answer.status == 413
    assert lab.nginx.fetch(f"/x{path}", "POST", **{"Content-Length": "27000000"}).status == 413


def test_an_album_moves_under_50_downloads(lab: Lab) -> None:
    """Those that have begun end well; the others find all of it, or nothing."""
    store: PhotoStore = lab.app.extensions["photo_store"]
    content = bytes(range(256)) * 16_000
    moving, name = store.base / "2026" / "moving", "00000000000000aa.jpg"
    moving.mkdir()
    (moving / name).write_bytes(content)
    address = link(f"/photo/2026/moving/{name}", directory="/photo/2026/moving")
    half_way = threading.Barrier(51)

    def download(number: int) -> tuple[int, bytes]:
        if number % 2:
            half_way.wait(10)
        with closing(lab.nginx.connect()) as connection:
            connection.request("GET", address, headers={"Host": SITE, "X-Test-Address": CLIENT})
            answer = connection.getresponse()
            begun = answer.read(1000)
            if not number % 2:
                half_way.wait(10)
            return answer.status, begun + answer.read()

    with ThreadPoolExecutor(50) as people:
        downloads = [people.submit(download, number) for number in range(50)]
        half_way.wait(10)
        store.move_album(("2026", "moving"), ("psl", "moved"))
        answers = [future.result() for future in downloads]

    assert all(answers[number] == (200, content) for number in range(0, 50, 2))
    assert all(status == 404 or found == content for status, found in answers)
    assert lab.get(address).status == 404
    assert (store.base / "psl" / "moved" / name).read_bytes() == content
