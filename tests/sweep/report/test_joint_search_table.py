"""The table of a search over all tasks."""

from sweep.report import build_tables, gather
from tests.sweep.conftest import METRIC
from tests.sweep.report.rows import by_row
from tests.sweep.search.test_joint_search import RATES, failing, reported


def tables(history, name="search_over_tasks"):
    return build_tables(gather(history), [name])


def test_the_best_comes_first_with_its_value_on_every_task(bench, workers):
    (found,) = tables(bench(RATES).run(workers(misbehave=reported)))
    first = by_row(found)["1"]
    assert first["config.rate"].text == "2"
    assert first["b"].values[""] > 40
    assert len(first["score"].trials) == 6
    assert len(found.rows) == 5


def test_a_configuration_that_failed_on_a_task_is_counted_but_not_ranked(
    bench, workers
):
    (found,) = tables(bench(RATES).run(workers(misbehave=failing("b", 2))))
    assert len(found.rows) == 4
    assert any("Not ranked: 1 configurations" in note.text for note in found.notes)


def test_the_table_of_a_task_says_that_the_search_chose_by_all_tasks(bench, workers):
    history = bench(RATES).run(workers(misbehave=reported))
    for found in tables(history, "search"):
        assert any("the search chose by all" in note.text for note in found.notes)
    assert any(
        "One search chose" in note.text for note in tables(history, "tasks")[0].notes
    )


def test_a_search_of_each_task_has_no_joint_table(bench, workers):
    apart = RATES.replace("tasks: rank", "tasks: each")
    assert tables(bench(apart).run(workers(misbehave=reported))) == ()


def test_a_best_value_at_an_end_of_its_range_is_a_note_of_this_table_only(
    bench, workers
):
    text = (
        RATES.replace(
            "{values: [1, 2, 3, 4, 5], role: nuisance}", "{min: 2.0, max: 5.0}"
        )
        .replace("trials: 5", "trials: 30")
        .replace("slow: {rate: 1}", "slow: {rate: 2.5}")
    )

    def rising(assignment, epoch):
        if epoch >= assignment.config["epochs"]:
            return None
        return "metrics", {METRIC: assignment.config["rate"]}

    history = bench(text).run(workers(misbehave=rising))
    (found,) = tables(history)
    assert sum("may lie beyond" in note.text for note in found.notes) == 1
    for table in tables(history, "search"):
        assert not any("may lie beyond" in note.text for note in table.notes)
