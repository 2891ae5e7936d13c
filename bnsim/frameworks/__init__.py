"""How frameworks quote the settings of batch norm: `table` says it, `quoting` reads it, `translation` turns it."""
