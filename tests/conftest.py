"""Settings that every test shares."""

import os

from hypothesis import settings

# ci draws the same examples on every run; release searches. Choose with HYPOTHESIS_PROFILE.
settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True)
settings.register_profile("release", max_examples=10_000, deadline=None, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))
