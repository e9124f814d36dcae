"""What is sent to browsers besides pages: vendored files, scripts, markup under the strict CSP."""

import re
import subprocess
import sys
from pathlib import Path

import brotli
import pytest

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
    assert sum(len(brotli.compress(script.read_bytes())) for script in SCRIPTS) <= 25_000


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_nothing_in_a_template_needs_inline_scripts_or_styles(template):
    assert FORBIDDEN.findall(template.read_text()) == []


def test_templates_escape_everything():
    unsafe = re.compile(r"\|\s*safe\b|autoescape off")

    assert [page.name for page in TEMPLATES if unsafe.search(page.read_text())] == []
