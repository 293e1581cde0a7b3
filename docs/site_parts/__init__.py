"""What the site needs beyond its generator: formulas, figures and reference made from the code itself."""
