"""The one error that callers see, and the identifiers they see."""

import pickle
import re

import pytest

from aurous.kernel.errors import ERROR_CODES, AurousError
from aurous.kernel.ids import id_length, new_id


@pytest.mark.parametrize("code", ERROR_CODES)
def test_every_code_has_a_status_of_its_family(code):
    error = AurousError(code, "message")
    families = {
        "invalid_request": {400, 402, 405, 409, 413, 415},
        "authentication": {401, 403},
        "not_found": {404},
        "rate_limit": {429},
        "server_error": {500, 503, 504},
    }
    assert error.status in families[error.type]


def test_an_error_survives_the_way_to_another_process():
    error = AurousError("provider_unavailable", "busy", param="input[0]", retry_after_s=5)
    again = pickle.loads(pickle.dumps(error))
    assert vars(again) == vars(error)
    assert str(again) == "busy"


def test_the_table_of_codes_cannot_be_changed():
    with pytest.raises(TypeError):
        ERROR_CODES["new"] = ERROR_CODES["internal_error"]


def test_identifiers_name_their_kind_and_fit_their_column():
    ids = [new_id("emb") for _ in range(100)]
    assert all(re.fullmatch(r"emb_[0-9A-HJKMNP-TV-Z]{26}", id_) for id_ in ids)
    assert {len(id_) for id_ in ids} == {id_length("emb")}
    assert len(set(ids)) == 100
