"""Every program that the reference shows does run, against the platform behind a real socket."""

import json
import os
import shutil
import subprocess
import sys

import pytest

from aurous.http.versions import registry
from aurous.reference.answers import answers, path_of, recorded_ids
from aurous.reference.contract import openapi
from aurous.reference.finish import examples_of, operations
from aurous.reference.snippets import snippets
from tests.conftest import IN_CI
from tests.reference.stage import ids_for, newcomer

LIMIT_S = 120
END = "-- end of a program --"
OPENAPI = "GET /v1/openapi.json"
COMMANDS = {
    "sh": ["sh", "-euc"],
    "python": [sys.executable, "-c"],
    "javascript": ["node", "--input-type=module", "-e"],
}
NEEDED = {"sh": "curl", "python": "python3", "javascript": "node"}
# All Python programs in one process: each would spend its time on starting.
ONE_AFTER_ANOTHER = """
import contextlib, io, json, sys
for program in json.load(sys.stdin):
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(compile(program, "program", "exec"), {})
    print(json.dumps(said.getvalue()))
"""


def programs(someone, version, fence, host, settings):
    """Example, and its program with this server and objects of this team in it; all of them."""
    for label, operation in operations(openapi(version)):
        for example in examples_of(label, version):
            found = snippets(example, version, public=not operation["security"])
            text = next(one.text for one in found if one.fence == fence)
            mine = path_of(example, ids_for(someone, example, version))
            assert path_of(example, recorded_ids(example)) in text
            text = text.replace(path_of(example), mine)
            yield example, text.replace(settings.AUROUS_PUBLIC_URL, host)


def run(command, key, told=""):
    """What a program says; it must end well."""
    done = subprocess.run(
        command,
        env=os.environ | {"AUROUS_API_KEY": key},
        input=told,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def said_by(fence, texts, key):
    """The output of each program."""
    if fence == "python":
        lines = run([*COMMANDS["python"], ONE_AFTER_ANOTHER], key, json.dumps(texts)).splitlines()
        return [json.loads(line) for line in lines]
    if fence == "javascript":
        # Likewise; a block has names of its own.
        whole = "\n".join(f"{{\n{text}\n}}\nconsole.log({json.dumps(END)});" for text in texts)
        return run([*COMMANDS["javascript"], whole], key).split(END)[:-1]
    return [run([*COMMANDS[fence], text], key) for text in texts]


def fields(answer):
    """The names in an answer that is JSON; of a file the names of its columns."""
    try:
        return list(json.loads(answer))
    except ValueError:
        return answer.strip().splitlines()[0]


@pytest.mark.parametrize("version", registry.versions())
@pytest.mark.parametrize("fence", COMMANDS)
def test_every_program_of_the_reference_runs(served, host, settings, fence, version):
    if shutil.which(NEEDED[fence]) is None:
        (pytest.fail if IN_CI else pytest.skip)(f"needs {NEEDED[fence]}, which is not here")
    someone = newcomer()
    found = list(programs(someone, version, fence, host, settings))
    outputs = said_by(fence, [text for _, text in found], someone.key)
    assert len(outputs) == len(found) > 9
    for (example, _), output in zip(found, outputs, strict=True):
        if example.label == OPENAPI:
            assert json.loads(output)["openapi"].startswith("3.1")
            continue
        body = answers()[example.key]["body"]
        shown = body if isinstance(body, str) else json.dumps(body)
        assert fields(output) == fields(shown), example.label
