"""What the site needs beyond its generator: formulas, figures and the reference are made from the code they describe."""
