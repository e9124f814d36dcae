"""How static files are collected: hashed, compressed, our own scripts and sheets each in one."""

import re
from pathlib import Path

from django.conf import settings
from django.core.files.base import ContentFile
from rjsmin import jsmin
from whitenoise.storage import CompressedManifestStaticFilesStorage

# As in js/page.js: a module that is there for what it does, and gives nothing away.
MODULE = re.compile(rb'^import "\./(\w+\.js)"$', re.MULTILINE)
# As in css/page.css, whose hashed copy names hashed files.
SHEET = re.compile(rb'^@import url\("([\w./-]+?)(?:\.[0-9a-f]{12})?\.css"\);$', re.MULTILINE)


class Storage(CompressedManifestStaticFilesStorage):
    def _save(self, name, content):
        # Not in save(), which hashed copies do not pass.
        return super()._save(name, as_sent(name, content))

    def file_hash(self, name, content=None):
        # A module may be as it was where what it imports is not. The manifest has no name.
        return super().file_hash(name, as_sent(name, content) if name and content else content)


def as_sent(name, content):
    """Return a file as browsers get it; vendored ones stay as they came."""
    if name.startswith("js/"):
        return ContentFile(jsmin(with_modules(b"".join(content.chunks()))))
    if name.startswith("css/page."):
        return ContentFile(with_sheets(b"".join(content.chunks())))
    return content


def with_modules(module):
    """Return a module with what it imports in place; a block keeps the names of each apart."""
    return MODULE.sub(lambda found: b"{\n" + source(f"js/{found[1].decode()}") + b"}", module)


def with_sheets(sheet):
    return SHEET.sub(lambda found: source(f"css/{found[1].decode()}.css"), sheet)


def source(name):
    return Path(settings.STATICFILES_DIRS[0], name).read_bytes()
