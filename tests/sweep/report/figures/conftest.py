"""Studies for the figures, in the words of `tests/sweep/report/conftest.py`."""

from __future__ import annotations

import random

import pytest

from sweep import report
from sweep.ablation import path_steps
from sweep.model.trial import configuration_key
from sweep.report import figures
from tests.sweep.conftest import Bench, Workers
from tests.sweep.report.compromises import COMPROMISES
from tests.sweep.session.searches import failing, populated

FULL_STUDY = """
name: figures
trainer: own_trainer:train
metric: {name: val/f1, goal: maximize}
parameters:
  epochs: 9
  loss_type: {values: [ce, focal]}
  focal_gamma: {min: 0.5, max: 4.0, when: {loss_type: focal}}
  dice_weight: {values: [0.0, 1.0]}
  learning_rate: {distribution: log_uniform_values, min: 1e-4, max: 1e-2, role: nuisance}
search: {method: random, trials: 40}
early_terminate: {type: asha, min_iter: 3, eta: 3}
ablation:
  baseline: {loss_type: ce, dice_weight: 0.0, learning_rate: 0.001}
  seeds: [0, 1, 2, 3]
  designs:
    ladder:
      "+ focal": {loss_type: focal, focal_gamma: 2.0}
      "+ dice": {dice_weight: 1.0}
    factorial: {loss_type: [ce, focal], dice_weight: [0.0, 1.0]}
    path: {to: {loss_type: focal, focal_gamma: 2.0, dice_weight: 1.0}}
report: {metrics: [test/f1]}
"""

STUDY_OF = {
    "pareto": "several",
    "critical_difference": "six_tasks",
    "verdicts": "with_margin",
    "verdicts_over_tasks": "judged_tasks",
    "shapley": "of_components",
    "population": "populated_study",
}  # the study that a figure is drawn from; all others: `full`


HOSTILE = {
    '"+ focal"': (
        "'$\\frac{a}{b}$ <b>&amp; _x^2 100% {no} \\textbf{oh} a very long name that"
        " never wants to end, ever'"
    ),
    '"+ dice"': '"_数据 🎉 μ-Dice \\u202e$"',
}


def curve(test_f1: float, epochs: int, shift: float = 0.0) -> list[dict[str, float]]:
    """Reports whose best validation epoch is the last but one, where alone the test
    metric is `test_f1`."""
    best = max(0, epochs - 2)
    return [
        {
            "val/f1": test_f1 - 0.02 * abs(epoch - best),
            "test/f1": test_f1 if epoch == best else -1.0,
            "train/loss": 1.0 / (epoch + 1),
            "train/share/ce": 0.7 - 0.02 * epoch,
            "train/share/dice": 0.3 + 0.02 * epoch,
            "train/grad_norm/ce": 2.0 / (epoch + 1) + shift,
            "train/grad_norm/dice": 1.0 / (epoch + 1) + shift,
            "train/weight/ce": 1.0,
            "train/weight/dice": 0.5 + 0.05 * epoch + shift,
        }
        for epoch in range(epochs)
    ]


def search_stage(writer, number: int = 40, *, seed: int = 0) -> None:
    """Search trials: two of every three complete, some pruned at rung 3, one failed,
    one unfinished."""
    draw = random.Random(seed)
    for suggestion in range(number):
        config = {
            "epochs": 9,
            "loss_type": draw.choice(["ce", "focal"]),
            "dice_weight": draw.choice([0.0, 1.0]),
        }
        if config["loss_type"] == "focal":
            config["focal_gamma"] = draw.uniform(0.5, 4.0)
        config["learning_rate"] = 10 ** draw.uniform(-4, -2)
        value = 0.5 + 0.2 * (config["loss_type"] == "focal") + 0.02 * draw.random()
        state = {1: "failed", 3: "running"}.get(
            suggestion, "pruned" if suggestion % 5 == 2 else "complete"
        )
        epochs = 9 if state == "complete" else 3
        writer.trial(
            config,
            curve(value, epochs),
            stage="search",
            label=f"search {suggestion}",
            state=state,
            attributes={"suggestion": suggestion, "memory": {}},
        )


def ablation_stage(writer, gains, *, broken=()) -> None:
    """Every arm with every seed; a run is 0.6, the arm's gain and some noise of its seed.

    `broken`: (arm, seed) → state of runs that are no result.
    """
    noise = [0.0, 0.013, -0.007, 0.021, -0.016, 0.004]
    done = set()
    for arm in writer.decide({"focal_gamma": 2.0, "learning_rate": 0.001}):
        for seed in writer.spec.ablation.seeds:
            key = configuration_key(arm.config), seed
            if key in done:
                continue
            done.add(key)
            wobble = noise[(3 * seed + len(arm.name)) % 6] / 5
            value = 0.6 + gains.get(arm.name, 0.05) + noise[seed % 6] + wobble
            state = dict(broken).get((arm.name, seed), "complete")
            writer.trial(
                arm.config,
                curve(value, 9, 0.01 * seed),
                seed=seed,
                label=arm.name,
                state=state,
            )


def path_stage(writer) -> None:
    """The steps of the study's path, whose configurations the other designs have trained."""
    while (events := path_steps.decide(writer.history())) != "done":
        for event in events:
            writer.record(event)


@pytest.fixture
def search_of():
    """`search_of(writer)` adds a search stage."""
    return search_stage


@pytest.fixture
def ablation_of():
    """`ablation_of(writer, gains)` adds an ablation stage."""
    return ablation_stage


_built = {}  # evidence and drawings are only read, and drawing takes longest


@pytest.fixture
def path_of():
    """`path_of(writer)` adds the steps of the path."""
    return path_stage


@pytest.fixture
def full_text():
    """The study file of `full`."""
    return FULL_STUDY


@pytest.fixture
def full(study):
    """A study that has something to show in every figure."""
    if "full" not in _built:
        writer = study(FULL_STUDY)
        search_stage(writer)
        ablation_stage(writer, {"+ focal": 0.08, "+ dice": 0.07})
        path_stage(writer)
        _built["full"] = report.gather(writer.history())
    return _built["full"]


def compromises(writer, *, number: int = 12) -> None:
    """Configurations for two things at once: every third is outdone by the one before
    it, one failed, one is pruned."""
    for suggestion in range(number):
        width = (suggestion - (suggestion % 3 == 2)) / number
        size = 10 * width**2 + (suggestion % 3 == 2)
        state = {4: "failed", 7: "pruned"}.get(suggestion, "complete")
        for seed in (0, 1):
            metrics = {
                "val/f1": width + seed / 50,
                writer.spec.search.objectives[1].name: size + seed / 10,
            }
            writer.trial(
                {"epochs": 3, "width": width},
                [metrics],
                seed=seed,
                stage="search",
                label=f"search {suggestion}",
                state=state,
                attributes={"suggestion": suggestion, "memory": {}},
            )


@pytest.fixture
def several(study):
    """A search for several objectives."""
    if "several" not in _built:
        writer = study(COMPROMISES.replace("size", "params/millions"))
        compromises(writer)
        _built["several"] = report.gather(writer.history())
    return _built["several"]


@pytest.fixture
def six_tasks(on_tasks_of):
    """Three arms on six tasks."""
    if "six_tasks" not in _built:
        _built["six_tasks"] = on_tasks_of(list("abcdef"), ", scale: one")
    return _built["six_tasks"]


@pytest.fixture
def judged_tasks(on_tasks_of):
    """Three arms on two tasks, with a margin."""
    if "judged_tasks" not in _built:
        _built["judged_tasks"] = on_tasks_of(["a", "b"], margin='"5 %"')
    return _built["judged_tasks"]


@pytest.fixture
def populated_study(tmp_path):
    """A population of which two members fail and are replaced."""
    if "populated_study" not in _built:
        _built["populated_study"] = population_of(tmp_path, "depth")
    return _built["populated_study"]


def population_of(folder, name):
    """The evidence of a population that explores `x` and a parameter of that name."""
    text = populated().replace("parameters: [x]", f"parameters: [x, {name}]")
    text = text.replace("  depth:", f"  {name}:").replace("trials: 6", "trials: 8")
    study = Bench(folder / "population", text)
    return report.gather(study.run(Workers(misbehave=failing({2: 1, 5: 4}))))


@pytest.fixture
def evidence_of(
    full, several, six_tasks, with_margin, of_components, judged_tasks, populated_study
):
    """`evidence_of(name)`: a study that has something to show in that figure."""
    studies = {
        "full": full,
        "several": several,
        "six_tasks": six_tasks,
        "with_margin": with_margin,
        "of_components": of_components,
        "judged_tasks": judged_tasks,
        "populated_study": populated_study,
    }
    return lambda name: studies[STUDY_OF.get(name, "full")]


@pytest.fixture
def with_margin(judged):
    """A study of eight seeds with a margin."""
    if "with_margin" not in _built:
        _built["with_margin"] = report.gather(judged())
    return _built["with_margin"]


@pytest.fixture
def of_components(shared_out):
    """A study of three components, every subset trained."""
    if "of_components" not in _built:
        _built["of_components"] = report.gather(shared_out())
    return _built["of_components"]


@pytest.fixture
def drawn(evidence_of):
    """`drawn(name)` is a figure of a study that has something to show in it."""

    def draw(name: str) -> figures.Drawing:
        if name not in _built:
            _built[name] = figures.draw(name, evidence_of(name))
        return _built[name]

    return draw


@pytest.fixture
def hostile(study):
    """The full study under names that are markup, mathematics, another script and much too long."""
    if "hostile" not in _built:
        text = FULL_STUDY
        for plain, nasty in HOSTILE.items():
            text = text.replace(plain, nasty)
        writer = study(text)
        search_stage(writer)
        ablation_stage(writer, {})
        path_stage(writer)
        _built["hostile"] = report.gather(writer.history())
    return _built["hostile"]


@pytest.fixture
def hostile_of(study, hostile, judged, shared_out, shapley_text, on_tasks_of, tmp_path):
    """`hostile_of(name)`: a study with such names that has something to show in that figure."""
    if "hostile several" not in _built:
        writer = study(
            COMPROMISES.replace(
                "size",
                "$\\\\frac{a}{b}$ <b> 数据 _x^2 of a name that never wants to end",
            )
        )
        compromises(writer)
        _built["hostile several"] = report.gather(writer.history())
    names = list(HOSTILE.values())
    if "hostile tasks" not in _built:
        name = HOSTILE['"+ focal"']
        _built["hostile tasks"] = on_tasks_of(list("abcdef"), good=name, margin='"5 %"')
    if "hostile margin" not in _built:
        arms = (
            f"better: {{gain: 3}}\n      {names[0]}: {{gain: 2}}\n      {names[1]}:"
            " {gain: 1.5}"
        )
        _built["hostile margin"] = report.gather(judged("1.0", arms=arms))
        components = shapley_text.replace('"+ focal"', names[0]).replace(
            "Dice", names[1]
        )
        _built["hostile components"] = report.gather(shared_out(components))
    if "hostile population" not in _built:
        _built["hostile population"] = population_of(tmp_path, names[0])
    studies = {
        "populated_study": _built["hostile population"],
        "several": _built["hostile several"],
        "six_tasks": _built["hostile tasks"],
        "judged_tasks": _built["hostile tasks"],
        "with_margin": _built["hostile margin"],
        "of_components": _built["hostile components"],
    }
    return lambda name: studies.get(STUDY_OF.get(name), hostile)


@pytest.fixture
def empty(study):
    """A study that has only been started."""
    return report.gather(study(FULL_STUDY).history())


@pytest.fixture
def wounded(study, ablation_of, full_text):
    """One rung lost a run to a failure, the next to the pruner."""
    writer = study(full_text)
    broken = [(("+ focal", 1), "failed"), (("+ dice", 2), "pruned")]
    ablation_of(writer, {"+ focal": 0.08, "+ dice": 0.07}, broken=broken)
    return report.gather(writer.history())
