"""What the pages show is true: every block is run as a reader would, in a folder of the page's own.

A titled block is a file, a `console` block is typed and its output compared, a `python` block is
executed, a YAML block without a title is put into a small study file and loaded. A block that
cannot be run says why in a comment above it.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from sweep import spec
from tests.docs.blocks import blocks_of, commands_of, shows

ROOT = Path(__file__).parents[2]
PAGES = sorted([*(ROOT / "docs").rglob("*.md"), ROOT / "sweep/adapters/README.md"])
EXAMPLES = sorted((ROOT / "docs" / "examples").glob("*.yaml"))
OPTIONAL = ("pdflatex",)  # programs that a page ends with
SHOWN_ONLY = (
    "text",
    "json",
    "latex",
    "csv",
)  # what a program prints or writes, not what one types
BASE = {
    "trainer": "clip",
    "metric": {"name": "val/balanced_accuracy", "goal": "maximize"},
    "parameters": {
        "epochs": 60,
        "loss_type": {"values": ["standard", "weighted", "focal"]},
        "focal_gamma": {"min": 0.5, "max": 4.0, "when": {"loss_type": "focal"}},
        "learning_rate": {"min": 1e-4, "max": 1e-2, "role": "nuisance"},
    },
    "search": {"trials": 4},
}


TRAINER = """
def train(config, run):
    for epoch in range(run.restore(), config["epochs"]):
        if run.report(epoch, {"val/balanced_accuracy": run.seed * config["learning_rate"]}):
            break
"""


def study_with(fragment):
    """A small study file that says what a fragment says."""
    if "program" in fragment:  # a W&B sweep file
        return yaml.safe_dump(fragment, sort_keys=False)
    whole = BASE | fragment
    whole["parameters"] = BASE["parameters"] | fragment.get("parameters", {})
    if "command" in fragment:
        del whole["trainer"]
        whole["parameters"] = fragment.get(
            "parameters", {"learning_rate": {"min": 0.1, "max": 1.0}}
        )
    if "parameters" in fragment and "trainer" in fragment:
        whole["parameters"] = fragment["parameters"]
    return yaml.safe_dump(whole, sort_keys=False)


def typed(command, folder):
    """What a command prints when it is typed in a folder."""
    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "COLUMNS": "100",
    }
    return subprocess.run(
        ["bash", "-c", command], cwd=folder, env=environment, capture_output=True, text=True,
        timeout=200, check=False,
    )  # fmt: skip


def do(block, folder, namespace):
    """What a reader does with a block; it fails where the page is wrong."""
    if block.title:
        (folder / block.title).parent.mkdir(parents=True, exist_ok=True)
        (folder / block.title).write_text(block.text, encoding="utf-8")
        if block.title.endswith(".py"):
            compile(block.text, block.title, "exec")
    elif block.language == "yaml":
        (folder / "fragment.yaml").write_text(study_with(yaml.safe_load(block.text)))
        spec.load(folder / "fragment.yaml")
    elif block.language == "python":
        exec(compile(block.text, f"block in line {block.line}", "exec"), namespace)
    elif block.language == "console":
        for command, output in commands_of(block.text):
            program = command.split()[0]
            if program in OPTIONAL and shutil.which(program) is None:
                pytest.skip(
                    f"NOT CHECKED: {program} is not installed, see .ci/test-extras"
                )
            done = typed(command, folder)
            printed = done.stdout + done.stderr
            # only a command whose output is shown may fail, since the reader sees the message
            shown = output.replace("…", "").strip()
            assert done.returncode == 0 or shown, f"{command}\n{printed}"
            assert shows(output, printed), (
                f"{command}\n{printed}\nThe page shows:\n{output}"
            )
    else:
        assert block.language in SHOWN_ONLY, (
            f"line {block.line}: {block.language!r} is not run"
        )


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_a_page_shows_works(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    namespace = {"__name__": "page"}
    for block in blocks_of(page.read_text(encoding="utf-8")):
        if not block.reason:
            do(block, tmp_path, namespace)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_the_example_of_a_section_is_sound(example, tmp_path):
    fragment = yaml.safe_load(example.read_text(encoding="utf-8"))
    (tmp_path / "train.py").write_text(TRAINER, encoding="utf-8")
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs" / "base.yaml").write_text(
        "optimizer: {lr: 0.1}\n", encoding="utf-8"
    )
    (tmp_path / "example.yaml").write_text(study_with(fragment), encoding="utf-8")
    spec.load(tmp_path / "example.yaml")


def keys_of(schema):
    """Keys of a section, of the form with keys where it has several."""
    forms = [form for form in schema.get("anyOf", []) if "properties" in form]
    return set((forms[0] if forms else schema).get("properties", {}))


def keys_in(value):
    """Every key of a document, at any depth."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from keys_in(inner)
    if isinstance(value, list):
        for inner in value:
            yield from keys_in(inner)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_a_section_has_the_keys_that_its_example_shows(example):
    """So an example cannot outlive a renamed key."""
    section = spec.json_schema()["$defs"][example.stem]
    shown = set(keys_in(yaml.safe_load(example.read_text(encoding="utf-8"))))
    assert shown & keys_of(section)


def test_every_section_has_an_example():
    assert {path.stem for path in EXAMPLES} == set(spec.json_schema()["$defs"])
