"""Extraction of named fields into a table, with the words behind each value. One row a document."""

from desktop.agents.documents.extraction.extraction import extract_table, extraction_steps
from desktop.agents.documents.extraction.field import Field, FieldType, parse_fields
from desktop.agents.documents.extraction.table import Cell, Row, Table, numbered_cells, table_csv, table_json

__all__ = [
    "Cell",
    "Field",
    "FieldType",
    "Row",
    "Table",
    "extract_table",
    "extraction_steps",
    "numbered_cells",
    "parse_fields",
    "table_csv",
    "table_json",
]
