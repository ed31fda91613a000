"""What everybody names: trials, reports, arms, parameters, events.

Frozen dataclasses and pure functions of them. They import nothing of the project but
`sweep.errors`.
"""
