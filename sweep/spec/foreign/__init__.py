"""Convert files of other tools to study files. A note names every key that is not converted.

| file | job |
|---|---|
| `protocol` | the protocol of a format |
| `hydra`, `hydra_values` | a Hydra configuration with `hydra.sweeper`, and its overrides |
| `nni` | NNI's `search_space.json`, and its experiment's YAML |
| `python_space` | a dict of Optuna's distributions or of Ray Tune's domains in a Python file |
| `unsupported` | formats that are recognised but not read |

W&B's sweep files, which run as they are, are in `sweep.spec.wandb`.
"""

from collections.abc import Mapping

from sweep.document import Document
from sweep.spec.foreign.hydra import HYDRA
from sweep.spec.foreign.nni import NNI
from sweep.spec.foreign.protocol import Foreign
from sweep.spec.foreign.unsupported import sentence

FORMATS: Mapping[str, Foreign] = {"hydra": HYDRA, "nni": NNI}


def format_of(document: Document) -> Foreign | None:
    """The format of a document; None: a study file, a W&B sweep file, or an unknown format."""
    for foreign in FORMATS.values():
        if foreign.recognises(document):
            return foreign
    return None


__all__ = ["FORMATS", "Foreign", "format_of", "sentence"]
