"""What people upload."""

from django import forms

from files.kinds import ALLOWED, kind_of
from files.names import harmless
from files.uploading import LARGEST

TOO_LARGE = "A file has at most 25 MB."
NOT_ALLOWED = f"This is none of the kinds that may be kept here: {ALLOWED}."


class FileForm(forms.Form):
    content = forms.FileField(label="File", allow_empty_file=False)

    def __init__(self, *args, is_too_large=False, **options):
        """`is_too_large`: nothing was read, because of what was to come."""
        super().__init__(*args, **options)
        if is_too_large:
            self.fields["content"].error_messages["required"] = TOO_LARGE

    def clean_content(self):
        content = self.cleaned_data["content"]
        if content.size > LARGEST:
            raise forms.ValidationError(TOO_LARGE)
        kind = kind_of(content)
        if kind is None:
            raise forms.ValidationError(NOT_ALLOWED)
        self.said = {
            "content": content,
            "kind": kind.mime,
            "name": harmless(content.name, kind.extensions),
        }
        return content
