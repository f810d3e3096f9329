"""Qwen's tokenizer: how it splits a text, and where a text may be cut without changing a token.

The cutting rule follows from ``SPLIT``, matched from left to right on the text in NFC:
- no match goes from a character that is no white space on to a blank or tab, none from a letter or
  digit on to a mark that is neither, none from digit to digit: at each such place a match ends;
- what stands before it is split the same way without what follows: the only look-ahead is at the
  character after white space, and before each such place stands none;
- blank, tab, digits and the marks in ``BOUNDARY`` never join what stands before them in NFC;
- no token that the tokenizer finds before splitting (``<think>``) holds such a place.
"""

import json
import re

from tokenizers import Tokenizer

TOKENIZER_FILE = "tokenizer.json"
SPLIT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)
# Letters and digits that NFC leaves alone, with the marks that may follow them: ASCII without those
# inside tokens (`_`, `|`, `<`, `>`), and CJK punctuation, full width too.
BOUNDARY = re.compile(
    r"(?<=\S)[ \t]|(?<=[0-9])[0-9]"
    r"|(?<=[0-9A-Za-z\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fa5\uac00-\ud7a3])"
    r"[\r\n!-/:;=?@\[\]^`{}~\u3001\u3002\uff01\uff0c\uff0e\uff1a\uff1b\uff1f]"
)


def boundary(tokenizer: Tokenizer) -> re.Pattern[str] | None:
    """Where texts may be cut for this tokenizer; None when it splits in a way not known here."""
    splitter, normalizer = (
        json.loads(part.__getstate__()) if part else {}
        for part in (tokenizer.pre_tokenizer, tokenizer.normalizer)
    )
    known = [("Split", {"Regex": SPLIT}), ("ByteLevel", None)]
    found = [(part["type"], part.get("pattern")) for part in splitter.get("pretokenizers", [])]
    return BOUNDARY if found == known and normalizer.get("type") == "NFC" else None
