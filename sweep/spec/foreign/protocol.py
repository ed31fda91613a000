"""What a format of another tool is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sweep.document import Document
from sweep.spec.wandb import Converted


@dataclass(frozen=True)
class Foreign:
    """One tool's files.

    Attributes:
        text: the format in words.
        recognises: whether a document is in it.
        convert: the study file that says the same; the folder is the one the user stands in.
    """

    text: str
    recognises: Callable[[Document], bool]
    convert: Callable[[Document, Path], Converted]
