"""The benchmarks run and say what they measured; how fast anything is, is never tested."""

import pytest

from benchmarks import machine, surrogate, writing
from benchmarks.parts import PARTS, part
from benchmarks.parts.quality import SEARCHES
from benchmarks.result import Row, Table
from benchmarks.running import interleaved, run

TABLE = Table("small", "a trial", "s", [Row("sweep", [1.0, 3.0, 2.0]), Row("other", [8.0], "4 | 5")], aim="ahead")


def test_ratios_are_of_medians_and_to_the_reference():
    assert [TABLE.ratio(row) for row in TABLE.rows] == [1.0, 4.0]
    assert TABLE.cells()[0] == ("sweep", "2", "1.5–2.5", "3", "1", "")


def test_a_table_without_its_reference_has_no_ratios():
    assert Table("small", "a trial", "s", [Row("other", [8.0])]).cells() == [("other", "8", "", "1", "", "")]


def test_a_section_of_the_results_is_replaced_and_the_others_stay():
    first = writing.replace("# Results\n", "small", writing.markdown([TABLE], "a machine", "today"))
    both = writing.replace(first, "large", "what was said\n")
    again = writing.replace(both, "small", "new\n")
    assert "| other | 8 |  | 1 | 4 | 4 / 5 |" in both
    assert again == "# Results\n\n## small\n\n<!-- small -->\nnew\n<!-- /small -->\n" + both[both.index("\n## large") :]


def test_contenders_take_turns_in_rotated_order():
    seen = []
    found = interleaved({"a": lambda: seen.append("a"), "b": lambda: seen.append("b")}, 2)
    assert seen == ["a", "b", "b", "a"]
    assert {name: len(runs) for name, runs in found.items()} == {"a": 2, "b": 2}


def test_a_contender_that_fails_takes_part_no_more_and_the_others_do(capsys):
    def fails():
        raise RuntimeError("no such compiler")

    assert interleaved({"a": lambda: 1, "b": fails}, 2) == {"a": [1, 1]}
    assert "b takes part no more: no such compiler" in capsys.readouterr().err
    with pytest.raises(RuntimeError, match="no contender ran"):
        interleaved({"b": fails}, 2)


def test_a_contender_that_hangs_is_ended():
    with pytest.raises(RuntimeError, match=r"had not ended after 0\.1 s"):
        run("benchmarks.contenders.optuna_threads", {"trials": 6, "reports": 2}, limit=0.1)


def test_a_contender_is_timed_trial_by_trial():
    done = run("benchmarks.contenders.optuna_threads", {"trials": 6, "reports": 2})
    assert len(done.stamps) == 6
    assert done.per_trial > 0
    assert 0 < done.until_first <= done.seconds + 1


def test_a_contender_that_fails_is_an_error_with_what_it_said():
    with pytest.raises(RuntimeError, match=r"no_such_module"):
        run("benchmarks.contenders.no_such_module", {})


def test_this_project_is_a_contender():
    done = run("benchmarks.contenders.ours", {"trials": 4, "reports": 2, "engine": "serial", "method": "random"})
    assert len(done.stamps) == 4


def test_every_part_has_a_module():
    assert all(callable(part(name)) for name in PARTS if name not in ("steps", "losses"))  # those load torch


@pytest.mark.parametrize("name", [name for name in SEARCHES if "Ray" not in name])
def test_every_search_trains_and_ends_trials(name, tmp_path):
    search = SEARCHES[name](0, tmp_path)
    ended = 0
    for _ in range(4):
        handle, config = search.ask()
        assert surrogate.cost(config) > 1
        for epoch in range(surrogate.EPOCHS):
            if search.tell(handle, epoch, surrogate.accuracy(config, epoch, 0)):
                ended += 1
                break
    assert ended == 4


def test_the_surrogate_rises_and_repeats():
    config = {
        "learning_rate": 0.01,
        "weight_decay": 3e-4,
        "dropout": 0.1,
        "width": 32,
        "momentum": 0.0,
        "label_smoothing": 0.1,
    }
    curve = [surrogate.accuracy(config, epoch, 0) for epoch in range(surrogate.EPOCHS)]
    assert curve == [surrogate.accuracy(config, epoch, 0) for epoch in range(surrogate.EPOCHS)]
    assert curve[-1] > curve[5] > curve[0]
    assert surrogate.accuracy(config, 3, 0) != surrogate.accuracy(config, 3, 1)


def test_a_machine_is_described_with_its_versions():
    assert "optuna" in machine.describe()
