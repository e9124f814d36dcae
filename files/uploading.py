"""Receiving a file: where it lies until somebody decides what becomes of it."""

import tempfile
from pathlib import Path

from django.conf import settings
from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile
from django.core.files.uploadhandler import (
    FileUploadHandler,
    StopUpload,
    TemporaryFileUploadHandler,
)
from django.urls import Resolver404, resolve

MEGABYTE = 2**20
LARGEST = 25 * MEGABYTE
# What a form says besides its file.
ROOM = MEGABYTE

# Where uploads lie while they arrive: beside the files, so that keeping one is a rename, and the
# sweep finds what came to nothing.
FOLDER = "uploading"


def takes_uploads_of(largest):
    """Have a view take larger files than others, from those who may use it."""

    def decorate(view):
        view.largest_upload = largest
        return view

    return decorate


def largest_for(request):
    try:
        view = resolve(request.path_info).func
    except Resolver404:
        return LARGEST
    largest = getattr(view, "largest_upload", LARGEST)
    if largest == LARGEST or not request.user.is_authenticated:
        return LARGEST
    return largest if request.user.has_perm(getattr(view, "permission", "")) else LARGEST


def is_too_large(request, largest=LARGEST):
    return int(request.META.get("CONTENT_LENGTH") or 0) > largest + ROOM


class Arriving(TemporaryUploadedFile):
    """A file on disk that goes with the request, unless it was kept."""

    def __init__(self, name, content_type, charset, extra):
        folder = Path(settings.MEDIA_ROOT) / FOLDER
        folder.mkdir(parents=True, exist_ok=True)
        file = tempfile.NamedTemporaryFile(suffix=".upload", dir=folder)  # noqa: SIM115
        UploadedFile.__init__(self, file, name, content_type, 0, charset, extra)


class ToDisk(TemporaryFileUploadHandler):
    """Writes large files to disk as they arrive, and none of those that nobody will keep."""

    def handle_raw_input(self, input_data, META, content_length, boundary, encoding=None):
        self.is_too_large = content_length > largest_for(self.request) + ROOM

    def new_file(self, *args, **kwargs):
        if self.is_too_large:
            raise StopUpload(connection_reset=False)
        FileUploadHandler.new_file(self, *args, **kwargs)
        self.file = Arriving(
            self.file_name, self.content_type, self.charset, self.content_type_extra
        )
