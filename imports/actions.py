"""What can happen to an import. What takes its time is only written down here: workers do it."""

from itertools import islice

from django.core.files.storage import default_storage
from django.db import transaction

from backoffice.clock import Clock
from backoffice.refusals import Refused
from history.actions import record
from history.models import Event
from imports.archives import is_archive
from imports.checking import kept, storable
from imports.columns import guess_columns, is_cms, layout_of, moved, ours
from imports.encodings import find_encoding
from imports.models import LONGEST_SOURCE, Import, Layout, random_name
from imports.reading import open_table

SAMPLES = 3
SAMPLE = 60
# Enough to tell what the header and the first rows are written in; all of it is looked at later.
LOOKED_AT = 1 << 20
MOST_LOOKED_AT = 200

NOT_SO = "This import is {state} by now. Look at it again."


@transaction.atomic
def upload_import(file, *, name, by):
    """Keep a file that is to be imported; Refused, and not kept, if it is no table."""
    content = default_storage.save(random_name(), file)
    try:
        header, samples = look_at(default_storage.path(content))
    except Refused:
        default_storage.delete(content)
        raise
    return Import.objects.create(
        by=by,
        name=name,
        content=content,
        size=file.size,
        header=header,
        samples=samples,
        columns=columns_of(header),
        source=source_of(name, header),
    )


def look_at(path):
    """Return the header of a table and its first rows."""
    encoding = "" if is_archive(path) else find_encoding(path, most=LOOKED_AT)
    with open_table(path, encoding=encoding) as table:
        looked_at = islice(table, MOST_LOOKED_AT)
        rows = (record.cells for record in looked_at if not record.problem)
        samples = [cells for cells, _ in zip(rows, range(SAMPLES), strict=False)]
    return kept(table.header), [[storable(cell[:SAMPLE]) for cell in row] for row in samples]


def columns_of(header):
    """Return {field: index}: as files with this header were read before, else by their names."""
    remembered = Layout.objects.filter(key=layout_of(header)).first()
    return moved(remembered.columns, ours(header)) if remembered else guess_columns(header)


def source_of(name, header):
    stem = name.rpartition(".")[0] or name
    return "CMS" if is_cms(header) else stem[:LONGEST_SOURCE]


@transaction.atomic
def choose_columns(pk, *, columns, source, opportunity_type, updates, by):
    """Say what the columns of a file are; from then on it is being checked."""
    step(
        pk,
        [Import.State.UPLOADED],
        state=Import.State.CHECKING,
        columns=columns,
        source=source,
        opportunity_type=opportunity_type,
        updates=updates,
    )
    header = Import.objects.get(pk=pk).header
    Layout.objects.update_or_create(
        key=layout_of(header), defaults={"columns": moved(columns, -ours(header))}
    )


@transaction.atomic
def start_over(pk, *, by):
    """Give up a check and return a new import of the same file, for other columns."""
    old = step(pk, BEFORE_WRITING, state=Import.State.CANCELLED, content="", ended_at=Clock())
    if not old.content:
        raise Refused("This file was read by a command and is not kept here. Upload it.")
    return Import.objects.create(
        by=by,
        **{field: getattr(old, field) for field in OF_THE_FILE},
    )


OF_THE_FILE = [
    "name",
    "content",
    "size",
    "header",
    "samples",
    "columns",
    "source",
    "opportunity_type",
    "updates",
]


@transaction.atomic
def commit_import(pk, *, by):
    """Have the rows written that were checked; from now on the import is that of `by`."""
    found = step(pk, [Import.State.CHECKED], state=Import.State.MERGING, attended=False, by=by)
    sentence = f"{by.name} began to import “{found.name}”."
    tell(Event.Kind.IMPORT_BEGUN, sentence, found, by)


@transaction.atomic
def cancel_import(pk, *, by):
    """Stop an import at the end of the chunk that is being written; what is written stays."""
    found = step(
        pk, [*BEFORE_WRITING, Import.State.MERGING], state=Import.State.CANCELLED, ended_at=Clock()
    )
    tell(Event.Kind.IMPORT_ENDED, f"{by.name} cancelled the import of “{found.name}”.", found, by)


@transaction.atomic
def revert_import(pk, *, by):
    """Have everything taken back that an import made and nobody has touched since."""
    found = step(
        pk,
        [Import.State.DONE, Import.State.CANCELLED, Import.State.FAILED],
        state=Import.State.REVERTING,
        reverted_by=by,
        attended=False,
        problem="",
        tries=0,
    )
    if not found.created:
        raise Refused("This import has created nothing that could be taken back.")
    tell(Event.Kind.IMPORT_BEGUN, f"{by.name} began to revert “{found.name}”.", found, by)


BEFORE_WRITING = [Import.State.UPLOADED, Import.State.CHECKING, Import.State.CHECKED]


def step(pk, states, **changes):
    """Change an import that is in one of the states, or refuse; return it as it was before."""
    found = Import.objects.get(pk=pk)
    # Only one of two who click at the same moment finds it as both have seen it.
    if not Import.objects.filter(pk=pk, state__in=states).update(**changes):
        raise Refused(NOT_SO.format(state=Import.objects.get(pk=pk).get_state_display().lower()))
    return found


def tell(kind, sentence, found, by):
    record(kind, sentence, by=by, person_id=by.pk, detail={"import": found.pk})
