"""The page: a frame of its own around the tables of the report, from the report's own templates."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from importlib import resources

import jinja2

from sweep.report.formats import html
from sweep.report.table import Document

FILES = {"live.css": "text/css", "live.js": "text/javascript"}


def frame(name: str) -> str:
    """The page of a study before it is filled.

    Args:
        name: of the study.
    """
    return _template().render(name=name)


def tables(document: Document) -> str:
    """The tables of the report with their notes, as HTML without scripts.

    The report's list of trials is left out: the page has its own, which is filtered.
    """
    return html.tables(replace(document, runs=()))


def source(name: str) -> str:
    """A file of the page, one of `FILES`, or the styles and scripts of the report."""
    folder = "sweep.report" if name.startswith("report.") else "sweep.serving"
    return (
        resources.files(folder).joinpath("templates", name).read_text(encoding="utf-8")
    )


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    return environment.from_string(source("live.html.j2"))
