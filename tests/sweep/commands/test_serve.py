"""`sweep serve` names its address; see `tests/sweep/serving`."""

from sweep.commands import serve
from sweep.serving import server


def test_it_serves_the_study_it_is_given(bench, workers, tmp_path, monkeypatch):
    served = {}
    monkeypatch.setattr(
        server, "serve", lambda study, **how: served.update(how, study=study)
    )
    study = bench()
    study.run(workers())
    serve.serve(str(study.folder), port=0, results=tmp_path)
    assert served["study"].folder == study.folder
    assert served["port"] == 0
