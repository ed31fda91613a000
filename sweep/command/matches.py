"""Find the file, by name or pattern, to which a program writes its metrics."""

from __future__ import annotations

from pathlib import Path

from sweep.errors import TrialError


class Matches:
    """The file with a name or pattern that the current attempt writes.

    Files of earlier attempts (`version_0/metrics.csv`) are recognised since they do not change.
    """

    def __init__(self, folder: Path, pattern: str):
        self._folder, self._pattern = folder, pattern
        self._before = {path: _written(path) for path in matching(folder, pattern)}

    def newest(self) -> Path | None:
        """The file that is being written; before that, the newest file of an earlier attempt.

        Raises:
            TrialError: the program writes several such files, which must not be mixed.
        """
        written = {
            path: _written(path) for path in matching(self._folder, self._pattern)
        }
        now = [path for path, time in written.items() if self._before.get(path) != time]
        if len(now) > 1:
            raise TrialError(
                _several(self._pattern, [str(p.relative_to(self._folder)) for p in now])
            )
        if now:
            return now[0]
        return max(written, key=lambda path: written[path]) if written else None


def matching(folder: Path, pattern: str) -> list[Path]:
    """The files with a name, or with a pattern that contains `*`."""
    paths = folder.glob(pattern) if "*" in pattern else [folder / pattern]
    return [path for path in paths if path.is_file()]


def _written(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:  # replaced at this moment
        return 0


def _several(pattern: str, names: list[str]) -> str:
    """The message about a pattern that matches several files."""
    shown = ", ".join(sorted(names)[:3])
    return (
        f"command.metrics.file {pattern} matches {len(names)} files that the "
        f"program writes ({shown}, …), but a trial reads only one. If they are "
        f"folds, let the study make them: folds: {len(names)}, with ${{fold}} in "
        "the command; otherwise name the file that has their mean"
    )
