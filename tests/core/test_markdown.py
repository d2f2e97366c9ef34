"""What is made of what people write in Markdown, hostile people among them."""

import pytest
from bs4 import BeautifulSoup

from app.core.markdown import render

pytestmark = pytest.mark.once

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<!-- --><iframe src='https://evil.example'></iframe>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java&#115;cript:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](<java\tscript:alert(1)>)",
    "[x](vbscript:alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "[x](file:///etc/passwd)",
    "[x](//evil.example)",
    "[x](/\\evil.example)",
    "[x](</\t/evil.example>)",
    "[x][1]\n\n[1]: javascript:alert(1)",
    "<javascript:alert(1)>",
    "![a](data:text/html,<b>)",
    "![a](data:image/svg+xml;base64,AAAA)",
    "![a](https://evil.example/x.png)",
    "![a](//evil.example/x.png)",
    "![a](http:/evil.example)",
    '![a](/x.png "\\" onerror=alert(1) x=\\"")',
    '[a](https://e.org "\\" onmouseover=alert(1)")',
    '```"><script>alert(1)</script>\nx\n```',
    "`<script>alert(1)</script>`",
    "| <script> | a |\n|-|-|\n| <b onclick=x> | ![i](https://evil.example) |",
    "# <style>*{display:none}</style>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "<a href='javascript:alert(1)'>x</a>",
    "\x00<script>\u202ealert(1)</script>",
]
TAGS = {
    *("p", "br", "hr", "blockquote", "pre", "code", "em", "strong", "ul", "ol", "li", "a", "img"),
    *("h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td"),
}
ATTRIBUTES = {"href", "rel", "src", "alt", "title", "start", "class"}


@pytest.mark.parametrize("text", HOSTILE)
def test_what_is_hostile_is_inert(text: str) -> None:
    for element in BeautifulSoup(render(text), "html.parser").select("*"):
        assert element.name in TAGS
        assert set(element.attrs) <= ATTRIBUTES
        if element.name == "a":
            assert str(element["href"]).startswith(("https://", "http://", "mailto:", "/"))
            assert not str(element["href"]).startswith("//")
            assert element["rel"] == ["noopener", "nofollow"]
        if element.name == "img":
            assert str(element["src"]).startswith("/")
            assert not str(element["src"]).startswith("//")


def test_html_that_is_typed_shows_as_text() -> None:
    text = "Un <b>mot</b> & <script>alert(1)</script>"

    assert BeautifulSoup(render(text), "html.parser").get_text().strip() == text


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("**gras** et *italique*", "<p><strong>gras</strong> et <em>italique</em></p>"),
        ("une ligne\nune autre", "<p>une ligne<br>\nune autre</p>"),
        (
            "[nous](https://e.org)",
            '<p><a href="https://e.org" rel="noopener nofollow">nous</a></p>',
        ),
        ("[ici](/photos)", '<p><a href="/photos" rel="noopener nofollow">ici</a></p>'),
        ("<a@e.org>", '<p><a href="mailto:a@e.org" rel="noopener nofollow">a@e.org</a></p>'),
        (
            "![plan](/club_q_images/7/a.webp)",
            '<p><img src="/club_q_images/7/a.webp" alt="plan"></p>',
        ),
        ("> cité", "<blockquote>\n<p>cité</p>\n</blockquote>"),
        ("- un\n- deux", "<ul>\n<li>un</li>\n<li>deux</li>\n</ul>"),
        ("3. un", '<ol start="3">\n<li>un</li>\n</ol>'),
        ("", ""),
    ],
)
def test_what_people_write_becomes_what_they_meant(text: str, html: str) -> None:
    assert render(text).strip() == html


def test_a_picture_of_another_site_is_a_link_to_it() -> None:
    page = BeautifulSoup(
        render("![une affiche](https://e.org/a.png) [![b](https://e.org/b.png)](https://e.org)"),
        "html.parser",
    )

    assert not page.select("img")
    assert [(a["href"], a.get_text()) for a in page.select("a")] == [
        ("https://e.org/a.png", "une affiche"),
        ("https://e.org", "b"),
    ]


@pytest.mark.parametrize(
    ("text", "level", "tags"),
    [
        ("# A\n### B\n## C\n# D", 2, ["h2", "h3", "h3", "h2"]),
        ("#### A\n# B\n###### C", 2, ["h2", "h2", "h3"]),
        ("# A\n## B", 3, ["h3", "h4"]),
        ("# A\n## B\n### C\n#### D", 5, ["h5", "h6", "h6", "h6"]),
    ],
)
def test_headings_follow_those_of_the_page(text: str, level: int, tags: list[str]) -> None:
    page = BeautifulSoup(render(text, level=level), "html.parser")

    assert [one.name for one in page.select("*")] == tags


def test_the_columns_of_a_table_are_aligned_without_a_style() -> None:
    page = BeautifulSoup(render("|a|b|c|\n|:-|:-:|-:|\n|1|2|3|"), "html.parser")

    assert [one.get("class") for one in page.select("td")] == [None, ["md-center"], ["md-end"]]
    assert "style" not in render("|a|\n|-:|\n|1|")


@pytest.mark.parametrize(
    "text",
    [
        *("[" * 20_000, "![](" * 5000, "[a](" * 5000, "*a " * 6600, "_a" * 10_000, "a**" * 6600),
        *(">" * 20_000, "- " * 10_000, "`" * 20_000, "<" * 20_000, "\\" * 20_000, "[]" * 10_000),
        *("|" * 10_000 + "\n" + "|-" * 5000, "|a|\n|-|\n" + "|x|\n" * 5000, "[a]: /x\n" * 2500),
    ],
)
def test_the_longest_texts_come_out_about_as_long(text: str) -> None:
    assert len(render(text)) <= 10 * len(text)
