"""Inputs that are small to write and large to read: each must be refused, or read,
within a second."""

from __future__ import annotations

import io
import pickle
import zipfile

import torch

HEAD = (
    "trainer: clip\nmetric: {name: val/balanced_accuracy, goal:"
    " maximize}\nparameters:\n  epochs: 3\n"
)
SEARCH = "search: {method: random, trials: 4}\n"
ABLATION = "ablation:\n  baseline: {temperature: 0.1}\n  seeds: [0]\n  designs:\n"
COMMAND = "metric: {name: a, goal: minimize}\nparameters: {x: 1}\nsearch: {trials: 1}\n"
N = 9000


def many(count: int, text: str = "{i}") -> str:
    """`text` for each number, with commas between."""
    return ",".join(text.replace("{i}", str(i)) for i in range(count))


LAUGHS = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 12)
)

STUDY_FILES: dict[str, str | bytes] = {
    "aliases": LAUGHS,
    "merged aliases": (
        "a: &a {x: 1}\n"
        + "".join(f"b{i}: &b{i} {{<<: [*a, *a]}}\n" for i in range(500))
    ),
    "deep lists": "a: " + "[" * 100_000,
    "deep mappings": "a: " + "{b: " * 10_000,
    "deep blocks": "".join(" " * i + "a:\n" for i in range(1000)),
    "deep sequences": "- " * 10_000,
    "one long scalar": HEAD + "  x: " + "k" * 10_000_000,
    "one long key": HEAD + "  " + "k" * 100_000 + ": 1\n",
    "one long number": HEAD + "  x: " + "9" * 900_000,
    "one long list": HEAD + "  x: [" + many(300_000) + "]\n",
    "choices": HEAD + "  x: {values: [" + many(N) + "]}\n" + SEARCH,
    "lists as choices": (
        HEAD + "  x: {values: [" + many(N // 2, "[{i}]") + "]}\n" + SEARCH
    ),
    "parameters": HEAD + "".join(f"  p{i}: {i}\n" for i in range(N // 3)) + SEARCH,
    "conditions": (
        HEAD + f"  y: {{values: [{many(N // 2)}]}}\n  x: {{values: [1, 2], when: {{y:"
        f" [{many(N // 2)}]}}}}\n" + SEARCH
    ),
    "unknown keys": HEAD + SEARCH + "".join(f"seaxch{i}: {i}\n" for i in range(N // 3)),
    "unknown parameter keys": (
        HEAD + "  x: {" + many(N // 3, "m{i}: 1") + "}\n" + SEARCH
    ),
    "duplicate keys": HEAD + SEARCH + "epochs: 1\n" * (N // 3),
    "arms": (
        HEAD
        + ABLATION
        + "    arms: {"
        + many(N // 5, "a{i}: {temprature: 0.2}")
        + "}\n"
    ),
    "values of an arm": (
        HEAD
        + ABLATION
        + "    one_at_a_time: {temperature: ["
        + many(N // 2, "0.{i}")
        + "]}\n"
    ),
    "cells": (
        HEAD + ABLATION + "    factorial: {" + many(N // 8, "p{i}: [1, 2]") + "}\n"
    ),
    "seeds": HEAD + SEARCH.replace("}", f", seeds: [{many(N // 2)}]}}"),
    "the same seed": HEAD + SEARCH.replace("}", f", seeds: [{many(N // 2, '1')}]}}"),
    "trials": (
        HEAD + "  temperature: {min: 0.1, max: 0.2}\nsearch: {method: random, trials:"
        " 9000000000000000000}\n"
    ),
    "profiles": (
        HEAD + SEARCH + "profiles: {" + many(N // 8, "a{i}: {epochs: 3}") + "}\n"
    ),
    "keys of a profile": (
        HEAD + SEARCH + "profiles: {a: {" + many(N // 3, "k{i}: 1") + "}}\n"
    ),
    "metrics": (
        HEAD + SEARCH + "report: {metrics: [" + many(N // 3, "test/m{i}") + "]}\n"
    ),
    "wandb": (
        "method: random\nmetric: {name: a, goal: minimize}\nprogram:"
        " x.py\nparameters: {" + many(N // 5, "p{i}: {values: [1]}") + "}\n"
    ),
    "macros": (
        'command: "' + " ".join(f"${{x{i}}}" for i in range(N // 3)) + '"\n' + COMMAND
    ),
    "tags": HEAD + "  x: !!python/object/apply:os.system ['touch executed']\n" + SEARCH,
    "a byte order mark": b"\xff\xfe" + (HEAD + SEARCH).encode("utf-16-le"),
    "carriage returns": (HEAD + SEARCH).replace("\n", "\r\n"),
    "only carriage returns": (HEAD + SEARCH).replace("\n", "\r"),
    "zeros": b"\0" * 1_000_000,
    "comments": "#\n" * 490_000,
    "documents": "---\n" * 200_000,
    "anchors": HEAD + SEARCH + "".join(f"a{i}: &a{i} 1\n" for i in range(N // 3)),
}


class Payload:
    """A pickle of it would make a folder when it is loaded."""

    def __init__(self, folder: str):
        self.folder = folder

    def __reduce__(self) -> tuple[object, tuple[str]]:
        import os

        return os.mkdir, (self.folder,)


def zip_bomb() -> bytes:
    """A checkpoint's archive whose pickle is 200 MB of zeros in 200 kB."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", b"\0" * 200_000_000)
        archive.writestr("archive/version", b"3\n")
    return buffer.getvalue()


def checkpoints(folder: str) -> dict[str, bytes]:
    """Checkpoints built to run something in `folder`, or to fill the memory."""
    saved = io.BytesIO()
    torch.save({"weights": Payload(folder)}, saved)
    return {
        "pickle": pickle.dumps(Payload(folder)),
        "saved": saved.getvalue(),
        "deep pickle": b"\x80\x02" + b"(" * 100_000 + b"." + b"l" * 100_000,
        "long pickle": b"\x80\x02]" + b"q\x00h\x00" * 100_000 + b".",
        "huge length": b"\x80\x04\x8e" + (2**62).to_bytes(8, "little") + b"x.",
        "huge memo": b"\x80\x02N" + b"r\xff\xff\xff\x7f" + b".",
        "zip": zip_bomb(),
        "empty zip": b"PK\x05\x06" + b"\0" * 18,
    }
