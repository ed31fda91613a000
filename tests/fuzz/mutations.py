"""The ways in which inputs are broken: bytes, the tree of a YAML file, the fields of a
log's records."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from typing import Any

import yaml
from hypothesis import strategies as st

from sweep.spec.schema import StudyFile
from tests.fuzz import corpus

# Values that a key may turn out to hold; each has broken some program.
ODD: list[Any] = [
    *(None, True, False, 0, 1, -1, 2.5, 1e308, -1e308, 1e-320, 2**62, -(2**63)),
    *(
        "",
        "x",
        "a" * 600,
        "../x",
        "/etc/passwd",
        "CON",
        "\u202e",
        "\x7f",
        "${args}",
        "${x",
        "=1+1",
        "<b>",
        "\\input{x}",
    ),
    *(
        "os:system",
        "/etc/passwd:x",
        "../../x.py:f",
        "(",
        "(?P<x",
        "*",
        "[",
        "best",
        "baseline",
        "val/f1",
        "1e-4",
    ),
    *(
        [],
        {},
        [1],
        [None],
        [[1]],
        [{}],
        [1, 1.0, True],
        {"x": 1},
        {"": 1},
        {"value": 1},
        {"values": []},
        {"min": 1},
    ),
    *(
        {"min": 2, "max": 1},
        {"min": -(2**63), "max": 2**63 - 1},
        {"when": {"x": 1}},
        {"values": [1, "1", [1]]},
    ),
    {"distribution": "log_uniform_values", "min": 0, "max": 1},
    {"distribution": "q_uniform", "min": 0, "max": 1e308, "q": 1e-300},
    {"distribution": "normal", "mu": 1e308, "sigma": 1e308},
]
KEYS = [
    *StudyFile.model_fields,
    *(
        "min",
        "max",
        "when",
        "values",
        "value",
        "seeds",
        "trials",
        "designs",
        "ladder",
        "arms",
    ),
]
KEYS += [
    "from",
    "to",
    "set",
    "type",
    "eta",
    "folds",
    "retune",
    "milestones",
    "at",
    "method",
    "program",
    "run_cap",
    "",
    "x",
]


@st.composite
def broken_bytes(draw: st.DrawFn, sound: tuple[bytes, ...]) -> bytes:
    """A sound input with bytes changed, taken out, put in or moved; or any bytes at all."""
    data = bytearray(draw(st.sampled_from(sound)))
    for _ in range(draw(st.integers(1, 6))):
        at, end = sorted(
            (draw(st.integers(0, len(data))), draw(st.integers(0, len(data))))
        )
        match draw(st.sampled_from(["flip", "cut", "put", "repeat", "replace"])):
            case "flip" if at < len(data):
                data[at] ^= 1 << draw(st.integers(0, 7))
            case "cut":
                del data[at : min(end, at + 200)]
            case "put":
                data[at:at] = draw(
                    st.binary(max_size=8)
                    | st.sampled_from(
                        [b"\0", b"\n", b"\xff\xfe", b"[" * 60, b"- ", b": "]
                    )
                )
            case "repeat":
                data[at:at] = data[at : min(end, at + 200)]
            case "replace":
                data[at : min(end, at + 20)] = draw(st.binary(max_size=20))
    return bytes(data)


def places(tree: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of everything in a tree of mappings and lists, the root's left out."""
    items = (
        tree.items()
        if isinstance(tree, dict)
        else enumerate(tree)
        if isinstance(tree, list)
        else ()
    )
    for key, value in items:
        yield (*at, key)
        yield from places(value, (*at, key))


def inside(tree: Any, path: tuple[Any, ...]) -> Any:
    """What lies at a path."""
    for key in path:
        tree = tree[key]
    return tree


@st.composite
def broken_tree(draw: st.DrawFn, sound: Any) -> Any:
    """A tree with values replaced by odd ones or by others of its own, taken out, or
    put under other keys."""
    tree = copy.deepcopy(sound)
    for _ in range(draw(st.integers(1, 4))):
        paths = list(places(tree))
        if not paths:
            break
        path = draw(st.sampled_from(paths))
        owner = inside(tree, path[:-1])
        match draw(st.sampled_from(["odd", "odd", "own", "out", "key"])):
            case "odd":
                owner[path[-1]] = copy.deepcopy(draw(st.sampled_from(ODD)))
            case "own":
                owner[path[-1]] = copy.deepcopy(
                    inside(tree, draw(st.sampled_from(paths)))
                )
            case "out":
                del owner[path[-1]]
            case "key" if isinstance(owner, dict):
                owner[draw(st.sampled_from(KEYS))] = copy.deepcopy(
                    draw(st.sampled_from(ODD))
                )
    return tree


@st.composite
def broken_study(draw: st.DrawFn) -> bytes:
    """A study file that is YAML and says something wrong."""
    sound = draw(st.sampled_from([yaml.safe_load(text) for text in corpus.studies()]))
    text = yaml.safe_dump(draw(broken_tree(sound)), allow_unicode=True, sort_keys=False)
    return text.encode("utf-8", "surrogatepass")


@st.composite
def forged_log(draw: st.DrawFn) -> bytes:
    """A log whose checksums are right and whose records are not: fields of other kinds,
    missing, moved or unknown."""
    events = [dict(event) for event in corpus.records()]
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(events) - 1))
        match draw(st.sampled_from(["field", "field", "deep", "out", "twice", "swap"])):
            case "field" if isinstance(events[at], dict) and events[at]:
                events[at][draw(st.sampled_from([*events[at]]))] = draw(
                    st.sampled_from(ODD)
                )
            case "deep":
                events[at] = draw(broken_tree(events[at]))
            case "out":
                del events[at]
            case "twice":
                events.insert(
                    at, copy.copy(events[draw(st.integers(0, len(events) - 1))])
                )
            case "swap":
                other = draw(st.integers(0, len(events) - 1))
                events[at], events[other] = events[other], events[at]
        if not events:
            break
    return corpus.written(
        [event if isinstance(event, dict) else {"event": event} for event in events]
    )


_ODD: tuple[object, ...] = (
    *(None, True, -1, 0.5, 10**30, "", "\0", "../../x", "a" * 5000, [], [[]], {}),
    *({"": None}, {"../x": "/etc/passwd"}, {"a": {"b": []}}, [1, "a"], {"run": ["x"]}),
)


@st.composite
def forged_json(draw: st.DrawFn, sound: Mapping[str, object]) -> bytes:
    """A JSON object of the right keys, some of them gone or with values of other kinds."""
    content = dict(sound)
    for key in draw(st.lists(st.sampled_from(sorted(sound)), min_size=1, max_size=3)):
        if draw(st.booleans()):
            content[key] = draw(st.sampled_from(_ODD))
        else:
            content.pop(key, None)
    return json.dumps(
        draw(st.sampled_from([content, [content], {"more": 1, **content}]))
    ).encode()
