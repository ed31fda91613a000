"""W&B sweep files in the styles of public repositories: each runs as it is, or says
what is wrong with it."""

from functools import partial

import pytest
import yaml
from typer.testing import CliRunner

from sweep import spec
from sweep.cli import app
from sweep.errors import StudyFileError
from sweep.model.conditions import active
from sweep.model.domains import (
    Beta,
    Choice,
    Constant,
    IntUniform,
    Normal,
    Uniform,
    contains,
)
from tests.sweep.spec import toy
from tests.sweep.spec.wandb_files import FILES


@pytest.fixture
def load(tmp_path):
    """`load(text)`: the study that a W&B file means, with the program it names beside it."""

    def load(text, **options):
        path = tmp_path / "sweep.yaml"
        path.write_text(text, encoding="utf-8")
        for name in ("train.py", "scripts/train.py", "src/main.py", "run.sh"):
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).touch()
        return spec.load(path, **options)

    return load


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_a_study_and_its_native_form_is_the_same_study(load, tmp_path, name):
    wanted = load(FILES[name])
    text, notes = spec.convert(tmp_path / "sweep.yaml")
    (tmp_path / "sweep.yaml").write_text(text, encoding="utf-8")
    again = spec.load(tmp_path / "sweep.yaml")
    assert spec.diff(wanted, again) == []
    assert notes == list(wanted.notes)
    assert again.notes == (), "nothing is left to say of the native form"


@pytest.mark.parametrize("name", FILES)
def test_a_configuration_can_be_drawn_from_the_converted_space(load, name):
    wanted = load(FILES[name])
    drawn, _ = wanted.search.suggest(wanted.search_space, [], 0)
    for parameter in active(wanted.parameters, drawn):
        assert contains(wanted.parameters[parameter].domain, drawn[parameter])


def test_method_cap_metric_and_rule(load):
    study_ = load(FILES["hyperband from min_iter"])
    assert (study_.search.method, study_.search.trials, study_.search.seeds) == (
        "tpe",
        30,
        (0,),
    )
    assert (study_.metric.name, study_.metric.goal) == ("val/auc", "maximize")
    assert (
        study_.early_terminate.type,
        study_.early_terminate.min_iter,
        study_.early_terminate.eta,
    ) == (
        "hyperband",
        5,
        3,
    )
    rule = load(FILES["hyperband from max_iter"]).early_terminate
    assert (rule.max_iter, rule.s, rule.strict) == (27, 2, True)
    assert load(FILES["grid without a cap"]).search.trials == 9
    assert load(FILES["documentation"]).search.trials == 50
    assert load(FILES["for the server"]).metric.target == 0.01


def test_every_distribution_is_the_domain_it_describes(load):
    found = {
        name: p.domain
        for name, p in load(FILES["every distribution"]).parameters.items()
    }
    assert found["a"] == Constant(3)
    assert found["c"] == Choice(("x", "y"), (0.9, 0.1))
    assert found["d"] == IntUniform(1, 5)
    assert found["e"] == Uniform(0.0, 1.0)
    assert found["f"] == Uniform(0.0, 1.0, step=0.25)
    assert (found["g"].low, found["g"].high) == pytest.approx((1e-4, 0.1), rel=1e-2)
    assert found["g"].log
    assert found["h"] == Uniform(1e-4, 0.1, log=True)
    assert found["j"] == IntUniform(8, 512, log=True, step=8)
    assert (found["k"].low, found["k"].high) == pytest.approx((1e-4, 0.1), rel=1e-2)
    assert found["n"] == Normal(100, 10, step=5)
    assert found["o"] == Normal(0, 1, log=True)
    assert (found["q"], found["r"]) == (Beta(2, 5), Beta(2, 5, step=0.1))


def test_nested_parameters_are_dotted_and_the_groups_are_remembered(load):
    nested = load(FILES["nested"])
    assert list(nested.parameters) == [
        "batch_size",
        "optimizer.name",
        "optimizer.schedule.warmup",
    ]
    assert nested.command.nested == ("optimizer", "optimizer.schedule")
    assert load(FILES["hydra"]).command.nested == ()


def test_the_command_expands_only_wandbs_macros(
    load,
):
    assert load(FILES["documentation"]).command.run == (
        "${env}",
        "${interpreter}",
        "${program}",
        "${args}",
    )
    assert (
        load(FILES["hydra"]).command.run[-1]
        == "hydra.run.dir=runs/$${now:%Y%m%d}_$${oc.env:WANDB_RUN_ID}"
    )
    assert load(FILES["boolean flags"]).command.run[3:5] == ("--workers", "4")
    assert load(FILES["command in one line"]).command.run == (
        "python",
        "train.py",
        "${args}",
        "--wandb",
    )


def test_metrics_come_from_wandb_log_unless_the_file_says_otherwise(load):
    assert load(FILES["documentation"]).command.metrics.wandb
    assert load(FILES["documentation"]).command.metrics.epoch is None
    assert (
        load(
            FILES["with conditions, roles and an ablation of ours"]
        ).command.metrics.path
        == "log.csv"
    )


NOTES = [
    ("documentation", 4, "method: W&B fits a Gaussian process"),
    (
        "documentation",
        4,
        "method: without run_cap W&B runs until it is stopped; sweep runs 50 trials",
    ),
    ("for the server", 2, "entity: is for W&B's server"),
    ("for the server", 7, "controller: is for W&B's server"),
    ("metric without a goal", 5, "metric: has no goal; as in W&B it is minimized"),
    (
        "min_iter beyond the epochs, logged by steps",
        7,
        "early_terminate.s: is ignored: it counts brackets below max_iter",
    ),
]


@pytest.mark.parametrize("name, line, text", NOTES)
def test_keys_with_another_meaning_are_noted_with_their_line(load, name, line, text):
    assert any(
        f"sweep.yaml:{line}: {text}" in note for note in load(FILES[name]).notes
    ), load(FILES[name]).notes


def test_natural_logarithms_that_look_like_values_are_noted(load):
    (note,) = load(
        edited(
            ("distribution: uniform, min: 0", "distribution: log_uniform, min: 1e-5")
        )
    ).notes
    assert (
        "min and max of log_uniform are natural logarithms: this is 1.00001 to 2.71828;"
        " see log_uniform_values" in note
    )


BASE = FILES["no arguments"]
edited = partial(toy.edited, text=BASE)
RANGE = "{lr: {distribution: uniform, min: 0, max: 1}}"
MISTAKES = [
    ("goal: maximize", "goal: maximum", 4, "metric.goal", "unknown value 'maximum'", "did you mean 'maximize'?"),
    ("goal: maximize", "goal: MIN", 4, "metric.goal", "unknown value 'MIN'", "did you mean 'minimize'?"),
    ("{name: acc, goal: maximize}", "acc", 4, "metric", "'acc' is not a mapping", "{name: acc, goal: minimize}"),
    ("metric: {name: acc, goal: maximize}", "early_terminate: {type: hyperband, min_iter: 3}", 1, "metric",
     "there is no metric, and early_terminate needs one", "--set metric.name=val_loss"),
    ("goal: maximize", "gaol: maximize", 4, "metric.gaol", "is not a key of metric", "did you mean 'goal'?"),
    ("method: random", "method: bayesian", 3, "method", "unknown method 'bayesian'", "did you mean 'bayes'?"),
    ("method: random", "method: Grid", 3, "method", "unknown method 'Grid'", "did you mean 'grid'?"),
    ("run_cap: 5", "count: 5", 10, "count", "is not a key of a W&B sweep file", "it belongs at run_cap"),
    ("run_cap: 5", "run_cap: '5'", 10, "run_cap", "'5' is not an integer", "an integer"),
    ("parameters:", "parameter:", 5, "parameter", "is not a key", "did you mean 'parameters'?"),
    ("program: train.py\n", "", 0, "program", "has no value", ""),
    ("program: train.py", "program: trian.py", 2, "program", "no file, module or program",
     "did you mean 'train.py'?"),
    ("min: 0,", 'min: "1e-4",', 5, "parameters.lr.min", "'1e-4' is not a number", "1e-4 without quotes"),
    ("uniform, min", "loguniform, min", 5, "parameters.lr.distribution", "'loguniform'", "did you mean 'log_uniform'?"),
    ("min: 0, max: 1", "min: 1, max: 0", 5, "parameters.lr.min", "1 is above max 0", "a number up to 0"),
    (RANGE, "{lr: [0.1, 0.2]}", 5, "parameters.lr", "is a bare list", "values: […]"),
    (RANGE, "{values: [0.1, 0.2]}", 5, "parameters.values", "is a key of a parameter", "{learning_rate: {values: …}}"),
    (RANGE, "{opt: {lr: {value: 1}, wd: {min: 0, max: 1}}}", 5, "parameters.opt", "without a key `parameters`",
     "opt: {parameters: {…}}"),
    (RANGE, "{opt: {parameters: {lr: {min: 0, max: 1}}, min: 0}}", 5, "parameters.opt.min", "is next to", ""),
    (RANGE, "{opt: {parameters: []}}", 5, "parameters.opt.parameters", "has no parameters", ""),
    (RANGE, "{lr: {min: 0, max: 1}, early_terminate: {type: hyperband}}", 5, "parameters.early_terminate",
     "is indented too far", "is a top-level key"),
    (RANGE, "{lr: {distribution: uniform, values: [1]}}", 5, "parameters.lr.values", "is not a key of", "min, max"),
    ("run_cap: 5", "run_cap: 5\nearly_terminate: hyperband", 11, "early_terminate", "'hyperband' is not a mapping",
     "{type: hyperband, min_iter: 3}"),
    ("run_cap: 5", "run_cap: 5\nearly_terminate: {type: hyperband}", 11, "early_terminate", "needs min_iter",
     "min_iter: 3"),
    ("run_cap: 5", "run_cap: 5\nearly_terminate: {type: hyperband, max_iter: 27}", 11, "early_terminate.max_iter",
     "needs s", "the number of brackets"),
    ("run_cap: 5", "run_cap: 5\nearly_terminate: {type: envelope}", 11, "early_terminate.type",
     "unknown type 'envelope'", "type: hyperband"),
    ("run_cap: 5", "run_cap: 5\nmin_iter: 3", 11, "min_iter", "is not a key", "it belongs at early_terminate.min_iter"),
]  # fmt: skip


@pytest.mark.parametrize(
    "old, new, line, key, problem, allowed",
    MISTAKES,
    ids=[f"{m[3]}-{m[1][-30:]}" for m in MISTAKES],
)
def test_a_mistake_is_named_with_its_line_and_what_to_write(
    load, old, new, line, key, problem, allowed
):
    with pytest.raises(StudyFileError) as caught:
        load(edited((old, new)))
    found = [v for v in caught.value.violations if problem in v.problem]
    assert found, str(caught.value)
    assert allowed in found[0].allowed, str(caught.value)
    if line:
        assert found[0].key == key
        assert found[0].line == line


def test_several_mistakes_are_reported_together(load):
    text = edited(
        ("goal: maximize", "goal: max"),
        ("min: 0", "min: '0'"),
        ("method: random", "method: rnd"),
    )
    with pytest.raises(StudyFileError) as caught:
        load(text)
    assert [v.key for v in caught.value.violations] == [
        "method",
        "metric.goal",
        "parameters.lr.min",
    ]


def test_convert_prints_the_study_file_and_notes_beside_it(load, tmp_path):
    load(FILES["documentation"])
    done = CliRunner().invoke(app, ["convert", str(tmp_path / "sweep.yaml")])
    assert done.exit_code == 0
    assert yaml.safe_load(done.stdout)["search"] == {"method": "tpe", "trials": 50}
    assert done.stderr.count("note: ") == 2


def test_convert_refuses_a_study_file(tmp_path):
    path = tmp_path / "study.yaml"
    path.write_text(
        "trainer: clip\nmetric: {name: m, goal: maximize}\nparameters: {epochs: 1}\nablation: {}\n"
    )
    with pytest.raises(StudyFileError, match="is a study file already"):
        spec.convert(path)
