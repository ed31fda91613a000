"""Study files with a task parameter: what they mean, and what is refused."""

import pytest

from sweep import spec
from sweep.ablation import designs
from sweep.model.domains import Constant
from sweep.session import plan
from sweep.spec import StudySpec, tasks
from tests.sweep.spec.toy import edited

STUDY = """\
trainer: trainer.py:train
metric: {name: val/f, goal: maximize}
parameters:
  epochs: 20
  data: {values: [digits, wine, 3], role: task, at: {wine: {epochs: 40, learning_rate: 0.1}}}
  learning_rate: {values: [0.001, 0.01, 0.1], role: nuisance}
  dropout: {values: [0.0, 0.2]}
  pixels: {values: [8, 16], when: {data: digits}}
ablation:
  baseline: {dropout: 0.0, learning_rate: 0.01, pixels: 8}
  seeds: [0, 1, 2]
  designs:
    arms:
      drop: {dropout: 0.2}
      large: {pixels: 16}
report: {tasks: these, scale: one}
"""


def configurations(study):
    return {arm.name: dict(arm.config) for arm in designs.arms(study)}


def test_every_arm_has_a_configuration_on_every_task(loaded):
    found = configurations(loaded(STUDY))
    assert len(found) == 9
    on_digits = {
        "epochs": 20,
        "data": "digits",
        "learning_rate": 0.01,
        "dropout": 0.2,
        "pixels": 8,
    }
    assert found["drop @ digits"] == on_digits


def test_values_of_a_task_override_constants_and_the_baseline(loaded):
    on_wine = {"epochs": 40, "data": "wine", "learning_rate": 0.1, "dropout": 0.0}
    assert configurations(loaded(STUDY))["baseline @ wine"] == on_wine


def test_an_arm_equals_the_baseline_on_a_task_without_its_parameter(loaded):
    found = configurations(loaded(STUDY))
    assert found["large @ wine"] == found["baseline @ wine"]
    assert found["large @ digits"] != found["baseline @ digits"]


def test_a_task_passes_its_value_with_its_type_to_the_trainer(loaded):
    assert configurations(loaded(STUDY))["baseline @ 3"]["data"] == 3


def test_an_arm_names_its_reference_on_the_same_task(loaded):
    arms = {arm.name: arm for arm in designs.arms(loaded(STUDY))}
    assert arms["drop @ wine"].reference == "baseline @ wine"
    assert arms["drop @ wine"].task == "wine"


def test_the_study_on_one_task_has_no_task_parameter(loaded):
    study = loaded(STUDY)
    first, *_ = tasks.tasks(study.parameters)
    there = tasks.on_task(study, first)
    assert tasks.tasks(there.parameters) == ()
    assert there.parameters["data"].domain == Constant("digits")


def test_the_log_restores_the_tasks(loaded):
    study = loaded(STUDY)
    again = StudySpec.from_canonical(study.canonical())
    assert again.digest == study.digest
    assert tasks.tasks(again.parameters) == tasks.tasks(study.parameters)


def test_a_plan_counts_equal_arms_on_a_task_once(loaded):
    planned = plan.plan(loaded(STUDY))
    assert planned.tasks == 3
    assert planned.ablation_trials == (3 + 2 + 2) * 3


def test_a_plan_counts_a_search_for_each_task(loaded):
    text = STUDY.replace(
        "ablation:\n", "search: {method: random, trials: 2}\nablation:\n"
    )
    assert plan.plan(loaded(text)).search_trials == 6


def test_a_profile_may_choose_one_of_the_tasks(tmp_path, loaded):
    loaded(STUDY)
    study = spec.load(tmp_path / "study.yaml", overrides={"data": "wine"})
    assert configurations(study)["drop @ wine"]["epochs"] == 40
    assert len(configurations(study)) == 3


SEARCHED = "ablation:\n"
REFUSED = [
    ("role: task, at", "role: scientific, at", "parameters.data.at", "role: task, or no `at`"),
    ("values: [digits, wine, 3]", "value: wine", "parameters.data.role", "values: ["),
    ("[digits, wine, 3]", "[digits, wine, 3, '3']", "parameters.data.values[3]", "as text"),
    ("at: {wine:", "at: {wines:", "parameters.data.at.wines", "did you mean 'wine'?"),
    ("{epochs: 40,", "{epoch: 40,", "parameters.data.at.wine.epoch", "did you mean 'epochs'?"),
    ("{epochs: 40,", "{data: 3,", "parameters.data.at.wine.data", "another parameter"),
    ("learning_rate: 0.1}", "learning_rate: 7}", "parameters.data.at.wine.learning_rate", "one of"),
    ("drop: {", "drop: {data: wine, ", "ablation.designs.arms.drop.data", "role: scientific"),
    ("drop: {", "drop: {epochs: 3, ", "ablation.designs.arms.drop.epochs", "one of the two"),
    ("baseline: {", "baseline: {data: 3, ", "ablation.baseline.data", "role: scientific"),
    ("    arms:", "    factorial: {data: [3]}\n    arms:", "ablation.designs.factorial.data", "arm"),
    ("    arms:", "    path: {to: drop}\n    arms:", "ablation.designs.path", "one task"),
    ("dropout: {values: [0.0, 0.2]}", "dropout: {values: [0.0, 0.2], role: task}",
     "parameters.dropout.role", "one parameter"),
    ("  designs:", "  retune: {parameters: [data], trials: 2}\n  designs:",
     "ablation.retune.parameters[0]", "leave data out"),
    ("  designs:", "  retune: {parameters: [learning_rate], trials: 2}\n  designs:",
     "ablation.retune.parameters[0]", "one of the two"),
    ("ablation:\n", "search: {trials: 2, enqueue: [{data: wine}]}\nablation:\n",
     "search.enqueue[0].data", "leave data out"),
    ("ablation:\n", "search: {trials: 2, warm_start: [pilot]}\nablation:\n",
     "search.warm_start", "no warm_start"),
    ("    arms:", "    top_k: 2\n    arms:", "ablation.designs.top_k", "the same on each task"),
    (SEARCHED, "search: {trials: 2, tasks: rank}\nablation:\n",
     "parameters.data.at.wine.learning_rate", "one of the two"),
    (SEARCHED, "search: {trials: 2, tasks: rank}\nablation:\n",
     "parameters.pixels.when", "search.tasks: each"),
    (SEARCHED, "search: {trials: 2, tasks: scaled}\nearly_terminate: {type: median}\nablation:\n",
     "early_terminate.type", "type: none"),
    (SEARCHED, "search: {trials: 2, tasks: rank, method: gp_multifidelity}\nablation:\n",
     "search.method", "tpe"),
    (SEARCHED, "search: {trials: 2, tasks: ranks}\nablation:\n", "search.tasks", "rank"),
    ("    arms:", "    shapley: {a: {data: wine}, b: {dropout: 0.2}}\n    arms:",
     "ablation.designs.shapley.a.data", "role: scientific"),
    ("wine, 3]", "wine, 'a @ b']", "parameters.data.values[2]", "a name without"),
    ("goal: maximize", "goal: maximize, target: 0.9", "metric.target", "no target"),
    ("tasks: these", "tasks: those", "report.tasks", "these"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "place", "cure"), REFUSED)
def test_an_invalid_study_with_tasks_is_refused_with_line_and_correction(
    loaded, violations, old, new, place, cure
):
    found = violations(loaded, edited((old, new), text=STUDY))
    there = [each for each in found if each.key == place]
    assert all(each.line > 0 for each in there)
    assert any(cure in each.allowed for each in there)


def test_report_keys_about_tasks_need_a_task_parameter(loaded, violations):
    found = violations(
        loaded, edited(("role: task, at", "role: scientific, at"), text=STUDY)
    )
    assert "report.tasks" in [each.key for each in found]


def test_a_margin_in_units_needs_one_scale(loaded, violations):
    with_margin = edited(
        ("seeds: [0, 1, 2]", "seeds: [0, 1, 2]\n  margin: 0.01"), text=STUDY
    )
    loaded(with_margin)
    apart = with_margin.replace("scale: one", "scale: each")
    (found,) = violations(loaded, apart)
    assert (found.key, found.line) == ("ablation.margin", 12)
    assert found.allowed == 'margin: "1 %", or report.scale: one'
    loaded(apart.replace("margin: 0.01", 'margin: "1 %"'))


def test_seeds_until_decided_cannot_decide_on_similar_tasks(loaded, violations):
    seeds = "seeds: {from: 5, to: 9, until: decided}"
    text = edited(("seeds: [0, 1, 2]", seeds), text=STUDY)
    loaded(text)
    (found,) = violations(loaded, text.replace("tasks: these", "tasks: like_these"))
    assert found.key == "ablation.seeds"
    assert "report.tasks: these" in found.allowed


def test_a_search_over_all_tasks_needs_tasks(loaded, violations):
    text = edited(
        (
            "role: task, at: {wine: {epochs: 40, learning_rate: 0.1}}",
            "role: scientific",
        ),
        ("report: {tasks: these, scale: one}", "search: {trials: 2, tasks: rank}"),
        text=STUDY,
    )
    found = {each.key: each.allowed for each in violations(loaded, text)}
    assert found["search.tasks"] == "role: task for a parameter, or leave it out"
