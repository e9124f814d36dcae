"""How static files are collected: hashed, compressed, and our own scripts minified."""

from django.core.files.base import ContentFile
from rjsmin import jsmin
from whitenoise.storage import CompressedManifestStaticFilesStorage


class Storage(CompressedManifestStaticFilesStorage):
    def save(self, name, content, max_length=None):
        # Vendored files stay as they came.
        if name.startswith("js/"):
            content = ContentFile(jsmin(content.read()))
        return super().save(name, content, max_length=max_length)
