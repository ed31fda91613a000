"""What happens inside a worker, without Ray: one attempt at one trial, and what it leaves.

| | |
|---|---|
| `job` | what a worker is given and what it says; the protocol `RunningTrial` |
| `trial_starter` | starts attempts in the way that the study asks for |
| `template`, `trial_process` | a worker's view of its template process, and of a trial's process |
| `template_process` | the process that imports once and is forked for each trial |
| `trial_child`, `leaving` | how a new process becomes a trial, and how it ends |
| `fresh_process` | a new interpreter a trial, where the template must not be forked (`forkable`) |
| `warm_up`, `random_state` | what is done before a fork; generators as fresh as an interpreter's |
| `channel`, `requests`, `kernel`, `orphans`, `exit_reason` | messages, and what Linux does for it |
| `attempt`, `sharing`, `rebound` | a trial in a thread of the worker, and what it changed there |
| `training`, `claim`, `failure`, `trial_files` | the attempt itself, whichever process it is in |
| `local_run`, `metric_values` | the `run` object that a trainer is given, and what it may report |
| `checkpoint`, `pickling`, `mirror` | a trial's state on disk, and its folder in a storage |
"""
