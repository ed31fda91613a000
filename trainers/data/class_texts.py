"""Sentences about each class, read from a JSON file, and their words as numbers."""

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
        sentences: S sentences, at least one for each class.
        owner: (S,) int64, the class of each sentence.
    """

    sentences: tuple[str, ...]
    owner: Tensor

    @cached_property
    def vocabulary(self) -> tuple[str, ...]:
        """Return every word of the sentences once, sorted, in lower case."""
        distinct: set[str] = set()
        for sentence in self.sentences:
            distinct.update(words(sentence))
        return tuple(sorted(distinct))

    def tokens(self) -> Tensor:
        """Return the sentences' words as numbers from 1 on, (S, L) int64, padded with 0."""
        number = {word: i for i, word in enumerate(self.vocabulary, start=1)}
        rows = []
        for sentence in self.sentences:
            numbers = [number[word] for word in words(sentence)]
            rows.append(torch.tensor(numbers))
        return torch.nn.utils.rnn.pad_sequence(rows, batch_first=True)

    def class_average(self) -> Tensor:
        """Return the (C, S) matrix that averages the sentences of each class."""
        membership = torch.nn.functional.one_hot(self.owner).T.float()
        return membership / membership.sum(dim=1, keepdim=True)

    def draw(self, labels: Tensor, generator: torch.Generator) -> Tensor:
        """Draw a sentence of its class for each sample.

        Args:
            labels: (B,) classes, on the CPU.
            generator: draws the sentences.

        Returns:
            (B,) indices of sentences.
        """
        counts = torch.bincount(self.owner)
        first = counts.cumsum(0) - counts
        uniform = torch.rand(len(labels), generator=generator)
        offset = (uniform * counts[labels]).long()
        return first[labels] + offset


def words(sentence: str) -> list[str]:
    """Return the words of a sentence: runs of letters, digits and underscores, in lower case."""
    return _WORD.findall(sentence.lower())


def class_texts(classes: Sequence[str], path: Path | None = None) -> ClassTexts:
    """Read the sentences of `classes` from `path`; None: the sentences `a photo of <class>`.

    Raises:
        FileNotFoundError: the file does not exist.
        ValueError: not JSON of that layout, a class without a sentence, or a sentence without a
            class or a word.
    """
    if path is None:
        texts = {name: [TEMPLATE.format(name.replace("_", " "))] for name in classes}
    else:
        texts = _read(path)
        _check(path, classes, texts)
    sentences: list[str] = []
    owner: list[int] = []
    for index, name in enumerate(classes):
        sentences += texts[name]
        owner += [index] * len(texts[name])
    return ClassTexts(tuple(sentences), torch.tensor(owner))


def _read(path: Path) -> dict[str, list[str]]:
    """Return class → sentences, as the file has them."""
    if not path.is_file():
        raise FileNotFoundError(f"class-texts file {path} does not exist; {LAYOUT}")
    try:
        content: Any = orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError as error:
        raise ValueError(
            f"class-texts file {path} is not JSON ({error}); {LAYOUT}"
        ) from error
    if not isinstance(content, dict):
        raise ValueError(
            f"class-texts file {path} holds a {type(content).__name__}; {LAYOUT}"
        )
    return {name: _sentences(path, name, value) for name, value in content.items()}


def _sentences(path: Path, name: str, value: Any) -> list[str]:
    """Return the sentences of one class; raise a ValueError for anything else."""
    sentences = [value] if isinstance(value, str) else value
    if not isinstance(sentences, list) or not sentences:
        raise ValueError(f"class-texts file {path}: {name!r} is {value!r}; {LAYOUT}")
    for sentence in sentences:
        if not isinstance(sentence, str):
            raise ValueError(
                f"class-texts file {path}: {name!r} is {value!r}; {LAYOUT}"
            )
        if not words(sentence):
            raise ValueError(
                f"class-texts file {path}: {name!r} has the sentence {sentence!r}, which has no "
                "word"
            )
    return sentences


def _check(path: Path, classes: Sequence[str], texts: dict[str, list[str]]) -> None:
    """Raise a ValueError unless the file has sentences of exactly these classes."""
    missing = [name for name in classes if name not in texts]
    unknown = [name for name in texts if name not in classes]
    if missing or unknown:
        problems = [f"no sentence for {', '.join(missing)}"] if missing else []
        problems += [f"{', '.join(unknown)} is no class"] if unknown else []
        raise ValueError(
            f"class-texts file {path}: {'; '.join(problems)}; the classes are: {', '.join(classes)}"
        )
