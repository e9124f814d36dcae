"""What names are made of: real hospitals (CMS, public domain) and the commonest US names (Census)."""

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

KINDS = (
    """Medical Center|Community Hospital|Regional Hospital|General Hospital|Clinic|Health Center
Urgent Care|Surgery Center|Imaging Center|Rehabilitation Hospital|Women's Health|Family Medicine
Orthopedic Institute|Heart Institute|Cancer Center|Children's Hospital|Behavioral Health|Dialysis
Wound Care|Sleep Center|Pain Clinic|Eye Institute|Specialty Hospital|Veterans Clinic|Home Care
""".replace("\n", "|")
    .strip("|")
    .split("|")
)
SAINTS = """Agnes Alban Albert Anne Anselm Anthony Barnabas Benedict Bernard Bridget Camillus Catherine
Cecilia Charles Clare Columba Cuthbert Cyril David Dominic Dunstan Edmund Elizabeth Francis Gabriel
George Gerard Gregory Helena Hilary Ignatius James Jerome Joseph Jude Kevin Lawrence Leonard Louis
Lucy Luke Malachy Margaret Mark Martha Matthew Michael Monica Nicholas Patrick Paul Peter Philip
Raphael Raymond Roch Stephen Teresa Thomas Timothy Ursula Vincent Walburga Wilfrid""".split()
PLACES = """Bayside Birchwood Bluestem Briarcliff Brookside Canyon Cascade Cedarcrest Chestnut Clearwater
Copperfield Cottonwood Creekside Crestview Cypress Dogwood Eagle Eastgate Elmwood Evergreen Fairview
Falcon Foxglove Glenwood Greenfield Hawthorne Heritage Hickory Highland Hillcrest Ironwood Juniper
Kingfisher Lakeland Lakeside Laurel Liberty Linden Lakeshore Magnolia Maplewood Meadowbrook Mesquite
Midland Millstone Mockingbird Northgate Oakhurst Orchard Osprey Palmetto Parkview Pinecrest Pioneer
Prairie Quail Redbud Redwood Ridgeline Riverbend Riverside Rosewood Sagebrush Sandstone Sequoia
Shenandoah Silverleaf Southgate Spruce Stonebridge Summit Sunrise Sycamore Tamarack Timberline
Trailhead Valleyview Westgate Whitewater Wildflower Willowbrook Windmill Woodland""".split()
CAMPUSES = (
    """North Campus|South Campus|East Campus|West Campus|Downtown|Outpatient Pavilion|Annex
Emergency Department|Birthing Center|Infusion Center|Hospice|Laboratory|Physician Group|Pharmacy
""".replace("\n", "|")
    .strip("|")
    .split("|")
)
STREETS = "Street Avenue Road Drive Boulevard Lane Parkway Way Court Circle Pike Highway".split()
TITLES = (
    """Chief Nursing Officer|Director of Nursing|Chief Executive Officer|Administrator
Chief Operating Officer|Chief Financial Officer|Nurse Manager|Director of Human Resources
Director of Biomedical Engineering|Materials Manager|Purchasing Manager|Medical Director
Director of Surgical Services|Staffing Coordinator|Practice Manager|VP of Patient Care
""".replace("\n", "|")
    .strip("|")
    .split("|")
)


def pick(rng, words):
    return words[int(rng.random() * len(words))]


def pick_surname(rng):
    """A few are very common: the first has 3 in a hundred people."""
    return SURNAMES[int(len(SURNAMES) * rng.random() ** 2)]
