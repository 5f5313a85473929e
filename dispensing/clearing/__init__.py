"""The year's clearing of a hospital group paid by heads (按人头总额付费年终清算)."""
