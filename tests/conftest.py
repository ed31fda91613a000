"""Settings for every test: a busy machine is no failure, so property tests have no deadline."""

from hypothesis import settings

settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")
