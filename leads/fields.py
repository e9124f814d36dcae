"""A column of phone numbers."""

from functools import lru_cache

from phonenumber_field.modelfields import PhoneNumberField
from phonenumber_field.phonenumber import to_python


class PhoneField(PhoneNumberField):
    """A phone number that is read without being analysed anew each time.

    phonenumbers takes 50 us for one, and a page of a list shows a hundred.
    """

    def from_db_value(self, value, expression, connection):
        return read(value)

    def deconstruct(self):
        name, _, args, kwargs = super().deconstruct()
        # For migrations it is the library's.
        return name, "phonenumber_field.modelfields.PhoneNumberField", args, kwargs


@lru_cache(maxsize=20_000)
def read(value):
    return to_python(value)
