"""`data:` URLs: their form, their size without decoding, their bytes."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embeddings.media import data_urls


def url_of(data, mime="image/png"):
    return f"data:{mime};base64,{base64.b64encode(data).decode()}"


@given(st.binary(max_size=200))
def test_bytes_come_back_and_are_counted_without_decoding(data):
    url = url_of(data)
    assert data_urls.decode(url) == data
    assert data_urls.bytes_of(url) == len(data)


@pytest.mark.parametrize(
    "prefix",
    [
        "data:image/png;base64,",
        "DATA:Image/PNG;BASE64,",
        "data:image/svg+xml;charset=utf-8;base64,",
        "data:video/mp4;codecs=avc1.42E01E;base64,",
        "data:application/vnd.x-y_z!#$&^;a=b;c=d;base64,",
    ],
)
def test_these_forms_are_read(prefix):
    assert data_urls.decode(prefix + "YQ==") == b"a"


@pytest.mark.parametrize(
    "url",
    [
        "data:",
        "data:,a",
        "data:;base64,YQ==",
        "data:image/png,YQ==",
        "data:image/png;base64;YQ==",
        "data:image/png;utf8,YQ==",
        "data:image;base64,YQ==",
        "data:image/png ;base64,YQ==",
        "data: image/png;base64,YQ==",
        "data:image/png;base64",
        "data:image/png;" + "a=b;" * 100 + "base64,YQ==",
    ],
)
def test_these_forms_are_not(url):
    assert data_urls.is_data_url(url)
    assert data_urls.start_of(url) is None
    with pytest.raises(data_urls.NotBase64):
        data_urls.decode(url)


@pytest.mark.parametrize(
    "text",
    ["a", "YQ", "YQ=", "YQ===", "YQ==YQ==", "Y Q=", "Y\nQ=", "YQ==\n", "Y-_=", "é", "="],
)
def test_what_is_no_exact_base64_is_refused(text):
    with pytest.raises(data_urls.NotBase64):
        data_urls.decode("data:image/png;base64," + text)


def test_other_urls_are_none():
    assert not data_urls.is_data_url("https://example.com/data:")
    assert not data_urls.is_data_url("dat")
