"""Class texts: read, tokenised, averaged and drawn; a file that does not fit the
classes is refused."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
import torch

from sweep_trainers.data import digits
from sweep_trainers.data.class_texts import DIGITS_FILE, class_texts

CLASSES = ("cat", "dog")


def write(path: Path, content: object) -> Path:
    path.write_bytes(orjson.dumps(content))
    return path


def test_a_sentence_or_a_list_of_sentences_per_class_in_the_order_of_the_classes(
    tmp_path: Path,
) -> None:
    file = write(
        tmp_path / "texts.json", {"dog": "a dog", "cat": ["a cat", "a small Cat!"]}
    )
    texts = class_texts(CLASSES, file)
    assert texts.sentences == ("a cat", "a small Cat!", "a dog")
    assert texts.owner.tolist() == [0, 0, 1]
    assert texts.vocabulary == ("a", "cat", "dog", "small")
    assert texts.tokens().tolist() == [[1, 2, 0], [1, 4, 2], [1, 3, 0]]


def test_the_average_weighs_each_sentence_of_a_class_alike(tmp_path: Path) -> None:
    texts = class_texts(
        CLASSES, write(tmp_path / "texts.json", {"cat": ["x", "y"], "dog": "z"})
    )
    assert texts.class_average().tolist() == [[0.5, 0.5, 0.0], [0.0, 0.0, 1.0]]


def test_a_sample_draws_among_the_sentences_of_its_own_class(tmp_path: Path) -> None:
    texts = class_texts(
        CLASSES, write(tmp_path / "texts.json", {"cat": ["x", "y"], "dog": "z"})
    )
    labels = torch.tensor([0, 1] * 50)
    drawn = texts.draw(labels, torch.Generator().manual_seed(0))
    assert torch.equal(texts.owner[drawn], labels)
    assert set(drawn.tolist()) == {0, 1, 2}


def test_without_a_file_a_template_speaks() -> None:
    assert class_texts(["polar_bear"]).sentences == ("a photo of polar bear",)


def test_the_shipped_texts_fit_the_digits_and_tell_them_apart() -> None:
    texts = class_texts(tuple(digits.CLASSES), DIGITS_FILE)
    assert len(set(texts.sentences)) == len(texts.sentences)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ({"cat": "a cat"}, "no sentence for dog"),
        (
            {"cat": "a cat", "dog": "a dog", "cow": "a cow"},
            "cow is no class; the classes are: cat, dog",
        ),
        ({"cat": "a cat", "dog": []}, "'dog' is \\[\\]"),
        ({"cat": "a cat", "dog": 3}, "'dog' is 3"),
        ({"cat": "a cat", "dog": ["a dog", "…"]}, "has no word"),
        (["a cat", "a dog"], "holds a list"),
    ],
)
def test_texts_that_do_not_fit_are_refused(
    tmp_path: Path, content: object, complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint):
        class_texts(CLASSES, write(tmp_path / "texts.json", content))


def test_a_missing_file_or_one_that_is_not_json_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        FileNotFoundError, match=r"nowhere\.json does not exist; expected a JSON object"
    ):
        class_texts(CLASSES, tmp_path / "nowhere.json")
    (tmp_path / "broken.json").write_text("{")
    with pytest.raises(ValueError, match="is not JSON"):
        class_texts(CLASSES, tmp_path / "broken.json")
