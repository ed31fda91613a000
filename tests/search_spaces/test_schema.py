"""The JSON schema for editors: the committed copy is current, takes what `load` takes,
and finds mistakes."""

import json
import re
from pathlib import Path

import jsonschema
import pytest

from sweep import spec, yaml_file
from tests.sweep.spec.wandb_files import FILES as SWEEPS

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "search_spaces"
SCHEMA = json.loads((FOLDER / "schema.json").read_text(encoding="utf-8"))
STUDIES = sorted(FOLDER.glob("*.yaml"))
PAGES = ["README.md", "sweep/adapters/README.md"]
SHOWN = [
    text
    for page in PAGES
    for text in re.findall(r"```yaml\n(.*?)```", (ROOT / page).read_text(), re.DOTALL)
]

SOUND = """
trainer: clip
metric: {name: val/loss, goal: minimize}
parameters:
  epochs: 3
  learning_rate: {distribution: log_uniform_values, min: 1e-4, max: 1e-1}
search: {trials: 4}
"""
WANDB = """
program: train.py
method: bayes
metric: {name: loss, goal: minimize}
parameters:
  lr: {min: 1e-4, max: 1e-1}
"""


def faults(text):
    """Where the schema objects, as `jsonschema` says it."""
    data = yaml_file.parse(text, "study.yaml").data
    validator = jsonschema.Draft202012Validator(SCHEMA)
    return [
        jsonschema.exceptions.best_match([error])
        for error in validator.iter_errors(data)
    ]


def test_the_committed_copy_is_what_the_command_prints():
    assert spec.json_schema() == SCHEMA, (
        "python -m sweep schema > search_spaces/schema.json"
    )


def test_it_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def keys_without_a_description(schema, at=""):
    """Dotted places of keys, wherever in the schema they are described."""
    if isinstance(schema, list):
        for part in schema:
            yield from keys_without_a_description(part, at)
    if not isinstance(schema, dict):
        return
    for key, described in schema.get("properties", {}).items():
        condition = not isinstance(described, dict) or "const" in described
        if not condition and not described.get("description"):
            yield f"{at}.{key}"
    for key, part in schema.items():
        yield from keys_without_a_description(part, f"{at}.{key}")


def test_every_key_has_a_description():
    assert list(keys_without_a_description(SCHEMA["$defs"])) == []


@pytest.mark.parametrize("path", STUDIES, ids=lambda path: path.stem)
def test_shipped_studies_are_sound(path):
    assert faults(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("name", SWEEPS)
def test_wandb_sweep_files_are_sound(name):
    assert faults(SWEEPS[name]) == []


@pytest.mark.parametrize("text", SHOWN, ids=range(len(SHOWN)))
def test_what_the_pages_show_is_sound(text):
    assert faults(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "command: python train.py ${args}",
        'command: [python, train.py, "${args}", --seed, 42]',
        'command: {run: "python train.py", flags: {hyphens: true}, metrics: {file: log.csv}}',
    ],
)
def test_a_command_is_a_line_words_or_a_section(text):
    assert faults(SOUND.replace("trainer: clip", text)) == []


@pytest.mark.parametrize("method", ["grid", "brute_force"])
def test_a_search_of_everything_needs_no_number_of_trials(method):
    assert faults(SOUND.replace("{trials: 4}", f"{{method: {method}}}")) == []


@pytest.mark.parametrize(
    "old, new",
    [
        ("trainer: clip", "traner: clip"),
        ("trainer: clip", "name: x"),
        ("trainer: clip", "trainer: clip\ncommand: python train.py"),
        ("goal: minimize", "goal: minimum"),
        ("name: val/loss, ", ""),
        ("epochs: 3", "epochs: [1, 2]"),
        ("epochs: 3", "epochs: {vales: [1, 2]}"),
        ("epochs: 3", "epochs: {values: []}"),
        ("min: 1e-4", "min: '1e-4'"),
        ("min: 1e-4, ", ""),
        ("log_uniform_values", "loguniform"),
        ("max: 1e-1}", "max: 1e-1, q: 0.1}"),
        ("{trials: 4}", "{}"),
        ("{trials: 4}", "{trials: 0}"),
        ("{trials: 4}", "{trials: four}"),
        ("{trials: 4}", "{trials: 4, method: bayes}"),
        ("{trials: 4}", "{trials: 4}\nearly_terminate: {min_iter: 3}"),
        ("{trials: 4}", "{trials: 4}\nearly_terminate: {type: asha, eta: 1}"),
        ("{trials: 4}", "{trials: 4}\nablation: {seeds: []}"),
        ("{trials: 4}", "{trials: 4}\nablation: {designs: {laddder: {}}}"),
        ("{trials: 4}", "{trials: 4}\nresources: {cpu: 0}"),
        ("{trials: 4}", "{trials: 4}\ncheckpoint: {keep: most}"),
        ("parameters:", "parameter:"),
    ],
)
def test_a_mistake_is_found_here_as_by_load(old, new, tmp_path):
    text = SOUND.replace(old, new, 1)
    assert text != SOUND
    assert faults(text) != []
    (tmp_path / "bad.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(spec.loader.StudyFileError):
        spec.load(tmp_path / "bad.yaml")


@pytest.mark.parametrize(
    "old, new",
    [
        ("method: bayes", "method: bayesian"),
        ("goal: minimize", "goal: min"),
        ("program: train.py\n", ""),
        ("{min: 1e-4, max: 1e-1}", "{minimum: 1e-4}"),
        ("  lr: ", "  optimizer: {lr: {value: 1}}\n  lr: "),
        ("method: bayes", "method: bayes\nrun_cap: 0"),
    ],
)
def test_a_mistake_in_a_wandb_sweep_file_is_found(old, new):
    text = WANDB.replace(old, new, 1)
    assert faults(WANDB) == []
    assert text != WANDB
    assert faults(text) != []


def test_every_section_has_a_hint_and_keys_have_theirs():
    sections = {
        name: part
        for name, part in SCHEMA["$defs"].items()
        if name not in ("Parameter", "Group")
    }
    assert [
        name for name, part in sections.items() if not part.get("description")
    ] == []
    assert SCHEMA["$defs"]["Tpe"]["properties"]["trials"]["description"].startswith(
        "number of configurations"
    )
    assert SCHEMA["$defs"]["PathDesign"]["properties"]["from"]["description"]
