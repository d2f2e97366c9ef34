"""The bar, for who buys: an account, money from Lydia, a code; and the camera that reads it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import segno
import sqlalchemy as sa
from PIL import Image
from playwright.sync_api import Browser, expect

from app.models import BarAccount, PCeen
from app.modules.account.demo import PASSWORD
from tests.browser.chromium import OPTIONS, find
from tests.browser.site import Site, running_site
from tests.browser.test_accessibility import check_page
from tests.browser.visitor import DESK, NARROW, PHONE, Visitor, visiting

pytestmark = pytest.mark.browser

WIDTH, HEIGHT = 640, 480
#: What a browser needs to take a film for a camera.
FAKE_CAMERA = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
CLIENT, SERVER = "plangevi", "gcharpak"


@pytest.fixture(scope="module")
def site(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site with the people of the demonstration, who go to the bar."""
    with running_site(tmp_path_factory.mktemp("bar"), name="bar", demo="small") as site:
        yield site


@pytest.fixture(scope="module")
def origin(site: Site) -> str:
    return site.serve()


@pytest.fixture(scope="module")
def client(chromium: Browser, site: Site, origin: str) -> Iterator[Visitor]:
    with visiting(chromium, origin, width=PHONE, friend=site.sandbox) as client:
        client.log_in(CLIENT, PASSWORD)
        yield client


def read(site: Site, username: str, column: sa.orm.InstrumentedAttribute[object]) -> object:
    """What the database says of someone's account."""
    engine = sa.create_engine(site.database_url)
    stmt = sa.select(column).join(PCeen, PCeen.id == BarAccount.pceen_id)
    with engine.connect() as connection:
        found = connection.execute(stmt.where(PCeen.username == username)).scalar_one()
    engine.dispose()
    return found


# Who buys


def test_money_comes_from_lydia_while_one_looks(client: Visitor, site: Site) -> None:
    before = read(site, CLIENT, BarAccount.balance_cents)
    client.open("/bar/me")
    client.page.get_by_role("link", name="Recharger", exact=True).last.click()
    client.page.locator("[data-preset]").nth(2).click()
    expect(client.field("Montant")).to_have_value("20,00")

    client.press("Continuer")

    with client.context.expect_page() as opened:
        client.page.get_by_role("link", name=re.compile("sur Lydia$")).click()
    opened.value.locator("button[value=pay]").click()
    expect(opened.value).to_have_url(re.compile(r"/bar/lydia/success\?payment=\d+"))
    for page in (opened.value, client.page):
        expect(page.get_by_text(re.compile("C'est payé")).first).to_be_visible()
    opened.value.close()
    receipt = client.context.request.get(client.page.url + "/receipt.pdf")
    assert receipt.body().startswith(b"%PDF-")
    assert read(site, CLIENT, BarAccount.balance_cents) == before + 2000  # type: ignore[operator]


def test_one_who_comes_back_without_paying_may_go_on(client: Visitor, site: Site) -> None:
    client.open("/bar/recharge")
    client.fill({"Montant": "7,50"})
    client.press("Continuer")
    with client.context.expect_page() as opened:
        client.page.get_by_role("link", name=re.compile("sur Lydia$")).click()

    opened.value.locator("button[value=cancel]").click()

    expect(client.page.get_by_text(re.compile("abandonné")).first).to_be_visible()
    opened.value.close()
    client.open("/bar/me")


def test_a_preset_is_a_link_where_there_is_no_script(chromium: Browser, origin: str) -> None:
    with visiting(chromium, origin, width=PHONE, scripts=False) as client:
        client.log_in(CLIENT, PASSWORD)
        client.open("/bar/recharge")

        client.page.locator("[data-preset]").nth(3).click()

        expect(client.field("Montant")).to_have_value("50,00")
        client.open("/bar/me")
        client.open("/bar/qrcode")


def test_a_code_is_changed_after_a_question(client: Visitor, site: Site) -> None:
    before = read(site, CLIENT, BarAccount.qr_code)
    client.open("/bar/qrcode")
    client.page.once("dialog", lambda question: question.accept())

    client.press("Changer de code")

    expect(client.page.get_by_text(re.compile("nouveau code"))).to_be_visible()
    assert read(site, CLIENT, BarAccount.qr_code) != before


@pytest.mark.parametrize("path", ["/bar/me", "/bar/qrcode", "/bar/recharge", "/bar/welcome", "/"])
def test_nothing_slides_sideways_on_the_narrowest_screen(
    chromium: Browser, origin: str, client: Visitor, path: str
) -> None:
    state = client.context.storage_state()
    with visiting(chromium, origin, width=NARROW, storage_state=state) as narrow:
        narrow.open(path)

        wider = "() => document.documentElement.scrollWidth > window.innerWidth"
        assert narrow.page.evaluate(wider) is False


def test_who_buys_sees_pages_that_everybody_may_use(client: Visitor) -> None:
    for path in ("/bar/me", "/bar/qrcode", "/bar/recharge", "/bar/me/birth_date", "/bar/me/alert"):
        client.open(path)
        check_page(client, path)


# The camera


def film(folder: Path, text: str) -> Path:
    """A film of a code that says *text*, as a camera sees it."""
    code = segno.make(text, error="m", micro=False, boost_error=False)
    picture = Image.new("L", (WIDTH, HEIGHT), 128)
    matrix = [bytes(0 if dark else 255 for dark in line) for line in code.matrix]
    size = len(matrix)
    drawn = Image.frombytes("L", (size, size), b"".join(matrix)).resize(
        (size * 7, size * 7), Image.Resampling.NEAREST
    )
    white = Image.new("L", (drawn.width + 60, drawn.height + 60), 255)
    white.paste(drawn, (30, 30))
    picture.paste(white, ((WIDTH - white.width) // 2, (HEIGHT - white.height) // 2))
    grey = bytes([128]) * (WIDTH * HEIGHT // 2)
    frame = b"FRAME\n" + picture.tobytes() + grey
    path = folder / "camera.y4m"
    path.write_bytes(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F15:1 Ip A1:1 C420jpeg\n".encode() + frame * 4)
    return path


@contextmanager
def at_the_counter(
    chromium: Browser, origin: str, *options: str, scripts: bool = True
) -> Iterator[Visitor]:
    """Whoever serves, before the page that reads codes, in a browser of their own."""
    browser = chromium.browser_type.launch(executable_path=find(), args=[*OPTIONS, *options])
    try:
        with visiting(browser, origin, width=PHONE, scripts=scripts) as server:
            server.log_in(SERVER, PASSWORD)
            server.open("/bar/scan")
            yield server
    finally:
        browser.close()


def with_film(path: Path) -> tuple[str, ...]:
    return (*FAKE_CAMERA, f"--use-file-for-fake-video-capture={path}")


def test_a_code_that_the_camera_reads_opens_the_client_at_once(
    chromium: Browser, site: Site, origin: str, tmp_path: Path
) -> None:
    code = read(site, "hbecquer", BarAccount.qr_code)
    seen = film(tmp_path, f"{origin}/bar/qr/{code}")
    with at_the_counter(chromium, origin, *with_film(seen)) as server:
        assert server.page.evaluate("navigator.mediaDevices.enumerateDevices().then(x => x.length)")
        assert server.page.locator("[data-scan-video]").evaluate("it => it.srcObject") is None

        server.press("Ouvrir la caméra")

        expect(server.page).to_have_url(f"{origin}/bar/user/hbecquer")


def test_a_code_is_read_without_a_network_and_opened_when_it_is_back(
    chromium: Browser, site: Site, origin: str, tmp_path: Path
) -> None:
    code = read(site, "hbecquer", BarAccount.qr_code)
    seen = film(tmp_path, f"{origin}/bar/qr/{code}")
    with at_the_counter(chromium, origin, *with_film(seen)) as server:
        server.page.wait_for_load_state("networkidle")
        server.context.set_offline(True)

        server.press("Ouvrir la caméra")

        expect(server.page.locator("[data-scan-words]")).to_contain_text("pas de réseau")
        server.context.set_offline(False)
        expect(server.page).to_have_url(f"{origin}/bar/user/hbecquer")


@pytest.mark.parametrize(
    "text", ["https://example.org/bar/qr/aaaaaaaaaaaaaaaaaaaaaa", "WIFI:S:x;;"]
)
def test_a_foreign_code_is_told_so(
    chromium: Browser, origin: str, tmp_path: Path, text: str
) -> None:
    with at_the_counter(chromium, origin, *with_film(film(tmp_path, text))) as server:
        server.press("Ouvrir la caméra")

        expect(server.page.locator("[data-scan-words]")).to_contain_text("n'est pas celui")
        expect(server.page).to_have_url(f"{origin}/bar/scan")
        server.press("Fermer la caméra")
        expect(server.page.get_by_role("button", name="Ouvrir la caméra")).to_be_focused()
        assert server.page.locator("[data-scan-video]").evaluate("it => it.srcObject") is None


def test_a_device_without_a_camera_says_so(chromium: Browser, origin: str) -> None:
    none = ("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream=device-count=0")
    with at_the_counter(chromium, origin, *none) as server:
        server.press("Ouvrir la caméra")

        expect(server.page.locator("[data-scan-words]")).to_contain_text("pas de caméra")


def test_a_camera_that_is_refused_says_so(chromium: Browser, origin: str) -> None:
    with at_the_counter(chromium, origin, "--use-fake-device-for-media-stream") as server:
        server.context.clear_permissions()

        server.press("Ouvrir la caméra")

        expect(server.page.locator("[data-scan-words]")).to_contain_text("refusée")


def test_an_address_without_https_says_so(chromium: Browser, origin: str) -> None:
    with at_the_counter(chromium, origin) as server:
        server.page.evaluate("Object.defineProperty(window, 'isSecureContext', {get: () => false})")

        server.press("Ouvrir la caméra")

        expect(server.page.locator("[data-scan-words]")).to_contain_text("https")


def test_a_lamp_is_switched_where_there_is_one(
    chromium: Browser, origin: str, tmp_path: Path
) -> None:
    with at_the_counter(chromium, origin, *with_film(film(tmp_path, "nothing of ours"))) as server:
        server.page.evaluate("""() => {
          window.asked = [];
          const track = MediaStreamTrack.prototype;
          track.getCapabilities = () => ({torch: true});
          track.applyConstraints = (wanted) => { window.asked.push(wanted); };
        }""")
        server.press("Ouvrir la caméra")
        lamp = server.page.get_by_role("button", name="Lampe")

        lamp.click()

        expect(lamp).to_have_attribute("aria-pressed", "true")
        assert server.page.evaluate("window.asked") == [{"advanced": [{"torch": True}]}]


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_who_it_is_may_be_written(chromium: Browser, origin: str, scripts: bool) -> None:
    with at_the_counter(chromium, origin, scripts=scripts) as server:
        assert server.page.locator("[data-scan]").is_visible() is scripts

        server.page.get_by_label("Ou écrivez qui c'est").fill("hbecquer")
        server.press("Chercher")

        expect(server.page).to_have_url(f"{origin}/bar/user/hbecquer")


def test_the_page_that_reads_codes_may_be_used_by_everybody(chromium: Browser, origin: str) -> None:
    with visiting(chromium, origin, width=DESK) as server:
        server.log_in(SERVER, PASSWORD)
        server.open("/bar/scan")

        check_page(server, "scan")
