"""Clearing away what broken requests left: uploads that never arrived, files without a row."""

from datetime import timedelta

from django.core.files.storage import default_storage
from django.utils.timezone import now

from backoffice.sweeps import sweep
from files import uploading
from files.models import FOLDER, LeadFile

# No request takes as long; what is younger may be on its way.
LEFT_FOR = timedelta(hours=1)


def clear_away():
    """Delete what no row knows; return how many. The age is the storage's word, not the clock's."""
    with sweep("files.sweeping") as alone:
        return len([remove(name) for name in left_over()]) if alone else 0


def left_over():
    for shard in folders_in(FOLDER):
        names = [f"{shard}/{name}" for name in files_in(shard)]
        known = set(LeadFile.objects.filter(content__in=names).values_list("content", flat=True))
        yield from (name for name in names if name not in known and is_old(name))
    arriving = uploading.FOLDER
    yield from (name for name in map(f"{arriving}/{{}}".format, files_in(arriving)) if is_old(name))


def folders_in(folder):
    return [f"{folder}/{name}" for name in listed(folder)[0]]


def files_in(folder):
    return listed(folder)[1]


def listed(folder):
    try:
        return default_storage.listdir(folder)
    except FileNotFoundError:
        return [], []


def is_old(name):
    return default_storage.get_modified_time(name) < now() - LEFT_FOR


def remove(name):
    default_storage.delete(name)
