"""The Kubernetes file against what KubeRay's `ray.io/v1` asks of a RayJob, as far as the file uses
it.

The API server refuses fields that it does not know only with a warning, so that a misspelt one
would just do nothing: here unknown fields are errors. The fields are those of KubeRay's
`rayjob_types.go` and `raycluster_types.go`; a pod's are held to what the file needs. No cluster
checks this file: `kubectl apply --dry-run=server` does where there is one.
"""

from pathlib import Path

import jsonschema
import pytest
import yaml

import sweep

FILE = Path(sweep.__file__).parent / "engine/examples/kuberay.yaml"


def record(required=(), **properties):
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


TEXT, COUNT, SWITCH = (
    {"type": "string", "minLength": 1},
    {"type": "integer", "minimum": 0},
    {"type": "boolean"},
)
NAME = {
    "type": "string",
    "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$",
    "maxLength": 47,
}  # KubeRay adds to it
TEXTS = {
    "type": "object",
    "additionalProperties": {"type": "string"},
}  # `num-cpus: 0` without quotes is refused
QUANTITIES = {"type": "object", "additionalProperties": {"type": ["string", "integer"]}}
CONTAINER = record(
    ["name", "image", "resources"],
    name=NAME,
    image=TEXT,
    resources=record(["limits", "requests"], limits=QUANTITIES, requests=QUANTITIES),
    envFrom={
        "type": "array",
        "items": record(["secretRef"], secretRef=record(["name"], name=NAME)),
    },
    volumeMounts={
        "type": "array",
        "items": record(["name", "mountPath"], name=NAME, mountPath=TEXT),
    },
)
VOLUME = record(
    ["name"],
    name=NAME,
    persistentVolumeClaim=record(["claimName"], claimName=NAME),
    configMap=record(["name"], name=NAME),
)
POD = record(["spec"], spec=record(["containers"], containers={"type": "array", "items": CONTAINER, "minItems": 1},
                                   volumes={"type": "array", "items": VOLUME}))  # fmt: skip
HEAD = record(["rayStartParams", "template"], rayStartParams=TEXTS, template=POD)
WORKERS = record(
    ["groupName", "minReplicas", "maxReplicas", "rayStartParams", "template"],
    groupName=NAME, replicas=COUNT, minReplicas=COUNT, maxReplicas=COUNT, numOfHosts=COUNT, rayStartParams=TEXTS,
    template=POD,
)  # fmt: skip
CLUSTER = record(
    ["headGroupSpec"],
    headGroupSpec=HEAD,
    workerGroupSpecs={"type": "array", "items": WORKERS},
    rayVersion=TEXT,
    enableInTreeAutoscaling=SWITCH,
)
JOB = record(
    ["apiVersion", "kind", "metadata", "spec"],
    apiVersion={"const": "ray.io/v1"},
    kind={"const": "RayJob"},
    metadata=record(["name"], name=NAME),
    spec=record(
        ["entrypoint", "rayClusterSpec"],
        entrypoint=TEXT,
        backoffLimit=COUNT,
        shutdownAfterJobFinishes=SWITCH,
        submissionMode={"enum": ["K8sJobMode", "HTTPMode"]},
        ttlSecondsAfterFinished=COUNT,
        rayClusterSpec=CLUSTER,
    ),
)


def documents():
    return list(yaml.safe_load_all(FILE.read_text(encoding="utf-8")))


def faults(job):
    return [
        error.message for error in jsonschema.Draft202012Validator(JOB).iter_errors(job)
    ]


def test_the_job_has_what_is_asked_for_and_nothing_else():
    assert faults(documents()[1]) == []


@pytest.mark.parametrize(
    "old, new, fault",
    [
        ('{num-cpus: "0"}', "{num-cpus: 0}", "0 is not of type 'string'"),
        ("groupName: gpu", "name: gpu", "'groupName' is a required property"),
        ("backoffLimit: 10", "backOffLimit: 10", "'backOffLimit' was unexpected"),
        (
            "rayStartParams: {}",
            "rayStartParam: {}",
            "'rayStartParams' is a required property",
        ),
    ],
)
def test_the_checker_finds_faults_in_a_job_file(old, new, fault):
    text = FILE.read_text(encoding="utf-8")
    assert old in text
    assert any(
        fault in said
        for said in faults(list(yaml.safe_load_all(text.replace(old, new)))[1])
    )


def test_the_job_mounts_the_claimed_volume():
    claim, job = documents()
    cluster = job["spec"]["rayClusterSpec"]
    head = cluster["headGroupSpec"]["template"]["spec"]
    (claimed,) = [
        v["persistentVolumeClaim"]["claimName"]
        for v in head["volumes"]
        if "persistentVolumeClaim" in v
    ]
    assert claimed == claim["metadata"]["name"]
    mounts = [mount["mountPath"] for mount in head["containers"][0]["volumeMounts"]]
    words = job["spec"]["entrypoint"].split()
    assert words[:2] == ["sweep", "run"]
    assert str(Path(words[2]).parent) in mounts, "the study file"
    assert words[words.index("--results") + 1] in mounts, (
        "the log outlives the head's pod"
    )
    assert "--storage" in words, "workers see no volume of the head's"
    assert cluster["headGroupSpec"]["rayStartParams"]["num-cpus"] == "0"
    for group in cluster["workerGroupSpecs"]:
        assert group["minReplicas"] <= group["replicas"] <= group["maxReplicas"]
        for container in group["template"]["spec"]["containers"]:
            assert container["image"] == head["containers"][0]["image"], (
                "the same Python and Ray on all nodes"
            )
            limits, asked = (
                container["resources"]["limits"],
                container["resources"]["requests"],
            )
            assert {name: limits[name] for name in ("cpu", "memory")} == asked, (
                "the last to be evicted"
            )
