"""What is sent to browsers besides pages: vendored files, scripts, markup under the strict CSP."""

import re
import subprocess
import sys
from pathlib import Path

import brotli
import pytest
from django.core.files.base import ContentFile

from backoffice.static_files import COMMENT_LINE, Storage

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
SCRIPTS = sorted((ROOT / "static").rglob("*.js"))

# What the content security policy forbids, or htmx may not evaluate.
FORBIDDEN = re.compile(
    r"""\sstyle=|\son\w+=|\shx-on|\bjs:|javascript:|<style|<script(?![^>]*\ssrc=)"""
)


def test_the_vendored_files_are_those_of_the_manifest():
    check = [sys.executable, ROOT / "bin" / "vendor", "--check"]

    done = subprocess.run(check, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")


def test_a_pages_scripts_are_light():
    """As they are sent: without comments, by brotli. Scripts of a single page come on top there."""
    listed = (ROOT / "templates/components/scripts.html").read_text()
    sent = [script for script in SCRIPTS if f"{script.parent.name}/{script.name}" in listed]
    sent.append(ROOT / "static/vendor/tinykeys.js")  # keys.js imports it

    sizes = [len(brotli.compress(COMMENT_LINE.sub(b"", script.read_bytes()))) for script in sent]
    assert len(sizes) > 10
    assert sum(sizes) <= 25_000


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_nothing_in_a_template_needs_inline_scripts_or_styles(template):
    assert FORBIDDEN.findall(template.read_text()) == []


def test_templates_escape_everything():
    unsafe = re.compile(r"\|\s*safe\b|autoescape off")

    assert [page.name for page in TEMPLATES if unsafe.search(page.read_text())] == []


def test_our_scripts_are_sent_without_their_comments(tmp_path):
    storage = Storage(location=tmp_path, base_url="/static/")
    storage.save(
        "js/greet.js", ContentFile(b"// Why.\nhello()\n  // And why.\nbye() // not alone\n")
    )
    storage.save("vendor/kept.js", ContentFile(b"// (c) Somebody\nhello()\n"))

    assert (tmp_path / "js/greet.js").read_bytes() == b"hello()\nbye() // not alone\n"
    assert (tmp_path / "vendor/kept.js").read_bytes() == b"// (c) Somebody\nhello()\n"
