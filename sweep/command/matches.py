"""Which file of a name or a pattern a program writes its metrics to."""

from __future__ import annotations

from pathlib import Path

from sweep.errors import TrialError


class Matches:
    """The file of a name or a pattern, among those that this attempt writes.

    What earlier attempts left (`version_0/metrics.csv`) is told from it by not being touched again.
    """

    def __init__(self, folder: Path, pattern: str):
        self._folder, self._pattern = folder, pattern
        self._before = {path: _written(path) for path in matching(folder, pattern)}

    def newest(self) -> Path | None:
        """The file that is being written; the newest of an earlier attempt until there is one.

        Raises:
            TrialError: the program writes several, whose numbers must not be mixed.
        """
        there = {path: _written(path) for path in matching(self._folder, self._pattern)}
        now = [path for path, time in there.items() if self._before.get(path) != time]
        if len(now) > 1:
            raise TrialError(
                _several(self._pattern, [str(p.relative_to(self._folder)) for p in now])
            )
        if now:
            return now[0]
        return max(there, key=lambda path: there[path]) if there else None


def matching(folder: Path, pattern: str) -> list[Path]:
    """The files of a name, or of a pattern with `*`."""
    found = folder.glob(pattern) if "*" in pattern else [folder / pattern]
    return [path for path in found if path.is_file()]


def _written(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:  # replaced at this moment
        return 0


def _several(pattern: str, names: list[str]) -> str:
    shown = ", ".join(sorted(names)[:3])
    return (
        f"command.metrics.file {pattern} matches {len(names)} files that the program writes "
        f"({shown}, …), and a trial reads one. If they are folds, let the study make them: "
        f"folds: {len(names)}, with ${{fold}} in the command; else name the file with their mean"
    )
