"""The pages that are not experiments: home and compare."""
