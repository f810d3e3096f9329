"""The Markdown twins of the pages."""

from collections.abc import Iterator

from aurous.reference.contract import AreaPage, Endpoint, Shown
from aurous.reference.fields import Row
from aurous.reference.guides import QUICKSTARTS
from aurous.reference.site import Site


def start(site: Site) -> str:
    """The first page: quickstarts and where to go on."""
    lines = [f"# Aurous API, version {site.version}", "", site.promise, ""]
    lines += [f"Base URL: {site.base_url}", "", "## Quickstart", ""]
    for quickstart in QUICKSTARTS:
        lines += [f"### {quickstart.language}", "", *_code(quickstart.fence, quickstart.text)]
    for group, pages in site.groups:
        lines += [f"## {group}", ""]
        lines += [f"- [{page.title}]({page.twin})" for page in pages if page.twin]
        lines.append("")
    return _text(lines)


def area(page: AreaPage) -> str:
    """One tag with all its endpoints."""
    lines = [f"# {page.name}", "", page.text, ""]
    for endpoint in page.endpoints:
        lines += _endpoint(endpoint)
    return _text(lines)


def _endpoint(endpoint: Endpoint) -> Iterator[str]:
    yield from (f"## {endpoint.summary}", "", f"`{endpoint.method} {endpoint.path}`", "")
    yield from (endpoint.text, "")
    if endpoint.scope:
        yield from (f"Key: scope `{endpoint.scope}`. Rate limit: `{endpoint.bucket}`.", "")
    else:
        yield from ("No key is needed.", "")
    yield from _rows("Path", endpoint.path_parameters)
    yield from _rows("Query", endpoint.query)
    yield from _rows("Headers", endpoint.headers)
    yield from _rows("Body", endpoint.body)
    for example in endpoint.examples:
        yield from _example(example)
    for status, rows in endpoint.answers:
        yield from _rows(f"Answer {status}", rows)
    yield from ("### Errors", "")
    yield from (
        f"- {error.status} [{error.code}](/errors#{error.code})" for error in endpoint.errors
    )
    yield ""


def _rows(title: str, rows: list[Row]) -> Iterator[str]:
    if not rows:
        return
    yield from (f"### {title}", "")
    for row in rows:
        required = ", required" if row.required else ""
        yield f"- `{row.path}` ({row.type}{required}): {row.text}"
    yield ""


def _example(example: Shown) -> Iterator[str]:
    yield from (f"### Example: {example.title}", "")
    for program in example.programs:
        yield from _code(program.fence, program.text)
    yield from (f"Answer, {example.status}:", "")
    if example.shortened:
        yield from ("Vectors are cut to their first three numbers here.", "")
    yield from _code(example.answer_fence, example.answer)


def _code(fence: str, text: str) -> list[str]:
    return [f"```{fence}", text, "```", ""]


def _text(lines: list[str]) -> str:
    return "\n".join(lines).rstrip() + "\n"
