"""How Django renders our forms: templates/forms/, one field group at a time."""

from django.forms.renderers import TemplatesSetting


class FieldGroups(TemplatesSetting):
    """Forms and fields through the project's own templates."""

    form_template_name = "forms/form.html"
    field_template_name = "forms/field.html"
