"""Settings for every test: a busy machine is no failure, so property tests have no deadline.

Signals mean what they mean in a terminal, also where the tests were started with `nohup` or in the background: a child
inherits what its parent ignores.
"""

import signal

from hypothesis import settings

settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")

signal.signal(signal.SIGHUP, signal.SIG_DFL)
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
