"""What a room may hold, and for how long."""

MOST_ROOMS = 50
MOST_SEATS = 300
"""Of one room."""

HOURS = 24
LIFETIME = HOURS * 3600.0
"""Seconds from the opening of a room to the deletion of everything in it."""

PAUSE = 1.0
"""Seconds between two changes by one seat."""

SHORTEST, LONGEST = 5, 3600
"""Seconds of a countdown."""

FEW = 5
"""Of fewer answers a projector shows nothing: they would tell who answered what."""

LARGEST_TOPIC = 2**17
"""Bytes of what a room asks; the longest lesson that comes with bnsim has a tenth."""

LARGEST_SCENARIO = 8000
"""Bytes of settings on the board; as many characters as a link has room for."""
