"""Sentences about each class from a JSON file, and their words as numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import orjson
import torch
from torch import Tensor

DIGITS_FILE = Path(__file__).with_name("digits_texts.json")
TEMPLATE = "a photo of {}"
LAYOUT = (
    "expected a JSON object of class → sentence or list of sentences: "
    '{"cat": "a photo of a cat", "dog": ["…", "…"]}'
)
_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class ClassTexts:
    """The sentences of all classes, in the order of the classes.

    Attributes:
        sentences: S of them, at least one for each class.
        owner: (S,) int64, the class each sentence speaks of.
    """

    sentences: tuple[str, ...]
    owner: Tensor

    @cached_property
    def vocabulary(self) -> tuple[str, ...]:
        """Every word of the sentences once, sorted, lower case; number 0 is kept for padding."""
        return tuple(
            sorted({word for sentence in self.sentences for word in words(sentence)})
        )

    def tokens(self) -> Tensor:
        """Return the sentences' words as numbers from 1 on, (S, L) int64, padded with 0 to the
        longest.
        """
        number = {word: i for i, word in enumerate(self.vocabulary, start=1)}
        rows = [
            torch.tensor([number[word] for word in words(sentence)])
            for sentence in self.sentences
        ]
        return torch.nn.utils.rnn.pad_sequence(rows, batch_first=True)

    def class_average(self) -> Tensor:
        """Return the (C, S) matrix that averages the sentences of each class."""
        belongs = torch.nn.functional.one_hot(self.owner).T.float()
        return belongs / belongs.sum(dim=1, keepdim=True)

    def draw(self, labels: Tensor, generator: torch.Generator) -> Tensor:
        """Draw one of its class's sentences for each sample: (B,) labels → (B,) indices of
        sentences, on the CPU.
        """
        counts = torch.bincount(self.owner)
        first = counts.cumsum(0) - counts
        chosen = (torch.rand(len(labels), generator=generator) * counts[labels]).long()
        return first[labels] + chosen


def words(sentence: str) -> list[str]:
    """Split into words: runs of letters, digits and underscores, in lower case."""
    return _WORD.findall(sentence.lower())


def class_texts(classes: Sequence[str], path: Path | None = None) -> ClassTexts:
    """Read the sentences of `classes` from `path`; without one, say `a photo of <class>`.

    Raises:
        FileNotFoundError: no such file.
        ValueError: not JSON of that layout, a class without a sentence, or a sentence without a
            class or a word.
    """
    if path is None:
        texts = {name: [TEMPLATE.format(name.replace("_", " "))] for name in classes}
    else:
        texts = _read(path)
        _check(path, classes, texts)
    sentences = tuple(sentence for name in classes for sentence in texts[name])
    owner = torch.tensor([c for c, name in enumerate(classes) for _ in texts[name]])
    return ClassTexts(sentences, owner)


def _read(path: Path) -> dict[str, list[str]]:
    if not path.is_file():
        raise FileNotFoundError(f"class-texts file {path} does not exist; {LAYOUT}")
    try:
        found: Any = orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError as error:
        raise ValueError(
            f"class-texts file {path} is not JSON ({error}); {LAYOUT}"
        ) from error
    if not isinstance(found, dict):
        raise ValueError(
            f"class-texts file {path} holds a {type(found).__name__}; {LAYOUT}"
        )
    texts = {
        name: [value] if isinstance(value, str) else value
        for name, value in found.items()
    }
    for name, sentences in texts.items():
        if (
            not isinstance(sentences, list)
            or not sentences
            or not all(isinstance(s, str) for s in sentences)
        ):
            raise ValueError(
                f"class-texts file {path}: {name!r} is {found[name]!r}; {LAYOUT}"
            )
        empty = [sentence for sentence in sentences if not words(sentence)]
        if empty:
            raise ValueError(
                f"class-texts file {path}: {name!r} has the sentence {empty[0]!r}, which has no "
                "word"
            )
    return texts


def _check(path: Path, classes: Sequence[str], texts: dict[str, list[str]]) -> None:
    missing = [name for name in classes if name not in texts]
    unknown = [name for name in texts if name not in classes]
    if missing or unknown:
        problems = [f"no sentence for {', '.join(missing)}"] if missing else []
        problems += [f"{', '.join(unknown)} is no class"] if unknown else []
        raise ValueError(
            f"class-texts file {path}: {'; '.join(problems)}; the classes are: {', '.join(classes)}"
        )
