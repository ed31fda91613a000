"""The tools that are compared, each as a program: `python -m benchmarks.contenders.NAME '{"trials":
200, …}'`.

Every one runs the same trial (`benchmarks.noop`) on two workers, as its documentation says unless
its name says more.
"""
