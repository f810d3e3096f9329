"""An example as a program: curl, Python and JavaScript."""

import json
import pprint
from dataclasses import dataclass

from django.conf import settings

from aurous.reference.answers import path_of
from aurous.reference.words import Example

_KEY = "AUROUS_API_KEY"
WIDTH = 56  # characters that fit beside the words


@dataclass(frozen=True, slots=True)
class Snippet:
    """One program: ``language`` for people, ``fence`` for Markdown, ``slug`` for HTML ids."""

    language: str
    fence: str
    slug: str
    text: str


def snippets(example: Example, version: str, *, public: bool) -> list[Snippet]:
    """The example in each language. ``public``: no key is needed."""
    method, url = example.label.split(" ")[0], settings.AUROUS_PUBLIC_URL + path_of(example)
    headers = {}
    if version != settings.API_DEFAULT_VERSION:
        headers["Aurous-Version"] = version
    parts = (method, url, headers, example.body, public)
    return [
        Snippet("curl", "sh", "curl", _curl(*parts)),
        Snippet("Python", "python", "python", _python(*parts)),
        Snippet("JavaScript", "javascript", "javascript", _javascript(*parts)),
    ]


def _curl(method: str, url: str, headers: dict[str, str], body: object, public: bool) -> str:
    shown = f"'{url}'" if set(url) & set("?&[]") else url
    words = [f"curl -g {shown}" if set(url) & set("[]") else f"curl {shown}"]
    if method not in {"GET", "POST"} or (method == "POST" and body is None):
        words.append(f"-X {method}")
    if not public:
        words.append(f'-H "Authorization: Bearer ${_KEY}"')
    words += [f'-H "{name}: {value}"' for name, value in headers.items()]
    if body is not None:
        text = json.dumps(body, ensure_ascii=False)
        if len(text) > WIDTH:
            text = json.dumps(body, ensure_ascii=False, indent=2).replace("\n", "\n  ")
        text = text.replace("'", "'\\''")
        words += ['-H "Content-Type: application/json"', f"-d '{text}'"]
    return " \\\n  ".join(words)


def _python(method: str, url: str, headers: dict[str, str], body: object, public: bool) -> str:
    given = [] if public else [f'"Authorization": f"Bearer {{os.environ[\'{_KEY}\']}}"']
    given += [f'"{name}": "{value}"' for name, value in headers.items()]
    lines = [f'    "{url}",']
    if given:
        lines.append(f"    headers={{{', '.join(given)}}},")
    if body is not None:
        value = pprint.pformat(body, width=WIDTH, sort_dicts=False).replace("\n", "\n         ")
        lines.append(f"    json={value},")
    imports = "import requests\n" if public else "import os\n\nimport requests\n"
    call = "\n".join(lines)
    return (
        f"{imports}\nanswer = requests.{method.lower()}(\n{call}\n    timeout=60,\n)\n"
        "answer.raise_for_status()\nprint(answer.text)"
    )


def _javascript(method: str, url: str, headers: dict[str, str], body: object, public: bool) -> str:
    given = [] if public else [f"Authorization: `Bearer ${{process.env.{_KEY}}}`"]
    given += [f'"{name}": "{value}"' for name, value in headers.items()]
    if body is not None:
        given.append('"Content-Type": "application/json"')
    options = [] if method == "GET" else [f'  method: "{method}",']
    if given:
        options.append("  headers: {\n" + "".join(f"    {one},\n" for one in given) + "  },")
    if body is not None:
        value = json.dumps(body, ensure_ascii=False, indent=2).replace("\n", "\n  ")
        options.append(f"  body: JSON.stringify({value}),")
    rest = ", {\n" + "\n".join(options) + "\n}" if options else ""
    return (
        f'const answer = await fetch("{url}"{rest});\n'
        "if (!answer.ok) throw new Error(await answer.text());\n"
        "console.log(await answer.text());"
    )
