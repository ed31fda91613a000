"""The log of the first version, with every kind of event in it."""

from pathlib import Path

import orjson

from sweep import spec

GOLDEN = Path(__file__).parent / "golden" / "every_event.jsonl"


CONFIG = {"epochs": 3, "learning_rate": 0.001}


def golden():
    """The records of every kind of event, as the first version wrote them, with today's
    study in them."""
    path = Path(spec.__file__).parents[2] / "search_spaces" / "focal.yaml"
    canonical = orjson.loads(orjson.dumps(spec.load(path).canonical()))
    records = [orjson.loads(line) for line in GOLDEN.read_bytes().splitlines()]
    return [
        record | ({"spec": canonical} if "spec" in record else {}) for record in records
    ]
