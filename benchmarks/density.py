"""Measure how dense the code is: `python -m benchmarks.density [FOLDER ...]`.

| figure | what is counted |
|---|---|
| tokens a line | tokens of Python, by lines that are not blank; a docstring is one token |
| long lines | lines of a file with more than 100 columns |
| comprehensions | list, set, dict comprehensions and generator expressions, per 100 such lines |
| long functions | functions of more than 50 lines, from `def` to their end, without the docstring |
"""

from __future__ import annotations

import ast
import io
import sys
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
FOLDERS = ("sweep", "trainers")
COLUMNS, FUNCTION_LINES = 100, 50
_LAYOUT = {
    tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT,
    tokenize.ENDMARKER, tokenize.ENCODING,
}  # fmt: skip
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


@dataclass(frozen=True)
class Density:
    """Counts of one file, or of many together."""

    tokens: int = 0
    filled_lines: int = 0
    lines: int = 0
    long_lines: int = 0
    comprehensions: int = 0
    long_functions: tuple[str, ...] = ()

    def __add__(self, other: Density) -> Density:
        """Return the counts of both together."""
        return Density(
            self.tokens + other.tokens,
            self.filled_lines + other.filled_lines,
            self.lines + other.lines,
            self.long_lines + other.long_lines,
            self.comprehensions + other.comprehensions,
            self.long_functions + other.long_functions,
        )

    @property
    def tokens_a_line(self) -> float:
        """Return the mean number of tokens of a line that is not blank."""
        return self.tokens / max(self.filled_lines, 1)

    @property
    def long_share(self) -> float:
        """Return the share of lines that are too long."""
        return self.long_lines / max(self.lines, 1)

    @property
    def comprehensions_in_100(self) -> float:
        """Return the comprehensions in 100 lines that are not blank."""
        return 100 * self.comprehensions / max(self.filled_lines, 1)


def of_text(text: str, name: str) -> Density:
    """Return the density of a file's text."""
    tree = ast.parse(text)
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    lines = text.splitlines()
    return Density(
        tokens=sum(token.type not in _LAYOUT for token in tokens),
        filled_lines=sum(bool(line.strip()) for line in lines),
        lines=len(lines),
        long_lines=sum(len(line) > COLUMNS for line in lines),
        comprehensions=sum(
            isinstance(node, _COMPREHENSIONS) for node in ast.walk(tree)
        ),
        long_functions=tuple(_long_functions(tree, name)),
    )


def of_folders(folders: Iterable[Path]) -> dict[Path, Density]:
    """Return the density of each Python file below the folders."""
    densities = {}
    for folder in folders:
        for path in sorted(folder.rglob("*.py")):
            text = path.read_text(encoding="utf-8")
            densities[path] = of_text(text, str(path.relative_to(ROOT)))
    return densities


def _long_functions(tree: ast.Module, name: str) -> Iterator[str]:
    """Yield the place, the name and the length of each long function."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = _length(node) - sum(_length(each) for each in _docstring(node))
            if length > FUNCTION_LINES:
                yield f"{name}:{node.lineno} {node.name} ({length} lines)"


def _length(node: ast.stmt) -> int:
    """Return the number of lines of a statement."""
    return (node.end_lineno or node.lineno) - node.lineno + 1


def _docstring(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[ast.stmt]:
    """Return the docstring's statement in a list, which is empty without one."""
    first = function.body[0]
    return [first] if ast.get_docstring(function) is not None else []


def main() -> None:
    """Print the figures of the folders and the densest files."""
    folders = [ROOT / name for name in (sys.argv[1:] or FOLDERS)]
    files = of_folders(folders)
    whole = sum(files.values(), Density())
    print(f"{len(files)} files, {whole.filled_lines} lines that are not blank")
    print(f"tokens a line          {whole.tokens_a_line:.2f}")
    print(f"lines over {COLUMNS} columns {100 * whole.long_share:.2f} %")
    print(f"comprehensions in 100  {whole.comprehensions_in_100:.2f}")
    print(f"functions over {FUNCTION_LINES} lines {len(whole.long_functions)}")
    for function in whole.long_functions:
        print(f"    {function}")
    print("densest files:")
    dense = sorted(files, key=lambda path: -files[path].tokens_a_line)
    for path in dense[:20]:
        print(f"    {files[path].tokens_a_line:.2f} {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
