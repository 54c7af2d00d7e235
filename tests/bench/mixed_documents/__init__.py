"""Twenty documents of many kinds, with what they state and what they do not: what extraction and answers are judged by.

Each `.toml` file of this folder holds a list of `document`: `name`, `format` (the ending of the file that is made of
it), `paper` (what it says), `stated` and `unstated` fields, `hints` for those whose names are not enough, and
`questions` with `ways` to recognise an answer, none where the document has no answer. In `paper`, an empty line ends a
paragraph, ` | ` stands between the cells of a table's row, and `===` alone begins a new page, sheet or slide.

They were written before anything was tried on them, and are not to be tuned on.
"""
