"""How much of a stranger's file is read at all (docs/decisions/0017)."""

MEGABYTE = 1 << 20
LARGEST = 300 * MEGABYTE
MOST_ROWS = 1_000_000
MOST_COLUMNS = 100
LONGEST_FIELD = 10_000  # bytes
TOO_LONG = "a field over 10 kB"
