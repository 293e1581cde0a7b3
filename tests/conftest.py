"""Settings that every test shares."""

import os

from hypothesis import settings

# ci draws the same examples on every run and is quick; the others search, for minutes an hour and a night. A property
# says how many examples it has in ci (strategies.examples); in the others it has as many times more as the profile has.
# Choose with HYPOTHESIS_PROFILE.
settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True)
settings.register_profile("thorough", max_examples=10_000, deadline=None, print_blob=True)
settings.register_profile("release", max_examples=1_000_000, deadline=None, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))
