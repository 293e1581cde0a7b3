"""The model file that `nullcline new` writes, as an example to change."""

EXAMPLE = """\
# A firing-rate model for nullcline:   tau dr/dt = -r + F(w r + I_ext)
#
#     nullcline report my.toml              a checked derivation, as a page
#     nullcline fixed-points my.toml        all fixed points and their stability
#     nullcline simulate my.toml            the rates over time
#     nullcline report my.toml --set w=3    any parameter can be set on the command line

schema = 1                                  # the format of this file
name = "softplus population"

[transfer]
# F(x), the response to the total input x. There are + - * / and **, parentheses, the number pi, A if x > 0 else B, and
# exp log sqrt abs min max sin cos tan sinh cosh tanh atan erf sigmoid softplus relu sign step and others.
formula = "log(1 + exp(a*(x - theta)))/a"
# Instead of a formula, one of the catalogue: sigmoid, tanh, relu, softplus, erf, power, naka_rushton.
# catalogue = "sigmoid"
# The inputs that the formula is meant for; F and its slope are checked there. Without this: -100 to 100.
# inputs = [-20, 20]

[parameters]
# Those of the formula, under names of your own: a number, or a table with what is known of it.
a     = { value = 1.2, min = 0.3, max = 3.0, meaning = "gain" }
theta = { value = 2.8, meaning = "threshold" }
# Those of every population: recurrent weight, external input, time constant.
w     = 0.5
I_ext = 0.5
tau   = { value = 1.0, unit = "ms" }

[simulate]
T = 20.0                                    # duration in ms
dt = 0.1                                    # time step in ms
r_init = 0.2                                # initial rate
# method = "euler"
# noise_sigma = 0.7                         # standard deviation of Ornstein-Uhlenbeck input,
# noise_tau = 1.0                           # its time constant in ms,
# seed = 2020                               # and what it is drawn from

# Several populations have tables of their own in place of [transfer] and [parameters], and weights in place of w:
#
# [populations.E]
# sign = 1                                  # excites; -1 inhibits, and its weights are given positive
# [populations.E.transfer]
# catalogue = "sigmoid"
# [populations.E.parameters]
# a = 1.2
# theta = 2.8
# I_ext = 0.5
#
# [populations.I]
# sign = -1
# transfer = { catalogue = "sigmoid" }
# parameters = { a = 1.0, theta = 4.0, tau = 2.0 }
#
# [weights]
# EE = 9.0
# EI = 4.0                                  # to E from I
# IE = 13.0
# II = 11.0
"""
