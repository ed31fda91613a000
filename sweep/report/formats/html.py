"""One HTML file without any address outside itself: styles, script and figures are inside:
`report.html`.

A content-security policy in the page forbids every connection, so that a mistake here could not
send data anywhere.
"""

from __future__ import annotations

import base64
import hashlib
import math
import re
from collections.abc import Mapping
from functools import cache
from importlib import resources

import jinja2
from markupsafe import Markup

from sweep.report.formats import html_layout, html_numbers
from sweep.report.table import Cell, Document, Figure, Run
from sweep.safe_text import clean_lines

MOST_RUNS = 2000  # trials that the page lists; more make it slow to open
_FILES = {
    "configuration": "config.json",
    "log": "history.jsonl",
    "output": "output.txt",
}


def render(document: Document) -> Mapping[str, bytes]:
    """`report.html`."""
    style, script = _source("report.css"), _source("report.js")
    beside = {table.name for table in document.tables}
    page = _template().render(
        document=document,
        beside=lambda name: [
            figure for figure in document.figures if figure.table == name
        ],
        alone=[figure for figure in document.figures if figure.table not in beside],
        notes=document.layout.notes,
        most_runs=MOST_RUNS,
        style=style,
        script=script,
        policy=(
            f"default-src 'none'; img-src data:; style-src '{_digest(style)}';"
            f" script-src '{_digest(script)}'"
        ),
    )
    return {"report.html": page.encode()}


def tables(document: Document) -> str:
    """The tables with their notes, and nothing around them: for a page that shows them live."""
    whole = render(document)["report.html"].decode()
    return whole.partition("<main>")[2].partition("</main>")[0]


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_without_controls,
    )
    environment.filters |= {
        "sort_key": sort_key,
        "data_uri": data_uri,
        "behind": behind,
        "unbroken": unbroken,
        "heading": heading,
        "blocks": html_layout.blocks,
        "padding": html_numbers.padding,
        "number": html_numbers.number,
        "links": links,
        "wide": shown_width,
    }
    return environment.from_string(_source("report.html.j2"))


def _without_controls(value: object) -> object:
    """Text without characters that a terminal would obey where the page's source is read in one."""
    return clean_lines(value) if type(value) is str else value


def sort_key(cell: Cell) -> str:
    """What a column is sorted by: the number where there is one, else the text."""
    for part in ("", "mean", "adjusted"):
        value = cell.values.get(part)
        if isinstance(value, int | float) and not math.isnan(value):
            return repr(float(value))
    return cell.text


def data_uri(figure: Figure) -> str:
    """The figure itself, as an address."""
    return "data:image/png;base64," + base64.b64encode(figure.png).decode()


def behind(cell: Cell) -> str:
    """Tooltip: the trials behind a number."""
    return f"trials {', '.join(map(str, cell.trials))}" if cell.trials else ""


def unbroken(name: str) -> str:
    """An arm's name that no line ends in behind its sign: `+ focal`."""
    sign, space, rest = name.partition(" ")
    return f"{sign}\u00a0{rest}" if space and len(sign) == 1 else name


def heading(title: str) -> Markup:
    """A column's title, which may go on below after `/`, `_` and `.`."""
    whole = re.sub(
        r" (?=[↑↓]$)", "\u00a0", clean_lines(title)
    )  # the arrow stays with its metric
    return Markup("<wbr>").join(re.split(r"(?<=[/_.])", whole))


def links(run: Run) -> list[tuple[str, str]]:
    """What a trial's files are, and where they are as seen from the page."""
    if not run.folder:
        return []
    return [(what, f"{run.folder}/{file}") for what, file in _FILES.items()]


def shown_width(figure: Figure) -> int:
    """Pixels of the page that a picture takes, so that its 7 pt text is read as 13 px."""
    return round(int.from_bytes(figure.png[16:20], "big") * 0.65)


def _source(name: str) -> str:
    return (
        resources.files("sweep.report")
        .joinpath("templates", name)
        .read_text(encoding="utf-8")
    )


def _digest(inline: str) -> str:
    return (
        "sha256-" + base64.b64encode(hashlib.sha256(inline.encode()).digest()).decode()
    )
