"""Show a figure in a notebook if it is a cell's last line."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_DPI = 110  # of the picture in a cell


def shows_figures() -> None:
    """Let this notebook show Matplotlib's figures; nothing elsewhere.

    IPython shows them by itself only once pyplot was imported with its inline backend.
    """
    from matplotlib.figure import Figure

    interactive = sys.modules.get("IPython")
    shell = None if interactive is None else interactive.get_ipython()
    formatter = (
        None if shell is None else shell.display_formatter.formatters["image/png"]
    )
    if formatter is not None and Figure not in formatter.type_printers:
        formatter.for_type(Figure, _png)


def _png(figure: Figure) -> bytes:
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=_DPI)
    return file.getvalue()
