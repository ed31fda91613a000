"""Study files of searches under every rule, and what has to hold of any study that was
carried out."""

from collections import Counter

from sweep.model.trial import State, configuration_key
from sweep.samplers import SAMPLERS

# Every registered rule, so that it decides something; a new one fails here until it is listed.
RULES = {
    "none": "",
    "asha": "eta: 2",
    "median": "min_iter: 1",
    "percentile": "percentile: 50, n_startup_trials: 1",
    "patient": "patience: 0, rule: {type: asha, eta: 2}",
    "threshold": "lower: 0.3",
    "hyperband": "min_iter: 1, eta: 2",
    "wilcoxon": "p_threshold: 0.3",
}
FINITE = """
name: finite
trainer: trainer.py:train
metric: {name: val/f1, goal: maximize}
parameters:
  epochs: 4
  loss_type: {values: [ce, focal]}
  focal_gamma: {values: [1.0, 2.0], when: {loss_type: focal}}
  layers: {min: 1, max: 3, when: {loss_type: ce}}
"""
# Every registered method with its keys in these short searches; a new one fails until it is listed.
METHODS = {
    "tpe": "n_startup_trials: 2",
    "gp": "n_startup_trials: 2",
    "gp_multifidelity": "n_startup_trials: 2",
    "cmaes": "n_startup_trials: 2",
    "nsga2": "population: 2, objectives: [{name: val/f1, goal: maximize}, "
    "{name: cost, goal: minimize}]",
    "qmc": "",
    "random": "",
    "grid": "",
    "brute_force": "",
    "pbt": "interval: 1, parameters: [x]",
}
# A number that every configuration has.
LAYERED = FINITE.replace("name: finite", "name: layered").replace(
    ", when: {loss_type: ce}", ""
)
ARMS = """\
ablation:
  baseline: {loss_type: ce, layers: 1}
  seeds: [0, 1]
  designs:
    arms:
      focal: {loss_type: focal, focal_gamma: 2.0}
      deep: {layers: 3}
"""


# Forms of a rule that are killed like rules of their own.
FORMS = {"asha promote": "asha, form: promote, eta: 2"}


def searching(head, method, rule, trials=4):
    if method == "pbt":  # members share one seed, and nothing is stopped early
        text = populated().replace("trials: 6", f"trials: {trials}")
        return text.replace("interval: 2, seed: 6, parameters: [x]", METHODS[method])
    keys = f", {METHODS[method]}" if METHODS[method] else ""
    many = "" if SAMPLERS[method].exhaustive else f", trials: {trials}"
    seeds = "[0, 1, 2]" if rule == "wilcoxon" else "[0, 1]"
    if (
        rule == "patient"
    ):  # curves rise, so that only what is to be minimised can lose patience
        head = head.replace("maximize", "minimize")
    search = f"search: {{method: {method}, seeds: {seeds}{many}{keys}}}\n"
    keys = FORMS.get(rule) or f"{rule}, {RULES[rule]}"
    return f"{head}{search}early_terminate: {{type: {keys}}}\n"


def space(method, conditional):
    """The head of a study file whose space suits a method; `conditional` suits most."""
    if SAMPLERS[method].exhaustive:
        return FINITE
    return LAYERED if method == "cmaes" else conditional


def arms(method):
    """Arms that suit a method's space."""
    return SCHEDULED if method == "pbt" else ARMS


def lines(study):
    return study.log.read_bytes().splitlines(keepends=True)


def assert_whole(history):
    """Every planned training run once, every epoch once and in order, nothing left over."""
    trials = history.trials.values()
    assert not history.unfinished()
    assert history.spec.early_terminate.pauses or all(
        trial.state.finished for trial in trials
    )
    once = Counter(
        (t.stage, configuration_key(t.config), t.seed, t.fold) for t in trials
    )
    assert set(once.values()) == {1}
    search = [t for t in trials if t.stage == "search"]
    assert (
        len({t.attributes["suggestion"] for t in search}) == history.spec.search.trials
    )
    ablation = {
        (configuration_key(t.config), t.seed) for t in trials if t.stage == "ablation"
    }
    assert ablation == {
        (configuration_key(arm.config), s)
        for arm in history.arms
        for s in history.spec.ablation.seeds
    }
    for trial in trials:
        epochs = [report.epoch for report in trial.reports]
        assert epochs == list(range(len(epochs)))
        assert (
            trial.state is not State.COMPLETE or len(epochs) == trial.config["epochs"]
        )
        assert trial.stage == "search" or trial.state is State.COMPLETE


PAUSING = """
name: pausing
trainer: trainer.py:train
metric: {name: val/f1, goal: maximize}
parameters:
  epochs: EPOCHS
  x: {min: 0.0, max: 1.0}
search: {method: random, trials: TRIALS, seeds: [0]}
early_terminate: {type: asha, form: promote, min_iter: 1, eta: 3}
"""


def pausing(trials=9, epochs=9):
    return PAUSING.replace("TRIALS", str(trials)).replace("EPOCHS", str(epochs))


POPULATED = """
name: populated
trainer: trainer.py:train
metric: {name: val/f1, goal: maximize}
parameters:
  epochs: 8
  x: {min: 0.0, max: 1.0}
  depth: {values: [1, 2, 3]}
search: {method: pbt, trials: 6, interval: 2, seed: 6, parameters: [x], explore: EXPLORE}
report: {select: last}
"""


def populated(explore="perturb"):
    return POPULATED.replace("EXPLORE", explore)


# A population, and an arm that is trained with the schedule it finds.
SCHEDULED = """\
ablation:
  baseline: {x: 0.5, depth: 1}
  seeds: [0, 1]
  designs:
    arms:
      scheduled: {schedule: best}
      deep and scheduled: {schedule: best, set: {depth: 3}}
"""


def failing(when, reason="broke"):
    """What scripted workers do: members fail once each, at an epoch, for a reason of their own."""
    still = dict(when)

    def misbehave(assignment, epoch):
        if still.get(assignment.trial) == epoch:
            del still[assignment.trial]
            return "failed", f"{reason} {assignment.trial}"
        return None

    return misbehave
