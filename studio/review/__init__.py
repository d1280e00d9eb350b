"""Review: comments with drawings, verdicts, stars, what waits to be reviewed, and the order in which it is played."""
