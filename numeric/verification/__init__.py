"""Properties that a model's numbers must have, put to the test on the user's own model.

One module a kind of property; `search` looks for counterexamples with Hypothesis, `subject` is the model as its public
functions show it and as 50 digits of its formula have it, `rounded` and `bounds` say what rounding can amount to.
"""
