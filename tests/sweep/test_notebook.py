"""Figures in a notebook; elsewhere nothing is changed."""

import sys
import types

from matplotlib.figure import Figure

from sweep import notebook


class Formatter:
    def __init__(self):
        self.type_printers = {}

    def for_type(self, kind, function):
        self.type_printers[kind] = function


def test_a_figure_becomes_a_picture(monkeypatch):
    formatter = Formatter()
    display = types.SimpleNamespace(formatters={"image/png": formatter})
    shell = types.SimpleNamespace(display_formatter=display)
    running = types.SimpleNamespace(get_ipython=lambda: shell, version_info=(9, 0))
    monkeypatch.setitem(sys.modules, "IPython", running)
    notebook.shows_figures()
    assert formatter.type_printers[Figure](Figure()).startswith(b"\x89PNG")


def test_without_a_notebook_nothing_happens(monkeypatch):
    monkeypatch.setitem(
        sys.modules, "IPython", types.SimpleNamespace(get_ipython=lambda: None)
    )
    notebook.shows_figures()
