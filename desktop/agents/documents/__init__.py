"""The `documents` agent: summarises documents, answers questions about them, or extracts named fields from them."""
