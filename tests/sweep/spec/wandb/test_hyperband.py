"""`early_terminate` of a W&B sweep file."""

FILE = """
program: train.py
method: {method}
run_cap: 4
metric: {{name: val_loss, goal: minimize}}
parameters:
{parameters}
"""


def test_a_rule_is_strict_unless_the_file_says_otherwise(load):
    text = FILE.format(method="random", parameters="  x: {min: 0.1, max: 1.0}")
    rule = "early_terminate: {type: hyperband, min_iter: 3"
    assert load(text + rule + "}", "train.py").early_terminate.strict
    assert not load(text + rule + ", strict: false}", "train.py").early_terminate.strict


RULED = (
    FILE.format(method="random", parameters="  x: {min: 0.1, max: 1.0}")
    + "early_terminate: "
)


def test_brackets_come_from_max_iter_and_s_where_both_are_given(load):
    study = load(
        RULED + "{type: hyperband, max_iter: 27, s: 2, min_iter: 3, eta: 3}\n",
        "train.py",
    )
    rule = study.early_terminate
    assert (rule.max_iter, rule.s, rule.min_iter) == (27, 2, 1)
    assert any("min_iter: is ignored" in note for note in study.notes)


def test_brackets_come_from_min_iter_otherwise(load):
    study = load(RULED + "{type: hyperband, min_iter: 3, max_iter: 27.0}\n", "train.py")
    rule = study.early_terminate
    assert (rule.min_iter, rule.s, rule.max_iter) == (3, None, None)
    assert any("needs s to build brackets" in note for note in study.notes)


def test_a_sweep_rule_is_kept_unchanged(load):
    assert (
        load(RULED + "{type: asha, min_iter: 2}\n", "train.py").early_terminate.type
        == "asha"
    )
