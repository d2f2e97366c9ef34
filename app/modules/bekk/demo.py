"""Issues of the Bekk of the demonstration: laid out here, then checked and drawn as any other."""

from datetime import timedelta
from pathlib import Path
from random import Random

from flask import current_app
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from sqlalchemy.orm import Session

from app.core import clock
from app.core.files import sync
from app.core.text import comparison_key
from app.enums import DocumentState
from app.integrations import documents
from app.integrations.documents import Cleaned, Place
from app.integrations.folders import BekkFiles
from app.integrations.photo_store import publish
from app.models import Bekk, BekkPage, ModuleText
from app.modules.bekk.rules.search import search_key
from app.web import pdf
from app.web.module import Demo

#: In a school of full size: issues, and pages of each.
ISSUES, PAGES = 6, 8
WEIGHT = ISSUES
_NAMES = (
    "Le Bekk de rentrée",
    "Spécial week-end d'intégration",
    "Numéro d'hiver",
    "Le Bekk du gala",
    "Printemps en salle de TP",
    "Le dernier avant l'été",
)
_COLOURS = ("#152f4e", "#e40046", "#546211", "#9f4216", "#2b2d6e", "#014421")
_TITLES = (
    "Édito",
    "Le café de la cafèt' : enquête",
    "Courrier des lecteurs",
    "Mots croisés",
    "Recette : le gratin d'étage",
    "Petites annonces",
    "Horoscope des promos",
)
_SENTENCES = (
    "On nous a demandé d'écrire moins long ; nous avons donc gardé les titres.",
    "Le four du troisième étage a enfin été réparé, puis aussitôt repris.",
    "Une majorité se dégage pour le café, une minorité pour le sommeil.",
    "Personne ne sait qui a gagné le tournoi, mais tout le monde l'a fêté.",
    "Les résultats de la manip sont bons, c'est ce qui nous inquiète.",
    "Cherche binôme sérieux pour TP, plaisantins bienvenus si ponctuels.",
    "Le chat de la cour a été élu délégué, sans opposition.",
)
_INTRODUCTION = """\
Le **Bekk** est le journal des élèves. Tous les numéros se lisent ici, et se téléchargent.

Un dessin, un article, une petite annonce ? Glissez-les sous la porte du local, ou écrivez-nous.
"""


def load(session: Session, demo: Demo) -> None:
    """Write an introduction, and issues of two promos."""
    # drawn apart: what comes after does not depend on how many words there are
    chance = Random(demo.chance.getrandbits(64))  # noqa: S311  # the same everywhere
    store: BekkFiles = current_app.extensions["bekk_files"]
    store.prepare()
    session.add(ModuleText(slug="bekk", content=_INTRODUCTION))
    pages = max(4, demo.count(PAGES))
    for rank in range(demo.count(ISSUES)):
        _publish(session, chance, rank, pages=pages, store=store)
        demo.tick()


def _publish(session: Session, chance: Random, rank: int, *, pages: int, store: BekkFiles) -> None:
    """Make an issue: the first is the latest."""
    name = _name(rank)
    with store.workbench() as (drawn, made):
        _lay_out(chance, drawn, name, _COLOURS[rank % len(_COLOURS)], pages)
        cleaned = documents.clean(drawn, made)
        sync(made)
        issue = _issue(session, chance, rank, cleaned)
        publish(made, store.document(issue.id, issue.file))
    source = store.document(issue.id, issue.file)
    place = Place(folder=source.parent, workshop=store.incoming, revision=1)
    for page in documents.draw(source, place, pages=issue.page_count):
        session.add(
            BekkPage(
                bekk_id=issue.id,
                revision=1,
                number=page.number,
                width=page.width,
                height=page.height,
                text=page.text,
                text_key=search_key(page.text),
            )
        )
    issue.state, issue.shown_revision = DocumentState.ready, 1
    session.flush()


def _name(rank: int) -> str:
    return _NAMES[-1 - rank % len(_NAMES)]


def _issue(session: Session, chance: Random, rank: int, cleaned: Cleaned) -> Bekk:
    name = _name(rank)
    issue = Bekk(
        name=name,
        name_key=search_key(name),
        promo=144 if rank < ISSUES // 2 else 143,
        date=clock.today() - timedelta(days=20 + 55 * rank),
        original_name=f"{comparison_key(name)}.pdf",
        file=f"issue-{chance.getrandbits(128):032x}.pdf",
        size=cleaned.size,
        sha256=cleaned.sha256,
        page_count=cleaned.pages,
    )
    session.add(issue)
    session.flush()
    return issue


def _lay_out(chance: Random, path: Path, name: str, colour: str, pages: int) -> None:
    """Draw a cover and so many pages less one, with text that can be found."""
    with pdf.drawing:
        pdf.fonts()
        canvas = Canvas(str(path), pagesize=A4, pageCompression=1, invariant=1)
        _cover(canvas, name, colour)
        for number in range(2, pages + 1):
            _page(canvas, chance, colour, number)
        canvas.save()


def _cover(canvas: Canvas, name: str, colour: str) -> None:
    width, height = A4
    canvas.setFillColor(colour)
    canvas.rect(0, 0, width, height, stroke=0, fill=1)
    canvas.setFillColor("#ffffff")
    canvas.setFont(pdf.BOLD, 92)
    canvas.drawString(18 * mm, height - 52 * mm, "BEKK")
    canvas.setFillColor("#d5c0a9")
    for rank in range(7):
        canvas.circle(width / 2, height / 2 - 25 * mm, (78 - 10 * rank) * mm, stroke=0, fill=1)
        canvas.setFillColor("#d5c0a9" if rank % 2 else colour)
    title = pdf.paragraph(name, 25, HexColor("#ffffff"), fontName=pdf.BOLD)
    title.wrapOn(canvas, width - 36 * mm, 60 * mm)
    title.drawOn(canvas, 18 * mm, 22 * mm)
    canvas.showPage()


def _page(canvas: Canvas, chance: Random, colour: str, number: int) -> None:
    width, height = A4
    canvas.setFillColor(colour)
    canvas.rect(0, height - 12 * mm, width, 12 * mm, stroke=0, fill=1)
    title = pdf.paragraph(_TITLES[(number - 2) % len(_TITLES)], 22, pdf.INK, fontName=pdf.BOLD)
    title.wrapOn(canvas, width - 40 * mm, 40 * mm)
    title.drawOn(canvas, 20 * mm, height - 40 * mm)
    column = (width - 50 * mm) / 2
    for side in range(2):
        words = " ".join(chance.choice(_SENTENCES) for _sentence in range(13))
        text = pdf.paragraph(words, 11, pdf.INK)
        _wide, high = text.wrapOn(canvas, column, height)
        text.drawOn(canvas, 20 * mm + side * (column + 10 * mm), height - 52 * mm - high)
    canvas.setFont(pdf.REGULAR, 9)
    canvas.setFillColor("#53647a")
    canvas.drawCentredString(width / 2, 12 * mm, str(number))
    canvas.showPage()
