"""What has no meaning beside population based training is refused, with its line and a cure."""

import pytest

from sweep import spec

STUDY = """\
trainer: trainer.py:train
metric: {name: val/f1, goal: maximize}
parameters:
  epochs: 20
  rate: {min: 0.0, max: 1.0, role: nuisance}
  depth: {values: [1, 2]}
search: {method: pbt, trials: 4, interval: 5, parameters: [rate]}
report: {select: last}
"""
ARMS = """\
ablation:
  baseline: {rate: 0.5, depth: 1}
  seeds: [0, 1]
  designs: {DESIGNS}
"""


@pytest.fixture
def refused(loaded, violations):
    """The violations of a study file, each as `line: key: problem / what is allowed`."""

    def refused(text):
        return [
            f"{v.line}: {v.key}: {v.problem} / {v.allowed}"
            for v in violations(loaded, text)
        ]

    return refused


def with_designs(designs, study=STUDY):
    return study + ARMS.replace("DESIGNS", designs)


def test_a_valid_population_study_is_loaded(loaded):
    assert loaded(STUDY).search.parameters == ("rate",)
    loaded(
        with_designs(
            "arms: {s: {schedule: best}, t: {schedule: best, set: {depth: 2}}}"
        )
    )


def test_an_explored_value_that_the_trainer_never_reads_is_refused(
    tmp_path, violations
):
    (tmp_path / "trainer.py").write_text(
        "def train(config, run):\n    print(config['epochs'], config['depth'])\n"
    )
    (tmp_path / "study.yaml").write_text(STUDY)
    (found,) = violations(spec.load, tmp_path / "study.yaml")
    assert (found.line, found.key) == (7, "search.parameters[0]")
    assert "never reads rate: a change would have no effect" in found.problem
    assert found.allowed == "a parameter that the trainer reads: depth, epochs"


@pytest.mark.parametrize(
    "text, words",
    [
        (
            STUDY + "early_terminate: {type: asha}\n",
            ["9: early_terminate.type: asha stops poor trials", "/ type: none"],
        ),
        (
            STUDY.replace("report: {select: last}\n", ""),
            ["report.select: a member's best epoch", "report: {select: last}"],
        ),
        (
            STUDY.replace("trainer: trainer.py:train", "command: python x.py {--args}"),
            ["1: command: ", "a command writes its own", "run.restore"],
        ),
        (
            STUDY.replace("parameters: [rate]", "parameters: [rat]"),
            ["7: search.parameters[0]: there is no parameter 'rat'", "rate"],
        ),
        (
            STUDY.replace("parameters: [rate]}", "parameters: [rate], seeds: [0, 1]}"),
            ["7: search.seeds: members share one seed"],
        ),
    ],
)
def test_sections_that_a_population_cannot_use_are_refused(refused, text, words):
    found = "\n".join(refused(text))
    for each in words:
        assert each in found


@pytest.mark.parametrize(
    "designs, words",
    [
        ("top_k: 2", ["designs.top_k", "an arm with schedule: best"]),
        ("path: {to: best}", ["designs.path.to", "an arm with schedule: best"]),
        (
            "arms: {s: {schedule: best, set: {rate: 0.1}}}",
            ["arms.s.set.rate", "the schedule and the arm both set rate"],
        ),
        ("arms: {s: {schedule: worst, set: {}}}", ["arms.s.schedule", "best"]),
    ],
)
def test_designs_that_a_population_cannot_use_are_refused(refused, designs, words):
    found = "\n".join(refused(with_designs(designs)))
    for each in words:
        assert each in found


def test_an_arm_that_leaves_an_explored_parameter_open_needs_a_schedule(refused):
    text = with_designs("arms: {deep: {depth: 2}}").replace("rate: 0.5, ", "")
    found = "\n".join(refused(text))
    assert "arm 'baseline' gives no value for rate" in found
    assert "finds a schedule, not a value" in found


def test_a_schedule_needs_a_population(refused):
    search = "search: {method: random, trials: 4}"
    text = with_designs("arms: {s: {schedule: best}}").replace(
        "search: {method: pbt, trials: 4, interval: 5, parameters: [rate]}", search
    )
    (found,) = refused(text)
    assert "arms.s.schedule: there is no schedule: only a population finds one" in found


def test_a_trainer_may_have_a_parameter_named_schedule(loaded):
    study = STUDY + "ablation:\n  baseline: {rate: 0.5, depth: 1}\n"
    study = study.replace(
        "  depth:", "  schedule: {values: [cosine, constant]}\n  depth:"
    )
    study = study.replace("depth: 1}", "depth: 1, schedule: cosine}")
    wanted = loaded(
        study + "  seeds: [0]\n  designs: {arms: {flat: {schedule: constant}}}\n"
    )
    assert wanted.ablation.designs.arms["flat"] == {"schedule": "constant"}


def test_a_task_is_refused(refused):
    text = with_designs("arms: {s: {schedule: best}}").replace(
        "  depth: {values: [1, 2]}",
        "  depth: {values: [1, 2]}\n  data: {values: [a, b], role: task}",
    )
    assert any("a population is trained on one task" in each for each in refused(text))
