"""Demo data: the cast, and leads that look as if they had been worked for months."""
