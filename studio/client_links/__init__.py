"""Links by which a client looks at takes without an account: made, entered, what they show, what was done by them."""
