"""Words of other tools: each is answered with the word of a study file."""

import pytest

from sweep import errors, spec
from sweep.spec import other_words

STUDY = """
trainer: clip
metric: {name: val/f1, goal: maximize}
parameters:
  epochs: 3
  rate: RATE
search: {method: random, trials: 4}
"""


def message(text):
    with pytest.raises(errors.StudyFileError) as refused:
        spec.load_values(spec_values(text), name="s", base_dir=".")
    return str(refused.value)


def spec_values(text):
    from sweep import yaml_file

    return yaml_file.parse(text).data


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (
            "loguniform(1e-4, 1e-1)",
            "{distribution: log_uniform_values, min: 1e-4, max: 1e-1}",
        ),
        ("tune.uniform(0, 1)", "{min: 0, max: 1}"),
        ("choice([a, b])", "{values: [a, b]}"),
        ("tune.grid_search([1, 2])", "{values: [1, 2]}"),
        (
            "loguniform(low=1e-4, high=1)",
            "{distribution: log_uniform_values, min: 1e-4, max: 1}",
        ),
    ],
)
def test_a_domain_written_as_a_call_of_another_tool_is_refused(written, meant):
    assert other_words.call(written) == meant
    assert meant in message(STUDY.replace("RATE", f"'{written}'"))


@pytest.mark.parametrize(
    "text", ["resnet(50)", "a (b)", "uniform", 3, None, ["choice(1)"]]
)
def test_other_text_stays_text(text):
    assert other_words.call(text) == ""


@pytest.mark.parametrize(
    ("entry", "meant"),
    [
        ("{choices: [1, 2]}", "values"),
        ("{grid_search: [1, 2]}", "values: […], and search: {method: grid}"),
        ("{low: 1, high: 2}", "min"),
        ("{min: 1, max: 2, log: true}", "distribution: log_uniform_values"),
    ],
)
def test_parameter_keys_of_other_tools_are_answered_with_ours(entry, meant):
    assert f"here it is {meant}" in message(STUDY.replace("RATE", entry))


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("n_trials: 4", "search.trials"),
        ("sampler: tpe", "search.method"),
        ("pruner: median", "early_terminate"),
        ("grid: {a: [1]}", "search: {method: grid}"),
    ],
)
def test_top_level_keys_of_other_tools_are_answered_with_ours(line, meant):
    assert f"it belongs at {meant}" in message(STUDY.replace("RATE", "1") + line)


def test_search_keys_of_other_tools_are_answered_with_ours():
    text = STUDY.replace("RATE", "{values: [1, 2]}").replace("trials: 4", "n_trials: 4")
    assert "here it is trials" in message(text)


@pytest.mark.parametrize(
    ("key", "meant"),
    [
        ("population_size: 4", "trials"),
        ("perturbation_interval: 2", "interval"),
        ("quantile_fraction: 0.25", "quantile"),
        ("resample_probability: 0.25", "resample"),
    ],
)
def test_keys_of_a_population_as_ray_tune_calls_them(key, meant):
    text = STUDY.replace("RATE", "{values: [1, 2]}").replace(
        "trials: 4", f"trials: 4, {key}"
    )
    assert f"here it is {meant}" in message(text)


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("defaults: [_self_]", "it is Hydra's"),
        ("_target_: torch.optim.SGD", "trainer: module:function"),
        ("hydra: {run: {dir: out}}", "sweep run conf/config.yaml"),
        ("stop: {training_iteration: 10}", "parameters: {epochs: 10}"),
        ("project: mine", "trackers: {wandb: {project: …}}"),
        ("entity: us", "trackers: {wandb: {entity: …}}"),
        ("tags: [a]", "description"),
        ("resources_per_trial: {gpu: 1}", "resources: {gpu: 1}"),
        ("early_stopping: 3", "early_terminate"),
        ("seed: 1", "search.seeds or ablation.seeds"),
        ("callbacks: []", "trackers"),
    ],
)
def test_a_key_of_another_tool_at_the_top_is_answered_with_its_place(line, meant):
    said = message(STUDY.replace("RATE", "{values: [1, 2]}") + line + "\n")
    assert f"{line.partition(':')[0]}: is not a key of a study file" in said
    assert meant in said
