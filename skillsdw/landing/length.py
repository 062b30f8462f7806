"""How long a value may be."""

# Characters. Nothing but free text is longer: what is stands for an unreadable value, and no pattern is tried on it.
LONGEST = 200
