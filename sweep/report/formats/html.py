"""One HTML file without any address outside itself: styles, script and figures are inside:
`report.html`.

A content-security policy in the page forbids every connection, so that a mistake here could not
send data anywhere.
"""

from __future__ import annotations

import base64
import hashlib
import math
from collections.abc import Mapping
from functools import cache
from importlib import resources

import jinja2

from sweep.report.table import Cell, Document, Figure, Note
from sweep.safe_text import clean_lines


def render(document: Document) -> Mapping[str, bytes]:
    """`report.html`."""
    style, script = _source("report.css"), _source("report.js")
    page = _template().render(
        document=document,
        style=style,
        script=script,
        policy=f"default-src 'none'; img-src data:; style-src '{_digest(style)}'; script-src '{_digest(script)}'",
    )
    return {"report.html": page.encode()}


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
        "said": said,
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


def said(note: Note) -> str:
    """A note as a sentence."""
    return note.text if note.text.endswith((".", "!", "?")) else note.text + "."


def _source(name: str) -> str:
    return resources.files("sweep.report").joinpath("templates", name).read_text(encoding="utf-8")


def _digest(inline: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(inline.encode()).digest()).decode()
