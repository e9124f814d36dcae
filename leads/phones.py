"""Phone numbers as people write them, and as they are kept: E.164."""

import re

from phonenumbers import (
    NumberParseException,
    PhoneNumberFormat,
    format_number,
    is_possible_number,
    parse,
)

# What nearly every row of an import looks like; the library needs 20 us for it.
PLAIN = re.compile(r"\(?([2-9]\d\d)\)?[ .-]?(\d{3})[ .-]?(\d{4})", re.ASCII)


class ImpossiblePhone(ValueError):
    """No phone number has these digits."""


def parse_phone(text):
    """Return `text` as E.164 ("" for nothing), read as an American reads it.

    An extension is understood and dropped. Raises ImpossiblePhone.
    """
    text = text.strip()
    if plain := PLAIN.fullmatch(text):
        return "+1" + "".join(plain.groups())
    return parse_unusual_phone(text) if text else ""


def parse_unusual_phone(text):
    try:
        number = parse(text, "US")
    except NumberParseException:
        raise ImpossiblePhone(text) from None
    if not is_possible_number(number):
        raise ImpossiblePhone(text)
    return format_number(number, PhoneNumberFormat.E164)
