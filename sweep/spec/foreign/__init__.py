"""Files of other tools as study files: what has a meaning is converted, what has none is named.

| file | job |
|---|---|
| `protocol` | what a format is |
| `hydra`, `hydra_values` | a Hydra configuration with `hydra.sweeper`, and its overrides |
| `nni` | NNI's `search_space.json`, and its experiment's YAML |
| `python_space` | a dict of Optuna's distributions or of Ray Tune's domains in a Python file |
| `unread` | formats that are recognised and not read |

W&B's sweep files, which run as they are, are in `sweep.spec.wandb`.
"""

from collections.abc import Mapping

from sweep.document import Document
from sweep.spec.foreign.hydra import HYDRA
from sweep.spec.foreign.nni import NNI
from sweep.spec.foreign.protocol import Foreign
from sweep.spec.foreign.unread import sentence

FORMATS: Mapping[str, Foreign] = {"hydra": HYDRA, "nni": NNI}


def format_of(document: Document) -> Foreign | None:
    """The format that a document is in; None: a study file's, or W&B's, or none that is known."""
    for foreign in FORMATS.values():
        if foreign.recognises(document):
            return foreign
    return None


__all__ = ["FORMATS", "Foreign", "format_of", "sentence"]
