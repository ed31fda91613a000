"""Import runs that were trained elsewhere as a study; nothing is trained.

| file | job |
|---|---|
| `readers/` | each reads one file format into rows, one for each run or epoch |
| `table` | rows, and the roles of columns that the source states |
| `columns` | the roles of columns (arm, seed, metric …), as given or guessed |
| `runs` | rows → runs: arm, seed, fold, configuration, epochs |
| `specification` | the study that these runs would belong to |
| `writing` | that study's folder and log |
| `merging` | merges studies of one file that were run on several machines |

    importing.study(["runs.csv"], name="theirs", columns=Columns(arm="method", metric=("acc",)))
"""
