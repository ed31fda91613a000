"""The search table: the best completed configurations, and what was not ranked."""

import pytest

from sweep.report.evidence import gather
from sweep.report.search_table import search_tables
from tests.sweep.report.search_study import SEARCH


class TestSearch:
    @pytest.fixture
    def table(self, study, curve_to):
        writer = study(SEARCH)
        for number in range(14):
            config = {
                "epochs": 9,
                "loss_type": "focal",
                "focal_gamma": 0.5 + number / 10,
            }
            for seed in (0, 1):
                curve = [{"val/f1": number / 100 + seed / 1000}]
                writer.trial(
                    config,
                    curve,
                    seed=seed,
                    stage="search",
                    state="complete" if number < 12 else "pruned",
                )
        half = {"epochs": 9, "loss_type": "ce"}
        writer.trial(half, [{"val/f1": 0.99}], seed=0, stage="search")
        writer.trial(
            half,
            [{"val/f1": 0.99}],
            seed=1,
            stage="search",
            state="failed",
            reason="NaN",
        )
        return search_tables(gather(writer.history()))[0]

    def test_the_ten_best_by_their_mean_over_seeds(self, table):
        means = [row[2].values["mean"] for row in table.rows]
        assert means == pytest.approx(
            [number / 100 + 0.0005 for number in range(11, 1, -1)]
        )
        assert [row[0].text for row in table.rows] == [
            str(rank) for rank in range(1, 11)
        ]
        assert all(len(row[2].trials) == 2 for row in table.rows)

    def test_pruned_and_half_failed_configurations_are_not_ranked_but_counted(
        self, table
    ):
        assert table.title.endswith("of 12 configurations")
        assert "trials not ranked: 4 pruned, 1 failed" in table.notes[0].text

    def test_a_configuration_that_was_given_up_between_its_runs_is_not_ranked_and_that_is_said(
        self, study
    ):
        writer = study(SEARCH)
        for number, value in enumerate([0.5, 0.9]):
            config = {"epochs": 9, "loss_type": "focal", "focal_gamma": 1.0 + number}
            known = {"suggestion": number} | (
                {"given_up": "4 runs: …"} if number else {}
            )
            for seed in (0, 1)[: 2 - number]:
                writer.trial(config, [{"val/f1": value}], seed=seed, stage="search", label=f"search {number}",
                             attributes=known)  # fmt: skip
        (table,) = search_tables(gather(writer.history()))
        assert [row[1].text for row in table.rows] == ["0, 1"]
        (said,) = [note for note in table.notes if note.text.startswith("Given up")]
        assert said.text.endswith(": search 1; 1 runs were not started")
        assert said.trials == (2,)

    def test_only_searched_parameters_are_columns(self, table):
        assert [c.key for c in table.columns if c.key.startswith("config.")] == [
            "config.loss_type",
            "config.focal_gamma",
        ]

    def test_the_search_table_shows_no_test_metric(self, table):
        assert not any("test" in column.key for column in table.columns)

    def test_no_table_without_a_search(self, ladder):
        assert search_tables(gather(ladder)) == []


def test_a_best_value_at_an_end_of_its_range_is_a_note_of_the_table(study):
    writer = study(SEARCH)
    for number in range(30):
        gamma = 0.5 + 3.5 * number / 29
        config = {"epochs": 9, "loss_type": "focal", "focal_gamma": gamma}
        for seed in (0, 1):
            writer.trial(config, [{"val/f1": gamma}], seed=seed, stage="search")
    (table,) = search_tables(gather(writer.history()))
    texts = [note.text for note in table.notes]
    assert (
        "focal_gamma: the best value, 4, is at the upper end of its range, 0.5 to 4, and the "
        "best 6 configurations are all near that end; a better value may lie beyond"
    ) in texts


@pytest.mark.parametrize("select", ["smoothed", "best"])
def test_where_a_mean_of_epochs_ranks_the_table_says_which_value_it_shows(
    study, select
):
    writer = study(SEARCH + f"report: {{select: {select}}}\n")
    config = {"epochs": 9, "loss_type": "ce"}
    curve = [{"val/f1": value} for value in (0.1, 0.9, 0.1, 0.5, 0.5, 0.5, 0.5, 0.5)]
    writer.trial(config, curve, seed=0, stage="search")
    writer.trial(config, curve, seed=1, stage="search")
    other = {"epochs": 9, "loss_type": "focal", "focal_gamma": 1.0}
    writer.trial(other, curve[:3], seed=0, stage="search", state="paused")
    (table,) = search_tables(gather(writer.history()))
    said = [n.text for n in table.notes if n.text.startswith("Ranked by the best mean")]
    assert bool(said) == (select == "smoothed")
    assert len(table.rows) == 1, "the paused trial is no result"


def test_trials_that_another_study_trained_are_named(study):
    writer = study(SEARCH)
    config = {"epochs": 9, "loss_type": "ce"}
    attributes = {"reused": {"study": "pilot", "trial": 7}}
    for seed in (0, 1):
        writer.trial(
            config,
            [{"val/f1": 0.5}],
            seed=seed,
            stage="search",
            attributes=attributes if seed else None,
        )
    (table,) = search_tables(gather(writer.history()))
    (note,) = [note for note in table.notes if "reused" in note.text]
    assert note.text == "trial 1 reused from study pilot, and not trained here"
    assert note.trials == (1,)
