"""What travels to a worker and back comes out as it went in."""

import json

import numpy as np

from aurous.kernel.errors import AurousError
from billing.pricing import Cost, Tokens
from embeddings.admission import Admission, _messages
from embeddings.transport.replies import messages_of, pack_replies, unpack_replies
from embeddings.work import MediaItem, WorkItem, WorkReply

SECRET = "https://cdn.example/cat.png?token=hush"
IMAGE = MediaItem("image", 2, SECRET, "input[1].image_url.url", 1_280, 1_280)
VIDEO = MediaItem("video", 3, "data:video/mp4;base64,aHVzaA==", "input[2].video_url.url", 1_280, 40)
ITEM = WorkItem("emb_1", "team_1", (5, 6, 7), 1_024, True, (IMAGE, VIDEO))


def test_a_request_survives_the_broker():
    message = json.loads(json.dumps(ITEM.as_message()))
    assert WorkItem.from_message(message) == ITEM


def test_a_batch_survives_the_broker_and_one_document_travels_as_it_always_did():
    batch = WorkItem("emb_2", "team_1", (5, 6, 7, 8), 384, False, (), (1, 3))
    message = json.loads(json.dumps(batch.as_message()))
    assert WorkItem.from_message(message) == batch
    assert WorkItem.from_message(message).documents == [(5,), (6, 7, 8)]
    assert len(ITEM.as_message()) == 6  # a worker of the version before understands it
    assert ITEM.documents == [(5, 6, 7)]


def test_the_vectors_of_a_batch_survive_the_way_back():
    vectors = np.arange(6, dtype=np.float32).reshape(3, 2)
    replies = [WorkReply("emb_2", None, vectors), WorkReply("emb_3", None, vectors[:1])]
    batch, single = unpack_replies(pack_replies(replies))
    assert batch.vectors.tolist() == vectors.tolist()
    assert single.vectors.tolist() == vectors[:1].tolist()


def test_replies_with_many_vectors_come_back_in_several_messages_and_in_order():
    rows = {"emb_1": 5, "emb_2": 5, "emb_3": 100, "emb_4": 1}
    replies = [WorkReply(id_, None, np.ones((n, 1), np.float32)) for id_, n in rows.items()]
    replies.append(WorkReply("emb_5", AurousError("internal_error", "No.")))
    messages = [unpack_replies(message) for message in messages_of(replies, 40)]
    ids = [[reply.id for reply in message] for message in messages]
    assert ids == [["emb_1", "emb_2"], ["emb_3"], ["emb_4", "emb_5"]]
    assert list(messages_of([], 40)) == []


def test_a_reply_survives_the_broker():
    reply = WorkReply(
        "emb_1",
        AurousError("media_fetch_failed", "No.", param="input[1].image_url.url", retry_after_s=2),
        np.float32([[0.5, 0.25]]),
        Tokens(1, 2, 3),
        Cost(4, 5, 6),
        {"queue": 1.5},
    )
    head, vectors = reply.as_message()
    back = WorkReply.from_message(json.loads(json.dumps(head)), vectors)
    assert (back.id, back.tokens, back.charged, back.timings_ms) == (
        reply.id, reply.tokens, reply.charged, reply.timings_ms,
    )  # fmt: skip
    assert back.vectors.tolist() == [[0.5, 0.25]]
    assert vars(back.error) == vars(reply.error)


def test_what_is_held_counts_by_modality():
    assert ITEM.tokens_max == Tokens(text=3, visual=1_280, video=40)


def test_memory_of_pixels_is_three_bytes_each_and_two_frames_a_video_token():
    assert IMAGE.pixel_bytes_max == 1_280 * 32 * 32 * 3
    assert VIDEO.pixel_bytes_max == 40 * 32 * 32 * 2 * 3


def test_no_repr_shows_what_a_customer_sent():
    shown = repr(ITEM)
    assert "emb_1" in shown
    for secret in ("hush", "aHVzaA", "cdn.example", "(5, 6, 7)"):
        assert secret not in shown


def test_large_requests_travel_in_several_messages_and_order_is_kept(settings):
    settings.WORK_MESSAGE_BYTES_MAX = 1_000

    def admission(number, characters):
        media = MediaItem("image", 0, "x" * characters, "input[0].image_url.url", 1, 1)
        return Admission(None, WorkItem(f"emb_{number}", "t", (), 1, False, (media,)))

    sizes = [400, 500, 200, 5_000, 10, 10]
    group = [admission(number, size) for number, size in enumerate(sizes)]
    parts = [[int(a.work.id[4:]) for a in message] for message in _messages(group)]
    assert parts == [[0, 1], [2], [3], [4, 5]]
