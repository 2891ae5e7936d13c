"""What theory says about batch norm, as functions; simulations in the tests agree."""
