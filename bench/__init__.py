"""Measurements of speed, as ratios of two things timed in the same run: machines differ and are noisy."""
