"""Of any number of sweeps of one kind, one is at work."""

from backoffice.sweeps import sweep


def begins(name):
    with sweep(name) as cursor:
        return cursor is not None


def test_a_sweep_leaves_it_to_another_of_its_kind(transactional_db, at_once):
    with sweep("letters"):
        assert at_once(lambda: begins("letters"), lambda: begins("bells")) == [False, True]

    assert begins("letters")
