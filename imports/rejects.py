"""The rejected rows of an import as a file that can be corrected and sent again."""

from django.db.models import IntegerField, Value
from django.db.models.expressions import RawSQL
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce

from backoffice.csv_export import Defused, Export, defused
from history.actions import record
from history.models import Event
from imports.columns import OURS, ours
from imports.models import Row

WIDEST = RawSQL("jsonb_array_length(cells)", [], output_field=IntegerField())


def rejects_export(found, *, by):
    """Return the Export of an import's rejected rows: why each was, and its cells as they were."""
    known = ours(found.header)
    header = found.header[known:]
    rejected = Row.objects.filter(of=found.pk).rejected()
    widest = rejected.annotate(width=WIDEST).order_by("-width").values_list("width", flat=True)
    width = max(len(header), (widest.first() or 0) - known)

    def rows():
        cells = {
            f"cell_{index}": Defused(
                Coalesce(KeyTextTransform(str(index + known), "cells"), Value(""))
            )
            for index in range(width)
        }
        ordered = rejected.order_by("number").annotate(
            why=Defused("problem"), at=Cast("number", IntegerField()), **cells
        )
        return ordered.values_list("at", "why", *cells)

    def written_down(export):
        sentence = f"{by.name} exported the {export.sent:,} rejected rows of “{found.name}”."
        detail = {"import": found.pk, "rows": export.sent, "whole": export.is_whole}
        record(Event.Kind.EXPORTED, sentence, by=by, person=by, detail=detail)

    names = [*OURS, *header, *[""] * (width - len(header))]
    return Export(by=by, header=[quoted(name) for name in names], rows=rows, on_end=written_down)


def quoted(name):
    return '"' + defused(name).replace('"', '""') + '"'
