"""Defect checks: what is measurably wrong with a file, as a number and a sentence. They say nothing of its worth."""
