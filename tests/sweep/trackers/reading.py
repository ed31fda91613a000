"""What trackers have written, read back: with the tools' own libraries, and W&B's
offline files record by record."""

import struct
from collections import defaultdict
from dataclasses import dataclass, field

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams import metadata as hparams


@dataclass
class Seen:
    """One run. `epochs`: metric → (epoch, value), in the order and as often as it is there."""

    config: dict = field(default_factory=dict)
    epochs: dict = field(default_factory=dict)
    state: str | None = None
    reason: str | None = None


def _sorted(runs):
    return dict(sorted(runs.items()))


def tensorboard(folder):
    runs = {}
    for each in sorted((folder / "tensorboard").iterdir()):
        found = EventAccumulator(str(each)).Reload()
        seen = runs[each.name] = Seen()
        for name in found.Tags()["scalars"]:
            seen.epochs[name] = [(e.step, e.value) for e in found.Scalars(name)]
        told = found.PluginTagToContent("hparams")
        begun = hparams.parse_session_start_info_plugin_data(
            told[hparams.SESSION_START_INFO_TAG]
        )
        for name, value in begun.hparams.items():
            seen.config[name] = getattr(value, value.WhichOneof("kind"))
        if hparams.SESSION_END_INFO_TAG in told:
            (text,) = found.Tensors("sweep/state/text_summary")
            state, _, reason = text.tensor_proto.string_val[0].decode().partition(": ")
            seen.state, seen.reason = state, reason or None
    return runs


def mlflow(folder):
    from sweep.trackers.mlflow import _client

    client = _client(f"sqlite:///{folder / 'mlflow.db'}")
    runs = {}
    for run in client.search_runs(
        [e.experiment_id for e in client.search_experiments()]
    ):
        assert run.info.run_name not in runs, "two runs of one trial"
        seen = runs[run.info.run_name] = Seen(dict(run.data.params))
        seen.config |= {
            name: value
            for name, value in run.data.tags.items()
            if name.startswith("sweep.")
        }
        for name in run.data.metrics:
            found = client.get_metric_history(run.info.run_id, name)
            seen.epochs[name] = sorted((each.step, each.value) for each in found)
        seen.state, seen.reason = (
            run.data.tags.get("sweep.state"),
            run.data.tags.get("sweep.reason"),
        )
        ended = {
            "complete": "FINISHED",
            "failed": "FAILED",
            "pruned": "KILLED",
            None: "RUNNING",
        }
        assert run.info.status == ended[seen.state]
    return _sorted(runs)


def wandb(folder):
    import orjson

    runs = {}
    for path in sorted((folder / "wandb").glob("offline-run-*/run-*.wandb")):
        seen, name, metrics = Seen(), "", defaultdict(list)
        for record in _records(path.read_bytes()):
            kind = record.WhichOneof("record_type")
            if kind == "run":
                name = record.run.display_name or name
                for each in record.run.config.update:
                    seen.config[each.key or "/".join(each.nested_key)] = orjson.loads(
                        each.value_json
                    )
            elif kind == "history":
                said = {
                    each.key or each.nested_key[0]: each.value_json
                    for each in record.history.item
                }
                step = record.history.step.num
                for key, value in said.items():
                    if not key.startswith("_"):
                        metrics[key].append((step, float(value.strip('"'))))
            elif kind == "summary":
                for each in record.summary.update:
                    if "sweep." in (key := each.key or ".".join(each.nested_key)):
                        setattr(
                            seen,
                            key.removeprefix("sweep."),
                            orjson.loads(each.value_json),
                        )
        assert name not in runs, "two files of one trial"
        seen.epochs = dict(metrics)
        runs[name] = seen
    return _sorted(runs)


def _records(data):
    """W&B's file: a header of 7 bytes, then LevelDB's log format: blocks of 32 KiB,
    records in one or more parts."""
    from wandb.proto.wandb_internal_pb2 import Record

    at, parts = 7, b""
    while at + 7 <= len(data):
        left = 32768 - at % 32768
        if left < 7:
            at += left
            continue
        _, length, kind = struct.unpack_from("<IHB", data, at)
        parts += data[at + 7 : at + 7 + length]
        at += 7 + length
        if kind in (1, 4):
            record = Record()
            record.ParseFromString(parts)
            parts = b""
            yield record


READERS = {"tensorboard": tensorboard, "mlflow": mlflow, "wandb": wandb}
