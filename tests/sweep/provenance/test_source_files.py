"""Which files a trainer's numbers come from: its own and what it imports from beside
it. Nothing is run to tell."""

import sys

import pytest

from sweep.provenance.source_files import digests, source_files, with_imports
from sweep.trainer import TrainerRef, resolve


@pytest.fixture
def project(tmp_path):
    """`project({name: text})` writes files and returns the folder."""

    def write(files):
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return tmp_path

    return write


def names(folder, files):
    return {str(file.relative_to(folder)) for file in files}


def test_a_files_imports_from_beside_it_count_and_what_it_does_not_import_does_not(
    project,
):
    folder = project(
        {
            "train.py": (
                "import torch\nimport model, os.path\nfrom losses import focal\ndef"
                " train(config, run): ...\n"
            ),
            "model.py": "from layers.attention import Attention\n",
            "layers/__init__.py": "",
            "layers/attention.py": "from . import norm\nfrom .norm import Norm\n",
            "layers/norm.py": "",
            "layers/unused.py": "",
            "losses.py": "",
            "unrelated.py": "",
        }
    )
    found = source_files(resolve("train.py:train", folder))
    wanted = {
        "train.py",
        "model.py",
        "losses.py",
        "layers/__init__.py",
        "layers/attention.py",
        "layers/norm.py",
    }
    assert names(folder, found) == wanted
    assert found == sorted(found)


def test_an_import_inside_a_function_counts_and_circles_end(project):
    folder = project(
        {"a.py": "def train(config, run):\n    import b\n", "b.py": "import a\n"}
    )
    assert names(folder, source_files(resolve("a.py:train", folder))) == {
        "a.py",
        "b.py",
    }


def test_a_module_counts_with_what_it_imports_from_its_own_package(
    project, monkeypatch
):
    folder = project(
        {
            "pack_x/__init__.py": "",
            "pack_x/train.py": "from pack_x import net\n",
            "pack_x/net.py": "",
        }
    )
    monkeypatch.syspath_prepend(folder)
    found = source_files(resolve("pack_x.train:train", folder))
    assert names(folder, found) == {
        "pack_x/__init__.py",
        "pack_x/net.py",
        "pack_x/train.py",
    }
    sys.modules.pop("pack_x", None)


def test_a_commands_script_counts_with_its_imports(project):
    folder = project({"train.py": "import model\n", "model.py": "", "other.py": ""})
    command = TrainerRef("command", "python train.py", files=(folder / "train.py",))
    assert names(folder, source_files(command)) == {"train.py", "model.py"}


@pytest.mark.parametrize(
    "text",
    [
        "def (",
        "\0",
        "x = " + "(" * 5000,
        "import " + "a." * 2000 + "b",
        "from .... import x",
    ],
)
def test_a_file_that_cannot_be_parsed_is_itself_alone(project, text):
    folder = project({"train.py": text})
    assert names(folder, with_imports(folder / "train.py", folder)) == {"train.py"}


def test_reading_imports_runs_nothing(project):
    folder = project(
        {"train.py": "import evil\n", "evil.py": "open('executed', 'w')\n"}
    )
    source_files(resolve("train.py:train", folder))
    assert not (folder / "executed").exists()


def test_digests_are_by_name_and_follow_the_contents(project):
    folder = project({"a.py": "1", "b/c.py": "2"})
    files = [folder / "a.py", folder / "b/c.py"]
    before = digests(files)
    assert set(before) == {"a.py", "b/c.py"}
    (folder / "b/c.py").write_text("3")
    after = digests(files)
    assert after["a.py"] == before["a.py"]
    assert after["b/c.py"] != before["b/c.py"]
    (folder / "a.py").unlink()
    assert "a.py" not in digests(files), (
        "a file that is gone is left out, and missed by who compares"
    )
    assert digests([]) == {}
