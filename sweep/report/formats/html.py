"""`report.html`: one HTML file that includes its styles, script and figures.

It refers to no external address. A content-security policy in the page forbids every connection, so
that an error here cannot send data anywhere.
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

MOST_RUNS = 2000  # trials listed on the page; more make it slow to open
_FILES = {
    "configuration": "config.json",
    "log": "history.jsonl",
    "output": "output.txt",
}


def render(document: Document) -> Mapping[str, bytes]:
    """`report.html`."""
    style, script = _source("report.css"), _source("report.js")
    figures_of: dict[str, list[Figure]] = {table.name: [] for table in document.tables}
    alone: list[Figure] = []
    for figure in document.figures:
        figures_of.get(figure.table, alone).append(figure)
    page = _template().render(
        document=document,
        figures_of=figures_of,
        alone=alone,
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
    """The tables with their notes only, for a page that shows them live."""
    page = render(document)["report.html"].decode()
    return page.partition("<main>")[2].partition("</main>")[0]


@cache
def _template() -> jinja2.Template:
    """The template of the page, which escapes every value."""
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
        "tooltip": tooltip,
        "unbroken": unbroken,
        "heading": heading,
        "blocks": html_layout.blocks,
        "padding": html_numbers.padding,
        "number": html_numbers.number,
        "links": links,
        "width": shown_width,
    }
    return environment.from_string(_source("report.html.j2"))


def _without_controls(value: object) -> object:
    """Text without control characters, which a terminal showing the source would obey."""
    return clean_lines(value) if type(value) is str else value


def sort_key(cell: Cell) -> str:
    """The sort key of a cell: its number if it has one, else its text."""
    for part in ("", "mean", "adjusted"):
        value = cell.values.get(part)
        if isinstance(value, int | float) and not math.isnan(value):
            return repr(float(value))
    return cell.text


def data_uri(figure: Figure) -> str:
    """The figure's image as a data URI."""
    return "data:image/png;base64," + base64.b64encode(figure.png).decode()


def tooltip(cell: Cell) -> str:
    """The trials that a number is computed from."""
    return f"trials {', '.join(map(str, cell.trials))}" if cell.trials else ""


def unbroken(name: str) -> str:
    """An arm's name without a line break after its sign: `+ focal`."""
    sign, space, component = name.partition(" ")
    return f"{sign}\u00a0{component}" if space and len(sign) == 1 else name


def heading(title: str) -> Markup:
    """A column's title, which may be broken after `/`, `_` and `.`."""
    unbroken_arrow = re.sub(r" (?=[↑↓]$)", "\u00a0", clean_lines(title))
    return Markup("<wbr>").join(re.split(r"(?<=[/_.])", unbroken_arrow))


def links(run: Run) -> list[tuple[str, str]]:
    """(kind, path relative to the page) of a trial's files."""
    if not run.folder:
        return []
    return [(kind, f"{run.folder}/{file}") for kind, file in _FILES.items()]


def shown_width(figure: Figure) -> int:
    """The width of a figure on the page in pixels, at which its 7 pt text appears as 13 px."""
    return round(int.from_bytes(figure.png[16:20], "big") * 0.65)


def _source(name: str) -> str:
    file = resources.files("sweep.report").joinpath("templates", name)
    return file.read_text(encoding="utf-8")


def _digest(inline: str) -> str:
    """The hash of an inline script or style, for the page's security policy."""
    digest = hashlib.sha256(inline.encode()).digest()
    return "sha256-" + base64.b64encode(digest).decode()
