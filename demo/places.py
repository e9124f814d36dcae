"""Facilities and the people there: real hospitals first, then likely neighbours of theirs."""

from demo.words import (
    CAMPUSES,
    FIRST_NAMES,
    HOSPITALS,
    HOSPITALS_BY_STATE,
    KINDS,
    PLACES,
    SAINTS,
    STREETS,
    SURNAMES,
    TITLES,
    pick,
    pick_surname,
)

# Local numbers begin with any of these; N11 is nobody's.
EXCHANGES = [number for number in range(200, 1000) if number % 100 != 11]


class Places:
    """Invents facilities, the real hospitals of each state first."""

    def __init__(self, rng):
        self.rng = rng
        self.real = {
            state: rng.sample(hospitals, len(hospitals))
            for state, hospitals in HOSPITALS_BY_STATE.items()
        }

    def facility(self, state=None):
        """Return (name, address, city, state, postcode, phone, time zone) of a new facility."""
        rng = self.rng
        state = state or pick(rng, HOSPITALS).state
        near = self.real[state].pop() if self.real[state] else None
        if near:
            name, address = near.name, near.address
        else:
            near = pick(rng, HOSPITALS_BY_STATE[state])
            name = NAMES[int(rng.random() * len(NAMES))](rng, near)
            address = f"{int(rng.random() * 9900) + 1} {pick_street(rng)}"
        phone = invent_phone(rng, near.area_code)
        return name, address, near.city, state, near.postcode, phone, near.time_zone

    def contact(self, facility):
        """Return (name, title, phone, e-mail) of somebody at a facility of facility()."""
        rng, city, area_code = self.rng, facility[2], facility[5][2:5]
        first, last = pick(rng, FIRST_NAMES), pick_surname(rng)
        domain = "".join(filter(str.isalnum, city))
        email = f"{first}.{last}@{domain}-health.example".lower()
        return f"{first} {last}", pick(rng, TITLES), invent_phone(rng, area_code), email


def invent_phone(rng, area_code):
    """A number of that area, though not one that the facility is known to have."""
    return f"+1{area_code}{pick(rng, EXCHANGES)}{int(rng.random() * 10_000):04}"


def pick_street(rng):
    return f"{pick(rng, (SURNAMES, PLACES)[rng.random() < 0.3])} {pick(rng, STREETS)}"


# The ways of naming a facility, the commoner ones more than once.
NAMES = [
    lambda rng, near: f"{near.city} {pick(rng, KINDS)}",
    lambda rng, near: f"{pick(rng, PLACES)} {pick(rng, KINDS)}",
    lambda rng, near: f"{pick(rng, PLACES)} {pick(rng, KINDS)} of {near.city}",
    lambda rng, near: f"St. {pick(rng, SAINTS)} {pick(rng, KINDS)}",
    lambda rng, near: f"{pick_surname(rng)} Memorial {pick(rng, KINDS)}",
    lambda rng, near: f"{pick(rng, SURNAMES)} {pick(rng, KINDS)}",
    lambda rng, near: f"{near.name} - {pick(rng, CAMPUSES)}",
    lambda rng, near: f"{pick(rng, SURNAMES)} & {pick(rng, SURNAMES)} {pick(rng, KINDS)}",
]
