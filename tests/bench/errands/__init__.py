"""Small errands over files and one MCP server (the time server of PyPI): what the assistant is judged by.

`frozen` holds the twenty that count. They were written before anything was tried on them and are never tuned on.
`development` holds ten others, on which the assistant may be improved.
"""
