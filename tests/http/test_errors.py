"""The table of the contract (section 4), written out once more."""

import pickle

import pytest
from rest_framework import serializers

from aurous.http.exceptions import as_aurous_error, envelope, exception_handler
from aurous.kernel.errors import ERROR_CODES, AurousError

TABLE = """
missing_api_key 401 authentication
invalid_api_key 401 authentication
revoked_api_key 401 authentication
missing_scope 403 authentication
ip_not_allowed 403 authentication
model_not_allowed 403 authentication
team_suspended 403 authentication
unknown_version 400 invalid_request
invalid_json 400 invalid_request
missing_field 400 invalid_request
unknown_field 400 invalid_request
invalid_format 400 invalid_request
value_out_of_range 400 invalid_request
invalid_page_token 400 invalid_request
invalid_idempotency_key 400 invalid_request
embeddings_batch_not_supported 400 invalid_request
embeddings_input_too_many_items 400 invalid_request
embeddings_input_too_large 400 invalid_request
embeddings_unsupported_dimensions 400 invalid_request
embeddings_modality_unsupported 400 invalid_request
media_url_not_allowed 400 invalid_request
media_fetch_failed 400 invalid_request
media_too_large 400 invalid_request
media_unsupported 400 invalid_request
balance_too_low 402 invalid_request
key_limit_reached 402 invalid_request
resource_not_found 404 not_found
model_not_found 404 not_found
method_not_allowed 405 invalid_request
idempotency_key_in_use 409 invalid_request
payload_too_large 413 invalid_request
unsupported_media_type 415 invalid_request
too_many_requests 429 rate_limit
tpm_rate_limit_exceeded 429 rate_limit
concurrency_limit_exceeded 429 rate_limit
internal_error 500 server_error
provider_unavailable 503 server_error
provider_overloaded 503 server_error
provider_timeout 504 server_error
"""


def test_the_codes_are_those_of_the_contract_and_no_others():
    expected = {
        code: (int(status), type_)
        for code, status, type_ in map(str.split, TABLE.split("\n")[1:-1])
    }
    assert {name: (code.status, code.type) for name, code in ERROR_CODES.items()} == expected


def test_an_error_survives_the_way_to_another_process():
    error = AurousError("missing_field", "x", param="a[0]", retry_after_s=3)
    again = pickle.loads(pickle.dumps(error))
    assert (again.code, again.message, again.param, again.retry_after_s) == (
        "missing_field",
        "x",
        "a[0]",
        3,
    )


def test_a_message_never_holds_a_key():
    key = "al_live_" + "0123456789abcdef" * 4
    body = envelope(AurousError("unknown_field", f"{key} is not known.", param=key), "req_1")
    assert "0123" not in repr(body)


class Inner(serializers.Serializer):
    url = serializers.CharField(max_length=5)


class Outer(serializers.Serializer):
    name = serializers.CharField(min_length=2)
    age = serializers.IntegerField(required=False, max_value=9)
    parts = Inner(many=True, required=False)

    def validate_age(self, value):
        if value == 7:
            raise serializers.ValidationError("Not seven.")
        return value


@pytest.mark.parametrize(
    ("data", "code", "param"),
    [
        ({}, "missing_field", "name"),
        ({"name": None}, "missing_field", "name"),
        ({"name": ""}, "value_out_of_range", "name"),
        ({"name": "x"}, "value_out_of_range", "name"),
        ({"name": ["x"]}, "invalid_format", "name"),
        ({"name": "xx", "age": "old"}, "invalid_format", "age"),
        ({"name": "xx", "age": 10}, "value_out_of_range", "age"),
        ({"name": "xx", "age": 7}, "invalid_format", "age"),
        ({"name": "xx", "parts": [{"url": "x"}, {}]}, "missing_field", "parts[1].url"),
        ({"name": "xx", "parts": [{"url": "toolong"}]}, "value_out_of_range", "parts[0].url"),
        ([], "invalid_format", None),
    ],
)
def test_a_serializers_error_names_the_field(data, code, param):
    serializer = Outer(data=data)
    with pytest.raises(serializers.ValidationError) as caught:
        serializer.is_valid(raise_exception=True)
    error = as_aurous_error(caught.value, "req_1")
    assert (error.code, error.param) == (code, param)


def test_rest_frameworks_own_views_answer_in_the_envelope():
    class Asked:
        request_id = "req_1"

    error = AurousError("provider_overloaded", "Full.")
    response = exception_handler(error, {"request": Asked()})
    assert (response.status_code, response["Retry-After"]) == (503, "1")
    assert response.data == envelope(error, "req_1")
