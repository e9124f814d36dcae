"""What names are made of: real hospitals (CMS) and the commonest American names (Census)."""

import csv
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

from leads.phones import parse_phone
from leads.time_zones import time_zone_of

HERE = Path(__file__).parent


class Hospital(NamedTuple):
    name: str
    address: str
    city: str
    state: str
    postcode: str
    area_code: str
    time_zone: str


def read_hospitals():
    with open(HERE / "hospitals.csv", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            phone = parse_phone(row.pop("phone"))
            zone = time_zone_of(row["state"], phone)
            yield Hospital(**row, area_code=phone[2:5], time_zone=zone)


def lines(name):
    return (HERE / name).read_text(encoding="utf-8").split("\n")[:-1]


HOSPITALS = list(read_hospitals())
HOSPITALS_BY_STATE = defaultdict(list)
for hospital in HOSPITALS:
    HOSPITALS_BY_STATE[hospital.state].append(hospital)
SURNAMES = lines("surnames.txt")
FIRST_NAMES = lines("first_names.txt")

KINDS, SAINTS, PLACES = lines("kinds.txt"), lines("saints.txt"), lines("places.txt")
CAMPUSES, STREETS = lines("campuses.txt"), lines("streets.txt")
TITLES = lines("titles.txt")


def pick(rng, words):
    return words[int(rng.random() * len(words))]


def pick_surname(rng):
    """A few are very common: the first has 3 in a hundred people."""
    return SURNAMES[int(len(SURNAMES) * rng.random() ** 2)]
