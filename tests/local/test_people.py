"""What bin/run says of the demo people is what seed_demo makes."""

from backoffice.local.people import DEMO_PASSWORD, DEMO_PEOPLE, who_can_sign_in
from demo.people import CAST_EMAILS, PASSWORD


def test_the_people_are_those_of_the_demo_data():
    assert {email for email, _ in DEMO_PEOPLE} == set(CAST_EMAILS)
    assert DEMO_PASSWORD == PASSWORD


def test_without_demo_data_it_says_how_to_begin():
    assert "bin/manage createsuperuser" in who_can_sign_in(demo=False)
