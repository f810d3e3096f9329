"""A small byte-level BPE tokenizer of Qwen's form, trained on the few sentences in this file."""

import json
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, normalizers, processors
from tokenizers.models import BPE
from tokenizers.pre_tokenizers import ByteLevel, Sequence, Split
from tokenizers.trainers import BpeTrainer

from embeddings.engine.qwen3_vl_tokenizer import SPLIT, TOKENIZER_FILE

END_OF_TEXT = "<|endoftext|>"
# Qwen3-VL's own, in its order.
SPECIAL = (
    END_OF_TEXT,
    *("<|im_start|>", "<|im_end|>"),
    *("<|object_ref_start|>", "<|object_ref_end|>", "<|box_start|>", "<|box_end|>"),
    *("<|quad_start|>", "<|quad_end|>", "<|vision_start|>", "<|vision_end|>"),
    *("<|vision_pad|>", "<|image_pad|>", "<|video_pad|>"),
)
# Tokens of their own as well, but not special: a customer's text may become these.
NOT_SPECIAL = (
    *("<tool_call>", "</tool_call>", "<|fim_prefix|>", "<|fim_middle|>", "<|fim_suffix|>"),
    *("<|fim_pad|>", "<|repo_name|>", "<|file_sep|>", "<tool_response>", "</tool_response>"),
    *("<think>", "</think>"),
)
# Renders what the published template renders for one system and one user message.
CHAT_TEMPLATE = (
    "{%- for message in messages %}{{ '<|im_start|>' + message.role + '\\n' }}"
    "{%- if message.content is string %}{{ message.content }}{%- else %}"
    "{%- for part in message.content %}"
    "{%- if part.type == 'image' %}{{ '<|vision_start|><|image_pad|><|vision_end|>' }}"
    "{%- elif part.type == 'video' %}{{ '<|vision_start|><|video_pad|><|vision_end|>' }}"
    "{%- else %}{{ part.text }}{%- endif %}{%- endfor %}{%- endif %}"
    "{{ '<|im_end|>\\n' }}{%- endfor %}"
    "{%- if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{%- endif %}"
)
_SENTENCES = """
Represent the user's input. The system, the user and the assistant take turns.
The cat sat on the mat. A small dog runs along the beach and plays in the sand with a red ball.
A photograph of mountains behind a lake, early in the morning, with snow on the highest of them.
Search for documents, pictures and videos that say or show what somebody is looking for.
The first frame of the video shows a street; after ten seconds a yellow tram stops at the corner.
Every price is given in dollars, every length in metres, and every duration in seconds.
She said that they'd be here at 12:30, but it's 14:05 now and we're still waiting for them.
Please describe the image, compare it with the second one, and tell which of the two is older.
def vector(text: str) -> list[float]: return model.encode([text], dimensions=1024)[0]
Numbers from 0 to 9 stand alone: 0 1 2 3 4 5 6 7 8 9. Letters make words, words make sentences.
Where there is a question there should be an answer, however short it may be.
"""


def train(vocabulary: int) -> Tokenizer:
    """Make a tokenizer with exactly so many tokens. The same one at every call."""
    tokenizer = Tokenizer(BPE())
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = Sequence(
        [
            Split(Regex(SPLIT), behavior="isolated"),
            ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = BpeTrainer(
        vocab_size=vocabulary - len(SPECIAL) - len(NOT_SPECIAL),
        initial_alphabet=sorted(ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(_SENTENCES.splitlines(), trainer)
    tokenizer.add_special_tokens([AddedToken(t, normalized=False, special=True) for t in SPECIAL])
    tokenizer.add_tokens([AddedToken(token, normalized=False) for token in NOT_SPECIAL])
    tokenizer.post_processor = _ending(tokenizer.get_vocab()[END_OF_TEXT])
    if tokenizer.get_vocab_size() != vocabulary:
        raise ValueError(f"the sentences give {tokenizer.get_vocab_size()} tokens")
    return tokenizer


def write(tokenizer: Tokenizer, folder: Path) -> None:
    """Write tokenizer.json and tokenizer_config.json."""
    (folder / TOKENIZER_FILE).write_text(tokenizer.to_str(pretty=False) + "\n")
    config = {
        "tokenizer_class": "Qwen2Tokenizer",
        "added_tokens_decoder": {
            str(token_id): {"content": token.content, "special": token.special}
            | dict.fromkeys(("lstrip", "normalized", "rstrip", "single_word"), False)
            for token_id, token in sorted(tokenizer.get_added_tokens_decoder().items())
        },
        "additional_special_tokens": list(SPECIAL[1:]),
        "bos_token": None,
        "eos_token": "<|im_end|>",
        "pad_token": END_OF_TEXT,
        "unk_token": None,
        "add_prefix_space": False,
        "clean_up_tokenization_spaces": False,
        "errors": "replace",
        "model_max_length": 262_144,
        "split_special_tokens": False,
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n")


def _ending(token_id: int) -> processors.PostProcessor:
    ending = (END_OF_TEXT, token_id)
    return processors.Sequence(
        [
            processors.ByteLevel(add_prefix_space=False, trim_offsets=False, use_regex=False),
            processors.TemplateProcessing(
                single=f"$A {END_OF_TEXT}", pair=f"$A $B {END_OF_TEXT}", special_tokens=[ending]
            ),
        ]
    )
