"""What the browser gets of our own scripts and sheets."""

import re
from io import StringIO

import pytest
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management import call_command


@pytest.fixture
def collected(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "backoffice.static_files.Storage"}
    }
    call_command("collectstatic", no_input=True, ignore_patterns=["admin"], stdout=StringIO())
    return tmp_path


def test_a_script_is_sent_minified_under_its_hashed_name(collected, settings):
    source = (settings.BASE_DIR / "static/js/menu.js").read_text()
    sent = (collected / staticfiles_storage.stored_name("js/menu.js")).read_text()

    assert "popover-open" in sent
    assert "// " in source
    assert "// " not in sent
    assert len(sent) < len(source) * 0.85


def test_a_vendored_script_stays_as_it_came(collected, settings):
    source = (settings.BASE_DIR / "static/vendor/idiomorph-ext.min.js").read_bytes()
    sent = (collected / staticfiles_storage.stored_name("vendor/idiomorph-ext.min.js")).read_bytes()

    assert sent == source


def test_all_sheets_are_sent_as_one_in_their_order(collected, settings):
    folder = settings.BASE_DIR / "static/css"
    sent = (collected / staticfiles_storage.stored_name("css/page.css")).read_text()

    named = re.findall(r'^@import url\("(.*)"\);$', (folder / "page.css").read_text(), re.MULTILINE)
    places = [sent.index((folder / name).read_text()) for name in named]

    assert "@import" not in sent
    assert len(places) > 20
    assert places == sorted(places)
