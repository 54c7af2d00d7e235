"""The HTTP API on one page that needs neither the network nor a script: drawn from the OpenAPI document."""

import html
import json
from itertools import groupby
from typing import Any, Final

from fastapi import FastAPI
from fastapi.responses import HTMLResponse

from desktop.api.specification import Schema, operations

_STYLE: Final = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h2 { margin-top: 3rem; text-transform: capitalize; }
details { border: 1px solid #8886; border-radius: 8px; margin: .5rem 0; padding: .5rem 1rem; }
summary { cursor: pointer; } summary b { display: inline-block; min-width: 4.5rem; }
code, pre { font: 14px/1.45 ui-monospace, monospace; }
pre { overflow-x: auto; background: #8881; border-radius: 8px; padding: .75rem; }
table { border-collapse: collapse; } td, th { text-align: left; vertical-align: top; padding: .2rem 1rem .2rem 0; }
"""
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"
_BEGINNING: Final = """
<p>Every request carries <code>Authorization: Bearer TOKEN</code>. The address and the token stand in
<code>engine.json</code> in Legwork's data folder while Legwork runs. Errors say in <code>detail</code> what happened
and in <code>hint</code> what to do.</p>
"""


class DocsPage:
    """The page of an application; drawn anew each time, since it is hardly ever asked for."""

    def __init__(self, routes: FastAPI) -> None:
        self._routes = routes

    async def show(self) -> HTMLResponse:
        """The HTTP API on one page, for people."""
        return HTMLResponse(docs_page(self._routes.openapi()), headers={"Content-Security-Policy": _POLICY})


def docs_page(document: Schema) -> str:
    """The page, in HTML."""
    title = f"{document['info']['title']} {document['info']['version']}: HTTP API"
    found = sorted(operations(document), key=lambda each: each[2].get("tags", [""])[0])
    sections = []
    for tag, members in groupby(found, key=lambda each: each[2].get("tags", [""])[0]):
        sections.append(f"<h2>{_text(tag)}</h2>" + "".join(_operation(*each) for each in members))
    schemas = "".join(_named(name, each) for name, each in sorted(document["components"]["schemas"].items()))
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{_text(title)}</title><style>{_STYLE}</style>'
        f"<h1>{_text(title)}</h1>{_BEGINNING}{''.join(sections)}<h2>Shapes</h2>{schemas}</html>"
    )


def _operation(method: str, path: str, operation: Schema) -> str:
    told = _text(operation.get("description", "")).replace("\n\n", "</p><p>")
    head = f"<summary><b>{method.upper()}</b> <code>{_text(path)}</code></summary>"
    body = operation.get("requestBody", {}).get("content", {})
    bodies = "".join(f"<h4>Body: {_text(name)}</h4>{_content(each)}" for name, each in body.items())
    answers = "".join(_answer(status, each) for status, each in sorted(operation["responses"].items()))
    answers = f"<h4>Answers</h4><table>{answers}</table>"
    return f"<details>{head}<p>{told}</p>{_parameters(operation)}{bodies}{answers}</details>"


def _parameters(operation: Schema) -> str:
    rows = "".join(
        f"<tr><td><code>{_text(each['name'])}</code><td>{_text(each['in'])}"
        f"<td>{'required' if each.get('required') else ''}<td><code>{_text(_kind(each['schema']))}</code></tr>"
        for each in operation.get("parameters", [])
    )
    return f"<h4>Parameters</h4><table>{rows}</table>" if rows else ""


def _answer(status: str, answer: Schema) -> str:
    kinds = [f"{name} {_kind(each.get('schema', {}))}".strip() for name, each in answer.get("content", {}).items()]
    return f"<tr><td>{_text(status)}<td>{_text(answer['description'])}<td><code>{_text(', '.join(kinds))}</code></tr>"


def _content(content: Schema) -> str:
    examples = [each["value"] for each in content.get("examples", {}).values()]
    examples += [content["example"]] if "example" in content else []
    shape = f"<p><code>{_text(_kind(content.get('schema', {})))}</code></p>"
    return shape + "".join(_json(each) for each in examples)


def _named(name: str, schema: Schema) -> str:
    return f"<details><summary><code>{_text(name)}</code></summary>{_json(schema)}</details>"


def _kind(schema: Schema) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " or ".join(_kind(each) for each in schema["anyOf"])
    return str(schema.get("type", ""))


def _json(value: Any) -> str:
    return f"<pre>{_text(json.dumps(value, indent=2, ensure_ascii=False))}</pre>"


def _text(value: object) -> str:
    return html.escape(str(value))
