"""The work of a worker, without Ray: one attempt at one trial, and its files.

| | |
|---|---|
| `job` | a worker's task and its messages; the protocol `RunningTrial` |
| `trial_starter` | starts attempts in the way that the study asks for |
| `template`, `trial_process` | the worker's side of its template, and of a trial's process |
| `template_process` | the process that imports once and is forked for each trial |
| `trial_child`, `leaving` | how a new process becomes a trial, and how it ends |
| `fresh_process` | a new interpreter per trial, if the template must not be forked (`forkable`) |
| `warm_up`, `random_state` | preparations for a fork; random generators as in a new interpreter |
| `channel`, `requests`, `kernel`, `orphans`, `exit_reason` | messages and ends of processes |
| `attempt`, `sharing`, `rebound` | a trial in a thread of the worker, and its changes there |
| `training`, `claim`, `failure`, `trial_files` | the attempt itself, in any process |
| `local_run`, `metric_values` | the `run` object of a trainer, and checks of its reports |
| `checkpoint`, `pickling`, `mirror` | a trial's state on disk, and its folder in a storage |
"""
