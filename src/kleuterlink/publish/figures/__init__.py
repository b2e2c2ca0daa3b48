"""Counts that may leave the house: with intervals, and with small cells hidden so that nothing gives them away."""
