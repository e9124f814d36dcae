"""How static files are collected: hashed, compressed, our own scripts minified and in one."""

import re
from pathlib import Path

from django.conf import settings
from django.core.files.base import ContentFile
from rjsmin import jsmin
from whitenoise.storage import CompressedManifestStaticFilesStorage

# As in js/page.js: a module that is there for what it does, and gives nothing away.
IMPORT = re.compile(rb'^import "\./(\w+\.js)"$', re.MULTILINE)


class Storage(CompressedManifestStaticFilesStorage):
    def _save(self, name, content):
        # Not in save(), which hashed copies do not pass.
        return super()._save(name, as_sent(name, content))

    def file_hash(self, name, content=None):
        # A module may be as it was where what it imports is not. The manifest has no name.
        return super().file_hash(name, as_sent(name, content) if name and content else content)


def as_sent(name, content):
    """Return a file as browsers get it; vendored ones stay as they came."""
    if not name.startswith("js/"):
        return content
    return ContentFile(jsmin(with_imports(b"".join(content.chunks()))))


def with_imports(module):
    """Return a module with what it imports in place; a block keeps the names of each apart."""
    return IMPORT.sub(lambda found: b"{\n" + source(found[1].decode()) + b"}", module)


def source(name):
    return Path(settings.STATICFILES_DIRS[0], "js", name).read_bytes()
