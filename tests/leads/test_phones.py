import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import NumberParseException, PhoneNumberFormat, format_number, parse

from leads.phones import ImpossiblePhone, parse_phone


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("", ""),
        ("   ", ""),
        ("(334) 793-8701", "+13347938701"),
        ("334-793-8701", "+13347938701"),
        ("334.793.8701", "+13347938701"),
        ("3347938701", "+13347938701"),
        ("1-334-793-8701", "+13347938701"),
        ("+1 334 793 8701", "+13347938701"),
        ("(334) 793-8701 ext. 12", "+13347938701"),
        ("334-793-8701 x12", "+13347938701"),
        ("1-800-FLOWERS", "+18003569377"),
        ("+44 20 7946 0958", "+442079460958"),
        ("(360) 000-0000", "+13600000000"),
    ],
)
def test_a_phone_is_kept_as_e164_however_it_is_written(written, kept):
    assert parse_phone(written) == kept


@pytest.mark.parametrize("written", ["12345", "see website", "334-793-870", "(334) 793-87012", "0"])
def test_an_impossible_phone_is_refused(written):
    with pytest.raises(ImpossiblePhone):
        parse_phone(written)


@given(st.from_regex(r"\(?[2-9][0-9]{2}\)?[ .-]?[0-9]{3}[ .-]?[0-9]{4}", fullmatch=True))
def test_plain_numbers_are_read_as_the_library_reads_them(written):
    try:
        read = format_number(parse(written, "US"), PhoneNumberFormat.E164)
    except NumberParseException:
        read = None

    assert parse_phone(written) == read
