"""What a program is started with: against W&B's own rendering, and the styles of the
projects that asked for it."""

import json
import sys
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from wandb.sdk.launch.sweeps.utils import create_sweep_command_args

from sweep.command import macros
from sweep.command.macros import CHECKPOINT_FOLDER, TrialContext
from sweep.errors import TrialError
from sweep.spec import Command
from sweep.spec.command import Flags

CONFIG = {
    "lr": 0.1,
    "use_smooth_l1": True,
    "amp": False,
    "loss_type": "focal",
    "layers": [1, 2],
    "warmup": None,
}

names = st.from_regex(r"[a-z][a-z_]{0,8}", fullmatch=True)
values = st.one_of(st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=5), st.none(),
                   st.lists(st.integers(), max_size=3))  # fmt: skip


def words(run, config=CONFIG, context=None, **keys):
    context = context or TrialContext(
        folder="/t", base="/b", seed=7, fold=None, folds=None, start_epoch=0
    )
    return macros.words(Command.model_validate({"run": run, **keys}), config, context)


@given(st.dictionaries(names, values, max_size=4))
def test_args_are_those_of_a_wandb_agent(tmp_path_factory, config):
    theirs = create_sweep_command_args(
        {"args": {name: {"value": value} for name, value in config.items()}}
    )
    context = TrialContext(
        tmp_path_factory.getbasetemp(), tmp_path_factory.getbasetemp(), 0, None, None, 0
    )
    for macro in (
        "args",
        "args_no_hyphens",
        "args_no_boolean_flags",
        "args_no_equals",
        "args_json",
    ):
        assert words([f"${{{macro}}}"], config, context) == theirs[macro]


def test_a_nested_group_is_passed_as_a_wandb_agent_passes_it(context):
    config = {"optimizer.lr": 0.1, "optimizer.name": "sgd", "seed": 3}
    theirs = create_sweep_command_args(
        {
            "args": {
                "optimizer": {"value": {"lr": 0.1, "name": "sgd"}},
                "seed": {"value": 3},
            }
        }
    )
    assert words(["${args}"], config, context, nested=["optimizer"]) == theirs["args"]
    assert (
        words(["${args_json}"], config, context, nested=["optimizer"])
        == theirs["args_json"]
    )


def test_dotted_names_stay_as_they_are_unless_they_are_a_group(context):
    assert words(["${args_no_hyphens}"], {"trainer.lr": 0.1}, context) == [
        "trainer.lr=0.1"
    ]
    groups = {"nested": ["a", "a.b"]}
    assert words(
        ["${args_json}"], {"a.b.c": 1, "a.x.y": 2, "d": 3}, context, **groups
    ) == ['{"a": {"b": {"c": 1}, "x.y": 2}, "d": 3}']


@pytest.mark.parametrize(
    "flags, expected",
    [
        # main.py --loss_type focal --focal_gamma 2 --focal_alpha
        (
            {"equals": False, "booleans": "switch"},
            ["--lr", "0.1", "--use_smooth_l1", "--loss_type", "focal", "--layers", "[1, 2]", "--warmup", "None"],
        ),
        # train_clip.py --class-loss-weight 1.0 --use-superclip-loss
        (
            {"hyphens": True, "equals": False, "booleans": "negatable", "lists": "spaced"},
            [
                "--lr", "0.1", "--use-smooth-l1", "--no-amp", "--loss-type", "focal",
                "--layers", "1", "2", "--warmup",
                "None",
            ],
        ),
        # train.py --encoder_loss_weight=0.03 --use_smooth_l1
        (
            {"booleans": "switch", "lists": "comma"},
            ["--lr=0.1", "--use_smooth_l1", "--loss_type=focal", "--layers=1,2", "--warmup=None"],
        ),
        (
            {"booleans": "lower", "lists": "repeat"},
            [
                "--lr=0.1", "--use_smooth_l1=true", "--amp=false", "--loss_type=focal",
                "--layers=1", "--layers=2",
                "--warmup=None",
            ],
        ),
    ],
)  # fmt: skip
def test_flag_styles(flags, expected, context):
    assert words(["${args}"], CONFIG, context, flags=flags) == expected


def test_a_parameter_is_a_macro_by_its_name_and_macros_stand_inside_words(context):
    assert words(["--rate=${lr}", "${loss_type}", "out/${seed}"], CONFIG, context) == [
        "--rate=0.1",
        "focal",
        "out/7",
    ]
    assert words(["${gamma}x", "${gamma}", "end"], CONFIG, context) == ["x", "end"], (
        "an inactive parameter has no value"
    )


def test_inside_a_word_args_are_quoted_for_the_shell_that_will_read_them(context):
    config = {"name": "a b", "lr": 0.1}
    assert (
        words(["bash", "-c", "echo ${args}"], config, context)[2]
        == "echo '--name=a b' --lr=0.1"
    )


def test_program_interpreter_env_and_number_words(context):
    run = ["${env}", "${interpreter}", "${program}", "--workers", 4]
    assert words(run, {}, context, program="train.py") == [
        "/usr/bin/env",
        sys.executable,
        "train.py",
        "--workers",
        "4",
    ]
    away = words(["${program}"], {}, context, program="train.py", workdir="trial")
    assert away == [str(context.base / "train.py")]


def test_a_doubled_dollar_leaves_a_macro_to_the_program(context):
    assert words(["hydra.run.dir=runs/$${now:%Y}", "$HOME"], {}, context) == [
        "hydra.run.dir=runs/${now:%Y}",
        "$HOME",
    ]


def test_environment_variables(context, monkeypatch):
    monkeypatch.setenv("DATA_ROOT", "/data")
    assert words(["${envvar:DATA_ROOT}/faces"], {}, context) == ["/data/faces"]
    monkeypatch.delenv("DATA_ROOT")
    with pytest.raises(TrialError, match="environment variable DATA_ROOT is not set"):
        words(["${envvar:DATA_ROOT}"], {}, context)


def test_the_program_is_told_seed_fold_and_folders(command, tmp_path):
    context = TrialContext(
        tmp_path / "t", tmp_path, seed=3, fold=1, folds=5, start_epoch=4
    )
    told = macros.environment(command(environment={"RUN": "r${seed}"}), {}, context)
    assert told == {
        "SWEEP_SEED": "3", "SWEEP_FOLD": "1", "SWEEP_FOLDS": "5", "SWEEP_START_EPOCH": "4",
        "SWEEP_FOLDER": str(tmp_path / "t"), "SWEEP_CHECKPOINT_DIR": str(tmp_path / "t" / CHECKPOINT_FOLDER),
        "SWEEP_CONFIG": str(tmp_path / "t/parameters.json"), "SWEEP_METRICS": str(tmp_path / "t/metrics.jsonl"),
        "RUN": "r3",
    }  # fmt: skip


def test_config_files_hold_the_parameters_over_a_base(command, context, write):
    write("configs/x.yaml", "model: {width: 8, depth: 2}\nlr: 1e-3\ndata: faces\n")
    section = command(
        run=["x", "${config_yaml}", "${config_json}"], config_base="configs/x.yaml"
    )
    config = {"lr": 0.1, "model.depth": 4, "new.key": [1]}
    macros.write_files(section, config, context)
    expected = {
        "model": {"width": 8, "depth": 4},
        "lr": 0.1,
        "data": "faces",
        "new": {"key": [1]},
    }
    _, yaml_path, json_path = macros.words(section, config, context)
    assert (
        yaml.safe_load(Path(yaml_path).read_text())
        == json.loads(Path(json_path).read_text())
        == expected
    )


def test_a_parameter_below_something_that_has_no_keys_is_refused(
    command, context, write
):
    write("x.yaml", "model: unet\n")
    with pytest.raises(TrialError, match="model is 'unet' there, not a mapping"):
        macros.write_files(command(config_base="x.yaml"), {"model.depth": 4}, context)


def test_false_is_written_before_the_last_name_as_tyro_has_it():
    style = Flags(hyphens=True, booleans="negatable_last")
    assert macros.flags("optim.use_nesterov", False, style) == [
        "--optim.no-use-nesterov"
    ]
    assert macros.flags("optim.use_nesterov", True, style) == ["--optim.use-nesterov"]
    assert macros.flags("amp", False, style) == ["--no-amp"]
