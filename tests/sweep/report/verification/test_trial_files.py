"""Files of trials are those that the log tells of, or are named."""

import shutil

import orjson
import pytest


class TestFilesOfTrials:
    def one(self, study, pattern):
        return sorted((study.folder / "trials").glob(pattern))[0]

    def test_verify_names_a_deleted_checkpoint(self, study, verify):
        latest = self.one(study, "*/checkpoints/latest.pt").resolve()
        latest.unlink()
        (problem,) = verify(study)[0]
        assert problem.endswith(f"{latest.name}: is missing, as is any later one")

    def test_verify_names_a_replaced_checkpoint(self, study, verify):
        path = self.one(study, "*/checkpoints/epoch-*.pt")
        path.write_bytes(path.read_bytes() + b"\0")
        (problem,) = verify(study)[0]
        assert f"{path}: SHA-256" in problem

    def test_a_checkpoint_without_a_recorded_hash_is_not_verified(self, study, verify):
        path = self.one(study, "*/checkpoints/epoch-*.pt")
        shutil.copy(path, path.with_name("epoch-00099.pt"))
        problems, said = verify(study)
        assert problems == []
        assert "not verified: 1 checkpoints: the log has no hash of them" in said

    @pytest.mark.parametrize("name", ["history.jsonl", "config.json"])
    def test_verify_names_a_deleted_file(self, study, name, verify):
        path = self.one(study, f"*/{name}")
        path.unlink()
        assert verify(study)[0] == [f"{path}: is missing"]

    def test_verify_names_a_replaced_history(self, study, verify):
        path = self.one(study, "*/history.jsonl")
        lines = [orjson.loads(line) for line in path.read_bytes().splitlines()]
        lines[1]["val/f1"] += 0.1
        path.write_bytes(b"".join(orjson.dumps(line) + b"\n" for line in lines))
        assert verify(study)[0] == [f"{path}: line 2 differs from the log (val/f1)"]
        path.write_bytes(orjson.dumps(lines[0]) + b"\n")
        assert verify(study)[0] == [f"{path}: has 1 epochs, the log 3"]
        path.write_bytes(b"\xff\xfe not JSON")
        assert verify(study)[0] == [f"{path}: is not JSON, line by line"]

    @pytest.mark.parametrize("content", [b"[]", b"null", b"{}", b"\xff"])
    def test_verify_names_a_replaced_configuration(self, study, content, verify):
        path = self.one(study, "*/config.json")
        path.write_bytes(content)
        (problem,) = verify(study)[0]
        assert problem.startswith(
            (f"{path}: is not JSON", f"{path}: differs from the log")
        )

    def test_verify_names_a_changed_seed_in_a_configuration(self, study, verify):
        path = self.one(study, "*/config.json")
        path.write_bytes(orjson.dumps({**orjson.loads(path.read_bytes()), "seed": 99}))
        assert verify(study)[0] == [f"{path}: differs from the log (seed)"]
