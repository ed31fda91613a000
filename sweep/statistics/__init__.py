"""What the numbers of a few training runs do and do not say.

| module | answers |
|---|---|
| `paired` | mean and interval of an arm's runs, Holm's adjustment |
| `family`, `contrast` | all arms of a table at once: one procedure for interval and p-value |
| `max_t` | the distribution of the largest difference under joint sign flips |
| `power` | power of the paired t-test |
| `power_of_family` | which change a table finds, and how many seeds find a change |
| `best` | which arms may be the best: what is bold |
| `ratio` | a change in percent |
| `effects` | main effects and interactions of a factorial design, by each seed's own contrast |
| `same`, `suspicion` | evidence that is none: runs that agree, arms that coincide |
| `collapse` | collapsed runs, their upper limit, and a mean without the ends |
| `pareto` | which of several compromises no other one outdoes |
| `verdicts` | helps, hurts, no difference or undecided, from an interval and a margin |
| `verdict_forecast` | how many seeds would probably give a verdict |
| `sequential` | seeds added until decided: looks, critical values, decisions |
| `sequential_forecast` | what such a design will probably cost, and which look will decide |
| `task_change` | one change over several tasks: of these, or of tasks like these |
| `task_ranks` | arms ranked over tasks: wins, average ranks, Wilcoxon tests, cliques |
| `aggregate` | descriptive over tasks: interquartile mean, probability of improvement |
| `shapley`, `shapley_sampling` | each component's fair share of full minus baseline |
| `variance_components` | how much split, initialisation and data order add to the variance |
| `seed_allocation` | how many splits and seeds make the best use of a budget |
| `tuning_cost` | the best value to expect against the number of trials |
| `samples`, `t_interval` | what the others share: checks, and Student's interval of an estimate |

Nothing is imported here, so that a command pays for the modules that it needs.
"""
