"""Runs trained elsewhere as a study: what another tool kept of them is read, nothing is run.

| file | job |
|---|---|
| `readers/` | one format of files each → rows, one a run or an epoch |
| `table` | rows with what is known of their columns; `columns` says, or guesses, which column is what |
| `runs` | rows → runs: arm, seed, fold, configuration, epochs |
| `specification` | the study that such runs would be of |
| `writing` | that study's folder and log |
| `merging` | two studies of one file, run on two machines, as one |

    importing.study(["runs.csv"], name="theirs", columns=Columns(arm="method", metric=("acc",)))
"""  # noqa: E501  a table
