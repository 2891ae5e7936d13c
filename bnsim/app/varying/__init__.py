"""The part "Vary a number" of an experiment's page: one parameter, or two, over a list or a range."""
