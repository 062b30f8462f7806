"""What others may see of a city (8-disclosure): one treatment for whatever leaves its own scope.

The *open figures* of a build are the marts as everybody may know them. Of a city and plan year the counted sessions are
exact where they are ten or more; every cut of them by a further property is rounded to tens, up or down by a secret
start that stays the same from version to version, and the largest part takes what is left, so that parts add up. All
other figures are worked out from these by the very models that work out the exact ones. They are refreshed at the close
of a month, for a city's year when more than ten of its records differ.

    cells      what is counted, read off the working file
    rounding   one count to tens; parts of a whole; tables of parts by state
    ledger     the counts as they were refreshed last
    treated    a city's year after treatment, and what the models read
    open_file  the models run once more, and the file of open figures
"""
