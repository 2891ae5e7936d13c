"""The pages that are not experiments: home, compare and claims."""
