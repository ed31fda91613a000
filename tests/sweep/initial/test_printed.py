"""What a script prints is found again by the patterns that are written for it, and by
nothing else."""

import ast
import re

import pytest

from sweep.initial.printed import printed

CASES = [
    (
        (
            'print(f"Epoch [{epoch + 1}/{args.epochs}] loss={loss.item():.4f}'
            ' val_acc={acc:.3f}")'
        ),
        "Epoch [3/10] loss=1.2e-05 val_acc=0.914",
        {"epoch": 3, "loss": 1.2e-5, "val_acc": 0.914},
    ),
    (
        (
            'logger.info(f"epoch {e}: training loss {loss:.4f}, validation accuracy'
            ' {acc:.2%}, {n} images")'
        ),
        (
            "2026-11-28 INFO epoch 0: training loss nan, validation accuracy 91.40%,"
            " 300 images"
        ),
        {"epoch": 0, "train/loss": float("nan")},
    ),
    (
        'tqdm.write(f"epoch {e:03d} | test f1: {f1:6.3f} | val f1: {v:6.3f}.")',
        "epoch 007 | test f1:  0.500 | val f1:  0.625.",
        {"epoch": 7, "test/f1": 0.5, "val/f1": 0.625},
    ),
]


@pytest.mark.parametrize("statement, line, said", CASES, ids=range(len(CASES)))
def test_a_line_that_is_printed_is_read(statement, line, said):
    patterns = printed(ast.parse(statement)).patterns
    assert patterns.keys() == said.keys()
    for name, pattern in patterns.items():
        assert re.compile(pattern).groups == 1
        assert float(re.search(pattern, line)[1]) == pytest.approx(
            said[name], nan_ok=True
        )


def test_a_name_within_another_is_not_taken_for_it():
    patterns = printed(ast.parse('print(f"val_loss={v:.3f} loss={t:.3f}")')).patterns
    assert re.search(patterns["loss"], "val_loss=0.5 loss=0.25")[1] == "0.25"


@pytest.mark.parametrize(
    "statement, first",
    [
        ('print(f"epoch {e + 1}: loss {l:.3f}")', 1),
        ('for e in range(1, n + 1):\n    print(f"epoch {e}: loss {l:.3f}")', 1),
        ('for e in range(n):\n    print(f"epoch {e}: loss {l:.3f}")', 0),
    ],
)
def test_how_the_first_epoch_is_called(statement, first):
    assert printed(ast.parse(statement)).first_epoch == first


def test_a_metric_of_validation_is_what_to_optimise():
    found = printed(
        ast.parse(
            'print(f"epoch {e} loss {a:.3f} val_loss {b:.3f} val_f1 {c:.3f} test_f1 {d:.3f}")'
        )
    )
    assert found.metrics == ("val_f1", "val_loss", "loss", "test_f1")


@pytest.mark.parametrize(
    "statement",
    [
        'print("device", device)',
        'print("loss", "low")',
        'print("maps", maps)',
        'print(f"using device {device}")',
        'print(f"epoch {e}")',
        "x = f'{loss:.3f}'",
    ],
)
def test_where_no_number_is_formatted_nothing_is_guessed(statement):
    assert printed(ast.parse(statement)).patterns == {}


@pytest.mark.parametrize(
    ("statement", "line", "values"),
    [
        ('print("loss", x)', "loss 0.25", {"loss": "0.25"}),
        ('print("Loss:", x)', "Loss: 1e-3", {"Loss": "1e-3"}),
        (
            'print("epoch", e, "val_loss", x, "val acc =", y)',
            "epoch 3 val_loss 0.5 val acc = 0.75",
            {"epoch": "3", "val_loss": "0.5", "val/acc": "0.75"},
        ),
        ('print("top1", t, "top@5", f)', "top1 0.5 top@5 0.9", {"top1": "0.5"}),
    ],
)
def test_a_text_with_the_name_of_a_metric_in_front_of_a_value_is_one(
    statement, line, values
):
    patterns = printed(ast.parse(statement)).patterns
    assert {name: re.search(p, line)[1] for name, p in patterns.items()} == values
