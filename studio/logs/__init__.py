"""The log: one line an event, as JSON or as text, with what the line is about and without any secret."""
