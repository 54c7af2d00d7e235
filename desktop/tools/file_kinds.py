"""The kinds of document that can be read, by the extension of their names."""

from pathlib import PurePath

SUPPORTED = "PDF, DOCX, XLSX, XLS, ODS, PPTX, HTML, EPUB, CSV, Markdown, plain text and e-mail (.eml)"

_OFFICE = "application/vnd.openxmlformats-officedocument."
PDF = "application/pdf"
DOCX = f"{_OFFICE}wordprocessingml.document"
XLSX = f"{_OFFICE}spreadsheetml.sheet"
PPTX = f"{_OFFICE}presentationml.presentation"
XLS = "application/vnd.ms-excel"
ODS = "application/vnd.oasis.opendocument.spreadsheet"
EPUB = "application/epub+zip"
HTML = "text/html"
EMAIL = "message/rfc822"
TEXT = "text/plain"

_BY_EXTENSION = {
    ".pdf": PDF, ".docx": DOCX, ".docm": DOCX, ".xlsx": XLSX, ".xlsm": XLSX, ".xls": XLS, ".ods": ODS, ".pptx": PPTX,
    ".pptm": PPTX, ".html": HTML, ".htm": HTML, ".xhtml": HTML, ".epub": EPUB, ".eml": EMAIL, ".csv": "text/csv",
    ".tsv": "text/tab-separated-values", ".md": "text/markdown", ".markdown": "text/markdown", ".txt": TEXT,
    ".text": TEXT, ".log": TEXT, ".rst": TEXT, ".json": "application/json", ".xml": "text/xml", ".yaml": TEXT,
    ".yml": TEXT, ".toml": TEXT, ".ini": TEXT, ".tex": TEXT, ".py": TEXT,
}  # fmt: skip


def media_type_of(name: str) -> str:
    """The media type that the name promises; empty where the extension is not known."""
    return _BY_EXTENSION.get(PurePath(name).suffix.lower(), "")
