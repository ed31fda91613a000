"""The figures of a report, from the log alone: sized for a paper, honest about what is missing, the same every time.

    from sweep.report import figures, gather
    evidence = gather(history)
    figures.write(evidence, folder)                       # every figure the study can fill, PDF and PNG
    figures.draw("forest", evidence).figure               # one of them, a matplotlib Figure

Importing this package loads Matplotlib; Optuna is loaded only to draw `importance`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from sweep.errors import SweepError, UnknownName
from sweep.report.evidence import Evidence
from sweep.report.figures.forest import forest
from sweep.report.figures.importance import importance
from sweep.report.figures.interactions import interactions
from sweep.report.figures.ladder import ladder
from sweep.report.figures.learning import learning
from sweep.report.figures.optimisation import optimisation
from sweep.report.figures.parallel import parallel
from sweep.report.figures.slices import slices
from sweep.report.figures.style import FORMATS, Drawing, rendered
from sweep.report.figures.terms import gradients, shares, weights
from sweep.report.figures.timeline import timeline
from sweep.report.table import Figure

__all__ = ["CAPTIONS", "FIGURES", "FORMATS", "Drawing", "build", "draw", "rendered", "write"]

Progress = Callable[[str, int, int], None]  # the figure now being drawn, how many are done, how many there are

# Name → figure; None where the study has nothing to draw.
FIGURES: dict[str, Callable[[Evidence], Drawing | None]] = {
    "forest": forest,
    "ladder": ladder,
    "learning": learning,
    "shares": shares,
    "gradients": gradients,
    "weights": weights,
    "interactions": interactions,
    "optimisation": optimisation,
    "importance": importance,
    "slices": slices,
    "parallel": parallel,
    "timeline": timeline,
}
CAPTIONS = "captions.txt"


def draw(name: str, evidence: Evidence) -> Drawing | None:
    """One figure; None where the study has nothing to draw.

    Raises:
        UnknownName: no such figure.
    """
    if name not in FIGURES:
        raise UnknownName("figure", name, FIGURES)
    return FIGURES[name](evidence)


def build(
    evidence: Evidence, names: Iterable[str] | None = None, progress: Progress | None = None
) -> tuple[Figure, ...]:
    """The study's figures for `sweep.report.write(figures=…)`, in the order asked for, without those it cannot fill.

    Args:
        evidence: the study.
        names: in `FIGURES`, default all.
        progress: called before each figure and once at the end.

    Raises:
        UnknownName: no such figure; nothing was drawn.
    """
    drawn = _drawn(evidence, names, progress)
    return tuple(Figure(f"{d.title}. {d.caption}", rendered(d.figure, "png")) for _, d in drawn)


def write(
    evidence: Evidence,
    folder: Path,
    formats: Sequence[str] = ("pdf", "png"),
    names: Iterable[str] | None = None,
    progress: Progress | None = None,
) -> list[Path]:
    """Write each figure as `<name>.<format>`, and their titles and captions as `captions.txt`.

    Args:
        evidence: the study.
        folder: created if it is not there; files of an earlier report are replaced.
        formats: in `FORMATS`.
        names, progress: as for `build`.

    Raises:
        UnknownName: no such figure or format; nothing was written.
        SweepError: a file cannot be written.
    """
    for name in formats:
        if name not in FORMATS:
            raise UnknownName("figure format", name, FORMATS)
    written, captions = [], []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, drawing in _drawn(evidence, names, progress):
            captions.append(f"{name}: {drawing.title}. {drawing.caption}\n")
            for format_ in formats:
                path = folder / f"{name}.{format_}"
                path.write_bytes(rendered(drawing.figure, format_))
                written.append(path)
        if captions:
            written.append(folder / CAPTIONS)
            written[-1].write_text("\n".join(captions), encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise SweepError(f"cannot write the figures to {folder}: {error.strerror or error}") from error
    return written


def _drawn(evidence: Evidence, names: Iterable[str] | None, progress: Progress | None) -> Iterator[tuple[str, Drawing]]:
    chosen = list(FIGURES) if names is None else list(names)
    for name in chosen:
        if name not in FIGURES:
            raise UnknownName("figure", name, FIGURES)
    for done, name in enumerate(chosen):
        if progress is not None:
            progress(name, done, len(chosen))
        drawing = draw(name, evidence)
        if drawing is not None:
            yield name, drawing
    if progress is not None:
        progress("", len(chosen), len(chosen))
