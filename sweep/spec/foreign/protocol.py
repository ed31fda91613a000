"""The protocol that each format of another tool implements."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sweep.document import Document
from sweep.spec.wandb import Converted


@dataclass(frozen=True)
class Foreign:
    """The file format of one tool.

    Attributes:
        text: the format's name in a sentence.
        recognises: whether a document has this format.
        convert: converts a document to a study file; the second argument is the current folder.
    """

    text: str
    recognises: Callable[[Document], bool]
    convert: Callable[[Document, Path], Converted]
