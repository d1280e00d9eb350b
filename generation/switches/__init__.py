"""Models that people have switched off, or hidden, over what the catalogue says."""
