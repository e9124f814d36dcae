"""How static files are collected: hashed, compressed, and our own scripts minified."""

from django.core.files.base import ContentFile
from rjsmin import jsmin
from whitenoise.storage import CompressedManifestStaticFilesStorage


class Storage(CompressedManifestStaticFilesStorage):
    def _save(self, name, content):
        # Not in save(), which hashed copies do not pass. Vendored files stay as they came.
        if name.startswith("js/"):
            content = ContentFile(jsmin(b"".join(content.chunks())))
        return super()._save(name, content)
