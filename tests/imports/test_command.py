"""What an import makes of a file: leads in the pool, duplicates, rejected rows, warnings."""

import gzip
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from backoffice.rls import SYSTEM, acting_as
from history.models import Event
from imports import actions, checking, command_line, merging
from leads.models import Facility, Lead
from tests.factories import FacilityFactory, LeadFactory

SAMPLE = Path(__file__).parent.parent / "data" / "cms_hospitals.csv"
WHOLE = SAMPLE.with_name("cms_hospital_general_information.csv.gz")
HEADER = "Facility ID,Facility Name,Address,City/Town,State,ZIP Code,Telephone Number\n"


class Imported:
    """The output of an import, read as a person reads it."""

    def __init__(self, text, code):
        self.text, self.code = text, code

    def number(self, what):
        return next(
            int(line.split()[1]) for line in self.text.splitlines() if line.startswith(f"{what}:")
        )

    @property
    def tally(self):
        return tuple(map(self.number, ["created", "duplicate", "rejected", "warnings"]))

    @property
    def rejected(self):
        """{row number: reason}"""
        said = [line for line in self.text.splitlines() if ": rejected: " in line]
        pairs = [line.removeprefix("row ").split(": rejected: ") for line in said]
        return {int(number): reason for number, reason in pairs}


def run(path, *options, **more):
    out = StringIO()
    code = 0
    try:
        call_command("import_leads", str(path), *options, stdout=out, **more)
    except SystemExit as end:
        code = end.code
    return Imported(out.getvalue(), code)


@pytest.fixture
def file(tmp_path):
    """Write rows under the header of the CMS file: `file("1,Mercy,...")`."""

    def write(*rows, header=HEADER, name="list.csv", encoding="utf-8"):
        path = tmp_path / name
        path.write_text(header + "".join(f"{row}\n" for row in rows), encoding=encoding)
        return path

    return write


def names():
    with acting_as(SYSTEM):
        return list(Facility.objects.order_by("id").values_list("name", flat=True))


def test_the_cms_file_needs_no_options(db):
    first = run(SAMPLE)

    assert (first.tally, first.code) == ((60, 0, 0, 4), 0)
    with acting_as(SYSTEM):
        facility = Facility.objects.get(external_id="440185")
        lead = Lead.objects.with_display().get(facility=facility)
        assert lead in Lead.objects.in_pool()
    assert facility.source == lead.source == "CMS"
    assert facility.name == "AFFILIATE OF VITRUVIAN HEALTH"
    assert (facility.city, facility.state) == ("CLEVELAND", "TN")
    assert (facility.phone, facility.time_zone) == ("+14233394100", "America/New_York")
    assert (lead.opportunity_type.code, lead.stage, lead.owner) == ("CS", "new", None)
    assert lead.pool_since == lead.created_at


def test_importing_again_finds_duplicates_only(db):
    run(SAMPLE)

    again = run(SAMPLE)

    assert (again.tally, again.code) == ((0, 60, 0, 4), 0)
    assert len(names()) == 60


def test_every_lead_that_was_made_has_its_event(db):
    run(SAMPLE)
    run(SAMPLE)

    with acting_as(SYSTEM):
        events = Event.objects.filter(kind=Event.Kind.IMPORTED)
        assert events.count() == Lead.objects.count() == 60
        assert set(events.values_list("sentence", "actor_name")) == {
            ("Imported from CMS.", "The system")
        }
        assert events.values("bulk_id").distinct().count() == 1


def test_a_dry_run_says_the_same_and_writes_nothing(db, file):
    path = file("1,Mercy,1 High St,Albany,NY,12208,5185550100", "2,,1 High St,Albany,NY,12208,")

    dry = run(path, "--dry-run")

    assert names() == []
    assert "nothing was written" in dry.text
    assert dry.code == 1
    wet = run(path)
    assert (wet.tally, wet.rejected, wet.code) == (dry.tally, dry.rejected, dry.code)


def test_the_other_opportunity_type_is_another_lead_of_the_same_facility(db):
    run(SAMPLE)

    other = run(SAMPLE, "--opportunity", "BMD")

    assert other.tally[:2] == (60, 0)
    assert len(names()) == 60


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("1,,1 High St,Albany,NY,12208,5185550100", "no name"),
        ("1,   ,1 High St,Albany,NY,12208,5185550100", "no name"),
        ("1,Mercy,1 High St,Albany,NY,12208,12345", "impossible phone: 12345"),
        ("1,Mercy,1 High St,Albany,ZZ,12208,5185550100", "unknown state: ZZ"),
        ("1,Mercy,1 High St,Albany,,12208,5185550100", "no state"),
        ("1,Mercy,1 High St,Albany", "no state"),
        ("1,Me\0rcy,1 High St,Albany,NY,12208,5185550100", "a NUL character"),
        (f"1,Mercy,{'x' * 10_001},Albany,NY,12208,", "a field over 10 kB"),
        (f"1,Mercy,{'é' * 5_001},Albany,NY,12208,", "a field over 10 kB"),
        (f"1,{'x' * 201},1 High St,Albany,NY,12208,", "name longer than 200 characters"),
        ("1,Mercy,1 High St, Suite 2,Albany,NY,12208,x", "8 cells where the header has 7"),
        ('1,"Mercy" Clinic,1 High St,Albany,NY,12208,', "quotes that don't match"),
        ('1,"Mercy,1 High St,Albany,NY,12208,', "quotes that don't match"),
    ],
)
def test_a_bad_row_is_rejected_with_number_and_reason_and_the_rest_goes_in(db, file, row, reason):
    path = file(
        "7,Before,1 Main St,Albany,NY,12208,5185550101",
        row,
        "8,After,2 Main St,Albany,NY,12208,5185550102",
    )

    result = run(path)

    assert result.rejected == {3: reason}
    assert (result.tally, result.code) == ((2, 0, 1, 0), 1)
    assert names() == ["Before", "After"]


def test_rows_are_counted_as_a_spreadsheet_counts_them(db, file):
    path = file(
        '1,"Mercy\nHospital",1 High St,Albany,NY,12208,', "", ",,,,,,", "2,,1 High St,,NY,,"
    )

    result = run(path)

    assert result.rejected == {5: "no name"}
    assert names() == ["Mercy Hospital"]


@pytest.mark.parametrize("written", ["NY", "ny", "New York", " new  york "])
def test_states_are_understood_by_code_and_by_name(db, file, written):
    run(file(f"1,Mercy,1 High St,Albany,{written},12208,"))

    with acting_as(SYSTEM):
        assert Facility.objects.get().state == "NY"


def test_leading_zeros_that_a_spreadsheet_ate_come_back(db, file):
    run(file("1,Mercy,1 High St,Boston,MA,2108,"))

    with acting_as(SYSTEM):
        assert Facility.objects.get().postcode == "02108"


def test_what_our_own_export_defused_is_read_as_it_was(db, file):
    run(file("1,'=Mercy,'+1 High St,Albany,NY,12208,'+15185550100", "2,'s Heeren Clinic,,,NY,,"))

    with acting_as(SYSTEM):
        first, second = Facility.objects.order_by("id")
    assert (first.name, first.address, first.phone) == ("=Mercy", "+1 High St", "+15185550100")
    assert second.name == "'s Heeren Clinic"


# --- other files ----------------------------------------------------------------


def test_any_other_file_is_imported_with_a_map(db, file):
    path = file(
        "Mercy,1 High St,New York,212-555-0100",
        header="Hospital,Where,Land = State,Call\n",
        name="fair 2026.csv",
    )

    result = run(
        path, "--map", "hospital=name", "--map", "Land = State=state", "--map", "Call=phone"
    )

    assert result.tally == (1, 0, 0, 0)
    with acting_as(SYSTEM):
        facility = Facility.objects.get()
    assert (facility.source, facility.external_id) == ("fair 2026", "")
    assert (facility.name, facility.state, facility.phone) == ("Mercy", "NY", "+12125550100")


def test_the_source_can_be_named(db):
    assert run(SAMPLE, "--source", "Fair").tally[0] == 60

    with acting_as(SYSTEM):
        assert set(Lead.objects.values_list("source", flat=True)) == {"Fair"}
        assert Event.objects.first().sentence == "Imported from Fair."


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--map", "Facility Name"], "is not COLUMN=FIELD"),
        (["--map", "Facility Name=boss"], "one of the fields external_id, name"),
        (["--map", "Nowhere=name"], "There is no column Nowhere."),
        (["--map", "City/Town=name", "--map", "State=name"], "two columns for name"),
        (["--opportunity", "XX"], "There is no opportunity type XX; there are BMD, CS."),
        (["--source", "x" * 41], "at most 40 characters"),
    ],
)
def test_options_that_make_no_sense_are_refused_with_a_sentence(db, options, sentence):
    with pytest.raises(CommandError, match=sentence):
        run(SAMPLE, *options)

    assert names() == []


def test_columns_that_are_needed_and_missing_are_named(db, file):
    path = file("Mercy", header="Name\n")

    with pytest.raises(CommandError, match="No column is the state; say which with --map"):
        run(path)


def test_a_column_that_comes_twice_is_refused_if_it_is_needed(db, file):
    with pytest.raises(CommandError, match='Several columns are called "name"'):
        run(file("a,b,NY", header="Name,name,State\n"))

    assert run(file("a,b,b,NY", header="Name,Note,Note,State\n")).tally == (1, 0, 0, 0)


# --- what is a duplicate --------------------------------------------------------


def test_without_an_external_id_name_address_and_postcode_decide(db, file):
    header = "Name,Address,State,Zip\n"
    path = file(
        "Mercy Hospital,1 High St.,NY,12208",
        "MERCY HOSPITAL,1 high st,NY,12208-1234",
        "Mercy Hospital,2 High St.,NY,12208",
        header=header,
    )

    assert run(path).tally == (2, 1, 0, 0)
    assert run(path).tally == (0, 3, 0, 0)


def test_the_same_external_id_of_another_source_is_another_facility(db, file):
    path = file("1,Mercy,1 High St,Albany,NY,12208,")

    assert run(path, "--source", "A").tally[:2] == (1, 0)
    assert run(path, "--source", "B").tally[:2] == (1, 0)


def test_two_external_ids_at_one_address_are_two_facilities(db, file):
    path = file("1,Mercy,1 High St,Albany,NY,12208,", "2,Mercy,1 High St,Albany,NY,12208,")

    assert run(path).tally[:2] == (2, 0)


def test_an_external_id_that_comes_twice_is_one_facility(db, file):
    path = file("1,Mercy,1 High St,Albany,NY,12208,", "1,Mercy West,9 Low St,Albany,NY,12208,")

    assert run(path, "--dry-run").tally[:2] == (1, 1)
    assert run(path).tally[:2] == (1, 1)
    assert names() == ["Mercy"]


def test_a_facility_that_was_typed_in_by_hand_is_known(db, make, file):
    by_hand = {"external_id": "", "source": "Manual"}
    place = {"name": "Mercy", "address": "1 High St", "postcode": "12208"}
    make(LeadFactory, facility=make(FacilityFactory, **place, **by_hand))

    assert run(file("1,Mercy,1 High St,Albany,NY,12208,")).tally[:2] == (0, 1)


@pytest.mark.parametrize(
    ("status", "made"), [("disqualified", 0), ("flagged", 0), ("won", 1), ("lost", 1)]
)
def test_a_facility_may_come_back_after_it_was_won_or_lost(db, make, file, ana, status, made):
    facility = make(FacilityFactory, external_id="1")
    stage = status if status in ("won", "lost") else "contacted"
    make(LeadFactory, facility=facility, status=status, stage=stage, owner=ana)

    result = run(file("1,Mercy,1 High St,Albany,NY,12208,"))

    assert result.tally[:2] == (made, 1 - made)


def test_an_owned_lead_keeps_its_owner(db, make, file, ana):
    lead = make(LeadFactory, facility=make(FacilityFactory, external_id="1"), owner=ana)

    run(file("1,Mercy,1 High St,Albany,NY,12208,"))

    with acting_as(SYSTEM):
        assert Lead.objects.get().owner_id == lead.owner_id == ana.pk


def test_a_shared_phone_is_a_warning_with_its_row(db, make, file):
    make(FacilityFactory, phone="+15185550109", source="Manual")
    path = file(
        "1,Mercy,1 High St,Albany,NY,12208,(518) 555-0100",
        "2,Grace,2 High St,Albany,NY,12208,518-555-0100",
        "3,Hope,3 High St,Albany,NY,12208,518-555-0109",
        "4,Faith,4 High St,Albany,NY,12208,",
        "5,Love,5 High St,Albany,NY,12208,",
    )

    result = run(path)

    assert result.tally == (5, 0, 0, 2)
    assert [line for line in result.text.splitlines() if "warning:" in line] == [
        "row 3: warning: another facility has the phone +15185550100 too",
        "row 4: warning: another facility has the phone +15185550109 too",
    ]


# --- chunks and company ---------------------------------------------------------


def test_chunks_make_no_difference(db, monkeypatch):
    monkeypatch.setattr(merging, "CHUNK", 7)
    monkeypatch.setattr(checking, "CHUNK", 5)

    assert run(SAMPLE).tally == (60, 0, 0, 4)
    assert run(SAMPLE).tally == (0, 60, 0, 4)


def test_two_imports_at_once_make_every_lead_once(transactional_db, at_once, monkeypatch):
    monkeypatch.setattr(merging, "CHUNK", 10)

    results = at_once(*[lambda: run(SAMPLE).tally] * 3)

    assert sum(created for created, *_ in results) == 60
    assert all(created + duplicate == 60 for created, duplicate, *_ in results)
    assert len(names()) == 60


def test_a_login_without_the_service_role_is_told_so(db, monkeypatch):
    monkeypatch.setattr("backoffice.commands.Role.SERVICE", "backoffice_owner")

    with pytest.raises(CommandError, match="may not act as backoffice_owner"):
        run(SAMPLE)


def test_all_hospitals_of_the_country_go_in_once(db, tmp_path):
    whole = tmp_path / WHOLE.stem
    whole.write_bytes(gzip.decompress(WHOLE.read_bytes()))

    assert run(whole).tally == (5421, 0, 0, 38)
    assert run(whole).tally == (0, 5421, 0, 38)


def test_what_was_cancelled_meanwhile_is_not_written(db, tmp_path, ada, monkeypatch):
    def cancel(pk):
        with acting_as(ada):
            actions.cancel_import(pk, by=ada)
        return []

    monkeypatch.setattr(command_line, "rows_to_tell_of", cancel)
    path = tmp_path / "fair.csv"
    path.write_text(HEADER + "1,Mercy,1 High St,Albany,NY,12208,5185550100\n")

    with pytest.raises(CommandError, match="cancelled by now"):
        call_command("import_leads", str(path), stdout=StringIO())
    with acting_as(SYSTEM):
        assert not Lead.objects.exists()
