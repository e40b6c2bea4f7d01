"""A reproducible statistical report on a shop's customers and campaigns."""
