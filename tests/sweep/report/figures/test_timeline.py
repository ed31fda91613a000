"""The timeline: a bar is as long as the epochs of its trial."""

from __future__ import annotations

from sweep import report
from sweep.report import figures
from tests.sweep.report.figures.reading import trials_of


class TestTimeline:
    def test_a_bar_is_as_long_as_the_epochs_of_its_trial(self, full, drawn):
        axes = drawn("timeline").figure.axes[0]
        for bars in axes.collections:
            lengths = [segment[1][0] for segment in bars.get_segments()]
            assert lengths == [
                len(trial.reports) for trial in trials_of(full, bars.get_label())
            ]

    def test_rungs_are_where_asha_decides(self, drawn):
        rungs = [
            line
            for line in drawn("timeline").figure.axes[0].lines
            if line.get_label().startswith("look")
        ]
        assert [line.get_xdata()[0] for line in rungs] == [3, 9]

    def test_a_study_without_pruning_has_no_timeline(self, study, search_of, full_text):
        text = full_text.replace(
            "early_terminate: {type: asha, min_iter: 3, eta: 3}\n", ""
        )
        writer = study(text)
        search_of(writer, 2)  # one complete, one failed
        assert figures.draw("timeline", report.gather(writer.history())) is None

    def test_too_many_trials_to_tell_apart_are_ordered_by_their_length_on_one_page(
        self, study, full_text
    ):
        writer = study(full_text)
        config = {"epochs": 9, "loss_type": "ce", "dice_weight": 0.0}
        for number in range(300):
            rate, epochs = {"learning_rate": 1e-4 + number * 1e-6}, 1 + number % 3
            writer.trial(
                config | rate,
                [{"val/f1": 0.5}] * epochs,
                stage="search",
                state="pruned",
            )
        drawing = figures.draw(
            "timeline", report.gather(writer.history(), metrics=["val/f1"])
        )
        (area,) = drawing.figure.axes[0].patches
        assert area.get_label() == "pruned"
        steps = area.get_data()
        assert (steps.values.tolist(), steps.edges.tolist()) == (
            [3, 2, 1],
            [-0.5, 99.5, 199.5, 299.5],
        )
        assert area.get_hatch(), "states differ by more than their colour"
        assert drawing.figure.get_figheight() < 9
        assert "longest first" in drawing.caption

    def test_paused_trials_are_bars_of_their_own(self, study, full_text):
        writer = study(full_text)
        config = {
            "epochs": 9,
            "loss_type": "ce",
            "dice_weight": 0.0,
            "learning_rate": 1e-4,
        }
        ends = [(9, "complete"), (3, "paused"), (3, "pruned")]
        for suggestion, (epochs, state) in enumerate(ends):
            curve = [{"val/f1": 0.5}] * epochs
            attributes = {"suggestion": suggestion, "memory": {}}
            writer.trial(
                config, curve, stage="search", state=state, attributes=attributes
            )
        evidence = report.gather(writer.history(), metrics=["val/f1"])
        drawing = figures.draw("timeline", evidence)
        assert "1 complete, 1 pruned, 1 paused trials" in drawing.caption
        assert "1 paused" in figures.draw("optimisation", evidence).caption
