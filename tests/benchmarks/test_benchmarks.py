"""The benchmarks run and say what they measured; how fast anything is, is never tested."""

import numpy as np
import pytest

from benchmarks import machine, surrogate, tabulate, writing
from benchmarks.parts import PARTS, part
from benchmarks.parts.quality import SEARCHES, Levels, levels_of, until
from benchmarks.result import Goal, Row, Table
from benchmarks.running import interleaved, run
from benchmarks.spaces import CLIP, EPOCHS, NETWORK, SPACES, read

TABLE = Table(
    "small",
    "a trial",
    "s",
    [Row("sweep", [1.0, 3.0, 2.0]), Row("other", [8.0], "4 | 5")],
    aim="ahead",
)


def test_ratios_are_of_medians_and_to_the_reference():
    assert [TABLE.ratio(row) for row in TABLE.rows] == [1.0, 4.0]
    assert TABLE.cells()[0] == ("sweep", "2", "1.5–2.5", "3", "1", "")


def test_a_table_without_its_reference_has_no_ratios():
    assert Table("small", "a trial", "s", [Row("other", [8.0])]).cells() == [
        ("other", "8", "", "1", "", "")
    ]


def test_a_section_of_the_results_is_replaced_and_the_others_stay():
    first = writing.replace(
        "# Results\n", "small", writing.markdown([TABLE], "a machine", "today")
    )
    both = writing.replace(first, "large", "what was said\n")
    again = writing.replace(both, "small", "new\n")
    assert "| other | 8 |  | 1 | 4 | 4 / 5 |" in both
    assert (
        again
        == "# Results\n\n## small\n\n<!-- small -->\nnew\n<!-- /small -->\n"
        + both[both.index("\n## large") :]
    )


AIMED = Table(
    "small",
    "a trial",
    "s",
    TABLE.rows,
    goals=[
        Goal(1.5),
        Goal(0.5, against=["other", "not there"]),
        Goal(1.0, against=["not there"]),
        Goal(1.0, "nobody"),
    ],
)


def test_a_goal_is_held_against_a_median_or_a_ratio_to_the_best_rival_that_ran():
    assert AIMED.held() == [
        ("a trial", "≤ 1.5 s", "2 s", "no"),
        ("a trial", "≤ 0.5 × other", "0.25 × other", "yes"),
    ]


def test_the_summary_repeats_what_the_sections_say_of_the_aims():
    text = "# Results\n\n<!-- summary -->\nold\n<!-- /summary -->\n"
    machine = "two cores; load average 1.5 at the start"
    text = writing.replace(
        text, "small", writing.markdown([AIMED], machine, "2026-01-31")
    )
    text = writing.replace(
        text, "large", writing.markdown([TABLE], machine, "2026-02-01, quick")
    )
    summary = writing.summarised(text).partition("<!-- /summary -->")[0].splitlines()
    assert summary[-2:] == [
        "| small | a trial | ≤ 1.5 s | 2 s | no | 2026-01-31 | 1.5 |",
        "| small | a trial | ≤ 0.5 × other | 0.25 × other | yes | 2026-01-31 | 1.5 |",
    ]
    assert "old" not in summary


def test_the_summary_of_the_results_is_up_to_date():
    text = writing.RESULTS.read_text(encoding="utf-8")
    assert writing.summarised(text) == text


def test_contenders_take_turns_in_rotated_order():
    seen = []
    found = interleaved(
        {"a": lambda: seen.append("a"), "b": lambda: seen.append("b")}, 2
    )
    assert seen == ["a", "b", "b", "a"]
    assert {name: len(runs) for name, runs in found.items()} == {"a": 2, "b": 2}


def test_a_contender_that_fails_takes_part_no_more_and_the_others_do(capsys):
    def fails():
        raise RuntimeError("no such compiler")

    assert interleaved({"a": lambda: 1, "b": fails}, 2) == {"a": [1, 1]}
    assert "b failed and is not run again: no such compiler" in capsys.readouterr().err
    with pytest.raises(RuntimeError, match="no contender ran"):
        interleaved({"b": fails}, 2)


def test_a_contender_that_hangs_is_ended():
    with pytest.raises(RuntimeError, match=r"had not ended after 0\.1 s"):
        run(
            "benchmarks.contenders.optuna_threads",
            {"trials": 6, "reports": 2},
            limit=0.1,
        )


def test_a_contender_is_timed_trial_by_trial():
    done = run("benchmarks.contenders.optuna_threads", {"trials": 6, "reports": 2})
    assert len(done.stamps) == 6
    assert done.per_trial > 0
    assert 0 < done.until_first <= done.seconds + 1


def test_a_contender_that_fails_is_an_error_with_what_it_said():
    with pytest.raises(RuntimeError, match=r"no_such_module"):
        run("benchmarks.contenders.no_such_module", {})


def test_this_project_is_a_contender():
    done = run(
        "benchmarks.contenders.ours",
        {"trials": 4, "reports": 2, "engine": "serial", "method": "random"},
    )
    assert len(done.stamps) == 4


def test_every_part_has_a_module():
    assert all(
        callable(part(name)) for name in PARTS if name not in ("steps", "losses")
    )  # those load torch


@pytest.mark.parametrize("name", SEARCHES)
def test_every_search_trains_and_ends_trials(name, tmp_path):
    search = SEARCHES[name](CLIP, 0, tmp_path)
    ended = 0
    for _ in range(4):
        handle, config = search.ask()
        assert ("focal_gamma" in config) == (config["loss_type"] == "focal")
        for epoch in range(EPOCHS):
            if search.tell(handle, epoch, config["learning_rate"] * epoch):
                ended += 1
                break
    assert ended == 4


@pytest.fixture(scope="module")
def network():
    return surrogate.surrogate(NETWORK)


def test_a_search_runs_on_the_virtual_clock_until_it_reaches_both_levels_or_is_given_up(
    network,
):
    found = until(
        SEARCHES["random, all to the end"],
        NETWORK,
        network,
        0,
        Levels(seen=0.5, true=0.8),
    )
    assert found.seen.yes
    assert found.true.yes
    assert 1 <= found.seen.epochs <= found.true.epochs < 100 * EPOCHS
    never = until(
        SEARCHES["random, all to the end"],
        NETWORK,
        network,
        0,
        Levels(seen=0.5, true=1.1),
    )
    assert never.seen == found.seen
    assert (never.true.yes, never.true.epochs) == (False, 100 * EPOCHS)


def test_the_best_observed_value_of_a_search_is_optimistic(network):
    levels = levels_of(NETWORK, network)
    assert 0.5 < levels.true < levels.seen <= 1.0


@pytest.mark.parametrize("name", SPACES)
def test_the_table_of_a_space_is_of_its_configurations(name):
    rows = tabulate.load(name)
    wanted = tabulate.configurations(name, len(rows))
    known = [surrogate.configuration(read(SPACES[name]), row) for row in rows]
    assert known == [wanted[int(row["number"])] for row in rows]
    assert len(rows) >= 100


def test_predicted_curves_are_near_the_tabulated_ones_and_deterministic(network):
    rows, study = tabulate.load("network"), read(NETWORK)
    configs = [surrogate.configuration(study, row) for row in rows[:20]]
    real = surrogate.curves_of(rows[:20])
    foretold = np.stack([network.accuracies(config, None) for config in configs])
    assert np.abs(foretold - real).mean() < np.abs(real - real.mean(axis=0)).mean() / 2
    noisy = network.accuracies(configs[0], 0)
    assert (noisy == network.accuracies(configs[0], 0)).all()
    assert any(
        (noisy != network.accuracies(configs[0], seed)).any() for seed in range(1, 9)
    )
    assert all(network.seconds(config) > 0 for config in configs)


def test_a_surrogate_predicts_configurations_outside_its_data():
    assert (
        surrogate.prediction_quality(NETWORK, folds=2)["best epoch, predicted and real"]
        > 0.7
    )


def test_a_machine_is_described_with_its_versions():
    assert "optuna" in machine.describe()
