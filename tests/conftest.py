"""What holds for all tests: property tests always try the same examples, however slow the machine."""

from hypothesis import settings

settings.register_profile("ppp", deadline=None, derandomize=True)
settings.load_profile("ppp")
