"""The page "Translate": the settings of a batch norm layer in one framework, as another one wants them."""
