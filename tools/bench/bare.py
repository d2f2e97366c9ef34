"""A Flask with nothing of ours: one view, one page of 10 kB. What the floor is compared with."""

from flask import Flask, render_template
from jinja2 import DictLoader

app = Flask(__name__)
app.jinja_loader = DictLoader(
    {
        "page.html": """<!doctype html>
<html lang="fr">
  <head><title>{{ title }}</title></head>
  <body>
    <nav><ul>
      {%- for entry in menu %}<li><a href="{{ entry.url }}">{{ entry.name }}</a></li>{% endfor -%}
    </ul></nav>
    <main>
      <h1>{{ title }}</h1>
      <table>
        {%- for row in rows %}
        <tr><td>{{ row.number }}</td><td><a href="/people/{{ row.number }}">{{ row.name }}</a></td>
        <td>{{ row.mail }}</td><td>{{ row.about }}</td></tr>
        {%- endfor %}
      </table>
    </main>
  </body>
</html>"""
    }
)
_MENU = [{"url": f"/part/{number}", "name": f"Partie {number}"} for number in range(20)]
_ROWS = [
    {
        "number": number,
        "name": f"Prénom Nom {number}",
        "mail": f"person{number}@example.org",
        "about": "Ce qu'on dit d'elle & de lui",
    }
    for number in range(54)
]


@app.get("/page")
def page() -> str:
    """The page."""
    return render_template("page.html", title="Une page", menu=_MENU, rows=_ROWS)
