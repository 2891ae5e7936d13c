"""Means and variances: of a batch, merged, streamed, running, and their densities."""
