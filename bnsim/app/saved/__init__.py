"""A visitor's own scenarios: what is kept of them and where, what can be done with them, how they are shared."""
