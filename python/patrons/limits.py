"""Limits that the analysis and its words share."""

#: Below this p-value the arms of a test are not as large as planned, and nothing in the test can be read.
SRM_ALPHA = 0.001
#: Below this p-value, after the correction for several outcomes, a difference counts as found.
ALPHA = 0.05
#: Intervals hold the truth with this probability.
LEVEL = 0.95
