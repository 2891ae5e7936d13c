"""The page "Check yours": a visitor's own activations and checkpoint, and one held against the other."""
