"""Which time zone a facility's clock shows: its state's; in a split state its phone tells more."""

import re

from phonenumbers import NumberParseException, PhoneNumber, parse
from phonenumbers.timezone import time_zones_for_geographical_number, time_zones_for_number

EASTERN, CENTRAL = "America/New_York", "America/Chicago"
MOUNTAIN, PACIFIC = "America/Denver", "America/Los_Angeles"

# The zones of each state, the one that most people live in first.
ZONES = {
    "AL": [CENTRAL],
    "AK": ["America/Anchorage", "America/Adak"],
    "AZ": ["America/Phoenix"],
    "AR": [CENTRAL],
    "CA": [PACIFIC],
    "CO": [MOUNTAIN],
    "FL": [EASTERN, CENTRAL],
    "HI": ["Pacific/Honolulu"],
    "IA": [CENTRAL],
    "ID": ["America/Boise", PACIFIC],
    "IL": [CENTRAL],
    "IN": ["America/Indiana/Indianapolis", CENTRAL],
    "KS": [CENTRAL, MOUNTAIN],
    "KY": [EASTERN, CENTRAL],
    "LA": [CENTRAL],
    "MI": ["America/Detroit", CENTRAL],
    "MN": [CENTRAL],
    "MO": [CENTRAL],
    "MS": [CENTRAL],
    "MT": [MOUNTAIN],
    "NE": [CENTRAL, MOUNTAIN],
    "ND": [CENTRAL, MOUNTAIN],
    "NM": [MOUNTAIN],
    "NV": [PACIFIC],
    "OK": [CENTRAL],
    "OR": [PACIFIC, "America/Boise"],
    "SD": [CENTRAL, MOUNTAIN],
    "TN": [CENTRAL, EASTERN],
    "TX": [CENTRAL, MOUNTAIN],
    "UT": [MOUNTAIN],
    "WA": [PACIFIC],
    "WI": [CENTRAL],
    "WY": [MOUNTAIN],
    "AS": ["Pacific/Pago_Pago"],
    "GU": ["Pacific/Guam"],
    "MP": ["Pacific/Saipan"],
    "PR": ["America/Puerto_Rico"],
    "VI": ["America/St_Thomas"],
}

# What a person may choose from: west to east in the words they use, then the small ones.
CHOICES = [
    ("Pacific/Guam", "Guam"),
    ("Pacific/Saipan", "Northern Mariana Islands"),
    ("Pacific/Pago_Pago", "American Samoa"),
    ("Pacific/Honolulu", "Hawaii"),
    ("America/Adak", "Aleutian Islands"),
    ("America/Anchorage", "Alaska"),
    (PACIFIC, "Pacific"),
    ("America/Phoenix", "Arizona"),
    ("America/Boise", "Mountain (Idaho)"),
    (MOUNTAIN, "Mountain"),
    (CENTRAL, "Central"),
    ("America/Indiana/Indianapolis", "Eastern (Indiana)"),
    ("America/Detroit", "Eastern (Michigan)"),
    (EASTERN, "Eastern"),
    ("America/Puerto_Rico", "Puerto Rico"),
    ("America/St_Thomas", "U.S. Virgin Islands"),
    *(
        (f"America/{name}", name.replace("_", " ").replace("/", ": "))
        for name in (
            "Juneau",
            "Metlakatla",
            "Nome",
            "Sitka",
            "Yakutat",
            "Indiana/Knox",
            "Indiana/Marengo",
            "Indiana/Petersburg",
            "Indiana/Tell_City",
            "Indiana/Vevay",
            "Indiana/Vincennes",
            "Indiana/Winamac",
            "Kentucky/Louisville",
            "Kentucky/Monticello",
            "Menominee",
            "North_Dakota/Beulah",
            "North_Dakota/Center",
            "North_Dakota/New_Salem",
        )
    ),
]


SEVERAL = 5
# Nearly every phone of an import: looked up by its digits, it takes a twentieth of the time.
AMERICAN = re.compile(r"\+1(\d{10})", re.ASCII)


def time_zone_of(state, phone=""):
    """Return the IANA zone of a facility in `state` with `phone` (E.164 or empty)."""
    zones = ZONES.get(state, [EASTERN])
    if len(zones) == 1 or not phone:
        return zones[0]
    called = zones_called(str(phone))
    return next((zone for zone in zones if zone in called), zones[0])


def zones_called(phone):
    """Return the zones in which a phone number's area lies; none for what is no number."""
    try:
        if plain := AMERICAN.fullmatch(phone):
            zones = time_zones_for_geographical_number(PhoneNumber(1, int(plain[1])))
        else:
            zones = time_zones_for_number(parse(phone))
    except NumberParseException:
        return ()
    # A number that is free of charge lies everywhere from Guam to Bermuda.
    return zones if len(zones) < SEVERAL else ()
