"""Templates: frequent jobs with fields, shared by window, API and command line."""

from desktop.templates.filling import Given, fill
from desktop.templates.shelf import Shelf, TemplateShelf
from desktop.templates.template import GIVES_INPUTS, PLACE, Field, FieldType, Template, places_in
from desktop.templates.template_file import SUFFIX, read_templates, shipped_templates, write_templates

__all__ = [
    "GIVES_INPUTS",
    "PLACE",
    "SUFFIX",
    "Field",
    "FieldType",
    "Given",
    "Shelf",
    "Template",
    "TemplateShelf",
    "fill",
    "places_in",
    "read_templates",
    "shipped_templates",
    "write_templates",
]
