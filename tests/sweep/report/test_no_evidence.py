"""Evidence that is none: seeds that change nothing, arms that coincide."""

import pytest

from sweep import report
from sweep.report import no_evidence
from sweep.report.ablation import ablation_tables


@pytest.fixture
def gathered(study, ladder_study, curve_to, run_all):
    """`gathered(value)`: the evidence of a ladder whose runs reach `value(arm, seed)`."""

    def gather(value, *changes, **metrics):
        text = ladder_study
        for old, new in changes:
            text = text.replace(old, new)
        writer = study(text)
        run_all(writer, lambda arm, seed, _: curve_to(value(arm.name, seed), **metrics))
        return report.gather(writer.history())

    return gather


def test_identical_runs_across_seeds_have_no_p_value_interval_or_bold(gathered):
    evidence = gathered(lambda arm, seed: 0.5 + len(arm) / 100)
    table = ablation_tables(evidence)[0]
    for record in table.records():
        assert not record.get("test/f1.p.adjusted")
    assert not any(cell.bold for row in table.rows for cell in row)
    (caveat,) = no_evidence.same_whatever_the_seed(evidence)
    assert caveat.text.startswith(
        "The runs of baseline, + focal, + dice, − focal agree exactly"
    )
    assert len(caveat.trials) == 24
    assert no_evidence.undeclared_agreement(evidence) == list(evidence.arms)


def test_a_trainer_may_declare_itself_deterministic(gathered):
    declared = ("report: {", "report: {deterministic: true, ")
    evidence = gathered(lambda arm, seed: 0.5, declared)
    (caveat,) = no_evidence.same_whatever_the_seed(evidence)
    assert "declared deterministic" in caveat.text
    assert no_evidence.undeclared_agreement(evidence) == []


def test_seeds_that_differ_in_any_metric_do_not_agree(gathered):
    evidence = gathered(lambda arm, seed: 0.5 + seed / 1000)
    assert list(no_evidence.same_whatever_the_seed(evidence)) == []


def test_seeds_that_repeat_a_run_are_named(study, ladder_study, run_all):
    def curve(arm, seed, _):
        part = seed % 2  # all that such a trainer uses of its seed
        return [
            {"val/f1": 0.4 + part / 100 + epoch / 50, "test/f1": 0.5}
            for epoch in range(4)
        ]

    writer = study(ladder_study)
    run_all(writer, curve)
    found = list(no_evidence.repeated_seeds(report.gather(writer.history())))
    assert found
    assert all(
        "are the same: is only a part of the seed used?" in each.text for each in found
    )


def test_seeds_that_all_differ_repeat_nothing(gathered):
    evidence = gathered(lambda arm, seed: 0.5 + seed / 1000)
    assert list(no_evidence.repeated_seeds(evidence)) == []


def test_an_arm_that_coincides_with_its_reference_is_named_and_kept(gathered):
    evidence = gathered(lambda arm, seed: 0.5 + seed / 100 + 0.1 * (arm == "+ dice"))
    caveat, _ = no_evidence.coinciding(evidence)
    assert caveat.text == (
        "+ focal coincides exactly with baseline with every seed: not distinguishable by "
        "construction?"
    )
    assert "+ focal" in [row[0].text for row in ablation_tables(evidence)[0].rows]


def test_arms_that_coincide_with_each_other_are_named_though_not_with_their_reference(
    gathered,
):
    evidence = gathered(lambda arm, seed: 0.5 + seed / 100 + 0.1 * (arm != "baseline"))
    said = [caveat.text for caveat in no_evidence.coinciding(evidence)]
    assert any(
        text.startswith("+ dice coincides exactly with + focal") for text in said
    )


def test_an_arm_that_nearly_coincides_is_named(gathered):
    gain = {"+ focal": 0.0001, "+ dice": 0.1}
    evidence = gathered(
        lambda arm, seed: 0.5 + seed / 100 + gain.get(arm, 0) * (1 + seed % 2)
    )
    said = [caveat.text for caveat in no_evidence.coinciding(evidence)]
    assert said[0].startswith(
        "+ focal differs by less than a tenth of the spread between seeds"
    )


def test_arms_that_share_a_score_but_not_a_loss_do_not_coincide(
    study, curve_to, run_all
):
    writer = study()
    run_all(
        writer,
        lambda arm, seed, _: curve_to(
            0.6 + seed / 100,
            **{"train/loss": len(arm.name) + arm.name.count("−") / 2 + seed / 9},
        ),
    )
    assert list(no_evidence.coinciding(report.gather(writer.history()))) == []


def test_a_trimmed_mean_that_includes_collapsed_runs_says_so(gathered):
    def value(arm, seed):
        return 0.1 if arm == "+ dice" and seed < 2 else 0.6 + seed / 1000

    said = [caveat.text for caveat in no_evidence.collapsed(gathered(value))]
    assert "2 of 6 runs collapsed" in said[0]
    assert said[0].endswith("see its trimmed mean, which still includes 1 of them")
