"""What version 2026-11-01 changed: base64 vectors, and several texts in one request."""

from typing import Any

from aurous.http.versions.change import Example, VersionChange
from aurous.kernel.errors import ERROR_CODES, AurousError

Schema = dict[str, Any]
_DATE = "2026-11-01"
_EMBED = "POST /v1/embeddings"
_ESTIMATE = "POST /v1/embeddings/estimate"
_BATCH_REFUSED = "embeddings_batch_not_supported"


class Base64Vectors(VersionChange):
    """Before it, every vector was an array of JSON numbers."""

    date = _DATE
    title = '`encoding_format: "base64"` is honoured'
    why = (
        "OpenAI's JavaScript SDK asks for base64 unless told otherwise, and turns numbers into a "
        "short wrong array without an error. Base64 is also a third of the bytes."
    )
    operations = (_EMBED,)
    advice = (
        "Look for programs that name base64 and read numbers: they will get a text to decode. "
        "OpenAI's SDKs ask for base64 and decode it themselves. Everybody else sees no difference."
    )
    example = Example(
        sent={"input": "The quick brown fox", "encoding_format": "base64"},
        before='"embedding": [0.0123, -0.0456]',
        after='"embedding": "8IVJPBHHOr0="',
    )

    def request(self, operation: str, body: dict[str, Any]) -> dict[str, Any]:
        """Whoever asked for base64 got numbers."""
        if operation == _EMBED and body.get("encoding_format") == "base64":
            return {**body, "encoding_format": "float"}
        return body

    def schema(self, document: Schema) -> Schema:
        """A vector is never a string."""
        schemas = document["components"]["schemas"]
        if "Vector" in schemas:
            schemas["Vector"] = schemas["Vector"]["oneOf"][0]
        return document


class BatchesOfStrings(VersionChange):
    """Before it, a request was one embedding."""

    date = _DATE
    title = "`input` may be an array of 1 to 256 strings"
    why = (
        "Programs that embed a collection spend most of their time on round trips. The strings "
        "are answered one to one and in order, charged as their sum, all or nothing."
    )
    operations = (_EMBED, _ESTIMATE)
    advice = (
        "Nothing that works today stops working: an array of strings was refused, and is answered. "
        f"Only a program that waits for the error {_BATCH_REFUSED} has to change."
    )
    example = Example(
        sent={"input": ["The quick brown fox", "jumps over the lazy dog"]},
        before=f'"error": {{"code": "{_BATCH_REFUSED}"}}',
        after='"data": [{"index": 0}, {"index": 1}]',
    )

    def request(self, operation: str, body: dict[str, Any]) -> dict[str, Any]:
        """An array of strings was refused."""
        content = body.get("input") if operation in (_EMBED, _ESTIMATE) else None
        if isinstance(content, list) and content and all(isinstance(one, str) for one in content):
            raise AurousError(
                _BATCH_REFUSED,
                "This API version takes exactly one embedding a request: send a string or an "
                'array of parts such as {"type": "text", "text": "…"}, or send the header '
                f"Aurous-Version: {_DATE} to embed several strings at once.",
                param="input",
            )
        return body

    def schema(self, document: Schema) -> Schema:
        """One string or one document in, one vector out, and an error for more."""
        schemas = document["components"]["schemas"]
        if "EmbeddingInput" in schemas:
            several = {"$ref": "#/components/schemas/EmbeddingInputStrings"}
            schemas["EmbeddingInput"]["oneOf"].remove(several)
        if "EmbeddingResponse" in schemas:
            data = schemas["EmbeddingResponse"]["properties"]["data"]
            data["maxItems"] = 1
            data["items"]["properties"]["index"] = {"const": 0}
        for operation in (_EMBED, _ESTIMATE):
            _can_fail_with(_BATCH_REFUSED, document, operation)
        return document


def _can_fail_with(code: str, document: Schema, operation: str) -> None:
    method, path = operation.split()
    if path not in document["paths"]:
        return
    responses = document["paths"][path][method.lower()]["responses"]
    response = responses[str(ERROR_CODES[code].status)]
    narrowed = response["content"]["application/json"]["schema"]["allOf"][1]
    codes = narrowed["properties"]["error"]["properties"]["code"]["enum"]
    codes[:] = sorted({*codes, code})
    response["description"] = ", ".join(codes)


CHANGES = (Base64Vectors(), BatchesOfStrings())
