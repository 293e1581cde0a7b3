"""The commands of `nullcline`, one module each, and what they share: what comes in, what goes out, how a run ends."""
