import zoneinfo

import pytest

from leads.time_zones import time_zone_of
from people.states import STATES


@pytest.mark.parametrize("state", STATES)
def test_every_state_has_a_zone(state):
    assert time_zone_of(state) in zoneinfo.available_timezones()


@pytest.mark.parametrize(
    ("state", "phone", "zone"),
    [
        ("NY", "+15185550100", "America/New_York"),
        ("FL", "+13055550100", "America/New_York"),
        ("FL", "+18504345000", "America/Chicago"),
        ("TN", "+16155550100", "America/Chicago"),
        ("TN", "+14233397100", "America/New_York"),
        ("TX", "+19155550100", "America/Denver"),
        ("KY", "+12705984800", "America/Chicago"),
        ("IN", "+13178804818", "America/Indiana/Indianapolis"),
    ],
)
def test_in_a_split_state_the_phones_area_decides(state, phone, zone):
    assert time_zone_of(state, phone) == zone


@pytest.mark.parametrize("state", ["IN", "MI", "TX", "FL"])
@pytest.mark.parametrize("phone", ["", "+18005550100", "+442079460958", "+12125550100", "nonsense"])
def test_a_phone_that_lies_elsewhere_or_anywhere_leaves_it_to_the_state(state, phone):
    assert time_zone_of(state, phone) == time_zone_of(state)
