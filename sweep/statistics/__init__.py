"""Statistics of a few training runs: intervals, tests, power and verdicts.

| module | content |
|---|---|
| `paired` | mean and interval of an arm's runs, Holm's adjustment |
| `family`, `contrast` | all arms of a table at once: one procedure for interval and p-value |
| `max_t` | the distribution of the largest difference under joint sign flips |
| `power` | power of the paired t-test |
| `power_of_family` | the change that a table detects, and the seeds needed for a change |
| `best` | which arms may be the best (bold in a table) |
| `ratio` | a change in percent |
| `effects` | main effects and interactions of a factorial design, as contrasts of each seed |
| `same`, `suspicion` | runs that are no evidence: equal for every seed, or equal between arms |
| `collapse` | collapsed runs, their upper limit, and the trimmed mean |
| `pareto` | the Pareto front of several objectives |
| `verdicts` | helps, hurts, no difference or undecided, from an interval and a margin |
| `verdict_forecast` | the number of seeds that would probably give a verdict |
| `sequential` | seeds added until decided: looks, critical values, decisions |
| `sequential_forecast` | the probable cost of such a design, and the look that will decide |
| `task_change` | one change over several tasks: of these tasks, or of tasks like these |
| `task_ranks` | arms ranked over tasks: wins, average ranks, Wilcoxon tests, cliques |
| `aggregate` | descriptive over tasks: interquartile mean, probability of improvement |
| `shapley`, `shapley_sampling` | Shapley values: each component's share of full minus baseline |
| `variance_components` | the variance due to split, initialisation and data order |
| `seed_allocation` | the best number of splits and seeds for a budget |
| `tuning_cost` | the expected best value against the number of trials |
| `samples`, `t_interval` | shared by the others: checks, and Student's interval of an estimate |

Nothing is imported here, so that a command loads only the modules that it needs.
"""
