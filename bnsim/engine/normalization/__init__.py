"""Batch normalization and its family on arrays: forward, backward, with given statistics, folded."""
