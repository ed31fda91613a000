"""A notebook from a function to a table, run as Jupyter runs it."""

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

FUNCTION = """
import math
import sweep

GAIN = 2.0

class Model:
    def value(self, rate):
        return GAIN * math.sqrt(rate)

def train(config, run):
    model = Model()
    for epoch in range(run.restore(), config["epochs"]):
        value = model.value(config["rate"]) * (epoch + 1) / 10 + run.seed / 100
        if run.report(epoch, {"val/f1": value, "test/f1": value / 2}):
            break
"""
RUN = """
study = sweep.run(
    trainer=train,
    metric={"name": "val/f1", "goal": "maximize"},
    parameters={"epochs": 3, "rate": {"values": (0.1, 0.2)}},
    search={"method": "grid"},
    ablation={
        "baseline": {"rate": 0.1},
        "seeds": range(3),
        "designs": {"arms": {"fast": {"rate": 0.2}}},
    },
    report={"metrics": ["test/f1"]},
    engine="serial",
    go_on=True,
)
"""
pytestmark = [
    # pyzmq and traitlets of the kernel's client, none of it ours
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


def executed(folder, *cells):
    """The cells' outputs, after a fresh kernel has run them in a folder."""
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(cell) for cell in cells]
    )
    resources = {"metadata": {"path": str(folder)}}
    NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources=resources
    ).execute()
    return [cell.outputs for cell in notebook.cells]


def text_of(outputs):
    return "\n".join(
        output.get("text") or output.get("data", {}).get("text/plain", "")
        for output in outputs
    )


def test_a_function_of_a_cell_becomes_a_table(tmp_path):
    table = "print(study.table()[['arm', 'test/f1.mean']])"
    outputs = executed(
        tmp_path, FUNCTION, RUN, table, "study.plot('forest')", "study.best()"
    )
    assert "ablation 6/6: 0 running, 8 done" in text_of(outputs[1])
    progress = [each for each in outputs[1] if "running" in text_of([each])]
    assert [each["output_type"] for each in progress] == [
        "display_data"
    ]  # one, that changes
    assert "baseline" in text_of(outputs[2])
    assert "fast" in text_of(outputs[2])
    assert outputs[3][-1]["data"]["image/png"]
    assert "'rate': 0.2" in text_of(outputs[4])


def test_a_fresh_kernel_goes_on_with_the_same_function_alone(tmp_path):
    executed(tmp_path, FUNCTION, RUN)
    again = executed(tmp_path, FUNCTION, RUN, "print(len(study.trials()))")
    assert "8" in text_of(again[2])
    with pytest.raises(CellExecutionError) as refused:
        executed(tmp_path, FUNCTION.replace("GAIN = 2.0", "GAIN = 3.0"), RUN)
    assert "-GAIN = 2.0" in str(refused.value)
    assert "+GAIN = 3.0" in str(refused.value)


@pytest.mark.ray
def test_workers_of_ray_train_a_function_of_a_cell(tmp_path):
    outputs = executed(tmp_path, FUNCTION, RUN.replace('"serial"', '"ray"'))
    assert "ablation 6/6: 0 running, 8 done" in text_of(outputs[1])
