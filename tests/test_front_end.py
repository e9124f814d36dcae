"""What is sent to browsers besides pages: vendored files, scripts, markup under the strict CSP."""

import gzip
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.files.base import ContentFile

from backoffice.static_files import Storage

ROOT = Path(__file__).resolve().parent.parent
TEMPLATE = ROOT / "templates"
TEMPLATES = sorted(TEMPLATE.rglob("*.html"))

# What the content security policy forbids, or htmx may not evaluate.
FORBIDDEN = re.compile(
    r"""\sstyle=|\son\w+=|\shx-on|\bjs:|javascript:|<style|<script(?![^>]*\ssrc=)"""
)


def test_the_vendored_files_are_those_of_the_manifest():
    check = [sys.executable, ROOT / "bin" / "vendor", "--check"]

    done = subprocess.run(check, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")


def test_a_pages_scripts_are_light(tmp_path):
    """As they are sent, by gzip. Those of a single page come on top there."""
    storage = Storage(location=tmp_path, base_url="/static/")
    listed = re.findall(r"static '(.*?\.js)'", (TEMPLATE / "components/scripts.html").read_text())
    for name in listed:
        storage.save(name, ContentFile((ROOT / "static" / name).read_bytes()))

    sizes = [len(gzip.compress((tmp_path / name).read_bytes(), 9)) for name in listed]
    assert len(sizes) == 3
    assert sum(sizes) <= 25_000


def test_a_pages_modules_are_collected_as_one(tmp_path):
    storage = Storage(location=tmp_path, base_url="/static/")
    page = ContentFile((ROOT / "static/js/page.js").read_bytes())
    storage.save("js/page.js", page)

    sent = (tmp_path / "js/page.js").read_bytes()
    assert b"import" not in sent
    assert b"beforetoggle" in sent
    assert b"dispositioned" in sent
    # What it is called changes with any of them.
    assert storage.file_hash("js/page.js", page) == storage.file_hash("any", ContentFile(sent))


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_nothing_in_a_template_needs_inline_scripts_or_styles(template):
    assert FORBIDDEN.findall(template.read_text()) == []


HTMX_CONFIG = {
    "allowEval": False,
    "allowScriptTags": False,
    "includeIndicatorStyles": False,
    "selfRequestsOnly": True,
    "historyCacheSize": 0,
    "refreshOnHistoryMiss": True,
    "historyRestoreAsHxRequest": False,
    "disableInheritance": True,
    "timeout": 15_000,
    "defaultSettleDelay": 0,
    "responseHandling": [
        {"code": "204", "swap": False},
        {"code": "[23]..", "swap": True},
        {"code": "403|404|409|422", "swap": True},
        {"code": "...", "swap": False, "error": True},
    ],
}


def test_htmx_evaluates_nothing_and_keeps_nothing_on_every_page_that_loads_it(ada, in_admin):
    browser = in_admin(ada)
    for path in ("/leads", "/leads/pool", "/nowhere", "/admin/"):
        page = browser.get(path).text
        (said,) = re.findall(r"""<meta name="htmx-config"\s+content='([^']*)'>""", page)
        assert json.loads(said) == HTMX_CONFIG, path
    assert "htmx" not in browser.get("/logout").text


def test_templates_escape_everything():
    unsafe = re.compile(r"\|\s*safe\b|autoescape off")

    assert [page.name for page in TEMPLATES if unsafe.search(page.read_text())] == []
