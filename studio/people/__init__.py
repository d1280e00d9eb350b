"""The people: how they sign in, what is mailed to them about their account, and how they come to a team."""
