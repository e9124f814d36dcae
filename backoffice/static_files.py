"""How static files are collected: hashed, compressed, and scripts without their comments."""

import re

from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

# A line that is nothing but a comment, as in our own modules; vendored files stay as they came.
COMMENT_LINE = re.compile(rb"^[ \t]*//.*\n", re.MULTILINE)


class Storage(CompressedManifestStaticFilesStorage):
    def save(self, name, content, max_length=None):
        if name.startswith("js/"):
            content = ContentFile(COMMENT_LINE.sub(b"", content.read()))
        return super().save(name, content, max_length=max_length)
