"""The texts that every target gets: about twenty tokens each, and never the same twice in a row."""

from __future__ import annotations

import random

# Everyday words, nearly all of them one token to a BERT vocabulary: 18 words make about 20 tokens.
WORDS = (
    "time year people way day man thing woman life child world school state family student "
    "group country problem hand part place case week company system program question work "
    "government number night point home water room mother area money story fact month lot right "
    "study book eye job word business issue side kind head house service friend father power "
    "hour game line end member law car city community name president team minute idea body "
    "information back parent face others level office door health person art war history party "
    "result change morning reason research girl guy moment air teacher force education foot boy "
    "age policy music market process sense nation plan college interest death experience "
)
WORDS_PER_TEXT = 18
COUNT = 4096


def make_texts(count: int = COUNT, seed: int = 7) -> list[str]:
    """The same `count` different texts on every machine and in every run."""
    words = WORDS.split()
    source = random.Random(seed)
    texts: dict[str, None] = {}
    while len(texts) < count:
        texts[" ".join(source.choices(words, k=WORDS_PER_TEXT)) + "."] = None
    return list(texts)
