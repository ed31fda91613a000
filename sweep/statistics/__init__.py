"""What the numbers of a few training runs do and do not say.

| module | answers |
|---|---|
| `paired` | how much an arm differs from its reference, pair by pair: interval, test, effect size, Holm's correction |
| `power` | which change this many seeds can find at all |
| `factorial` | which factor of a factorial design does what, and which depend on each other |
| `pareto` | which of several compromises no other one outdoes |
| `aggregate` | one number over several data sets: interquartile mean with a stratified bootstrap |

Nothing is imported here, so that a command which needs one of them does not pay for SciPy and
statsmodels twice.
"""
