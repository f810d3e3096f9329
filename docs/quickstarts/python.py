"""Which text is nearest to a question. Needs `pip install openai` and a key in AUROUS_API_KEY."""

import os

from openai import OpenAI

client = OpenAI(
    base_url=os.environ.get("AUROUS_BASE_URL", "http://127.0.0.1:8000/v1"),
    api_key=os.environ["AUROUS_API_KEY"],
)


def embed(text: str) -> list[float]:
    """A vector of unit length."""
    answer = client.embeddings.create(model="aurous-embed-text", input=text)
    return answer.data[0].embedding


texts = ["The cat sat on the mat.", "Interest rates went up again.", "A recipe for lentil soup."]
question = embed("What is happening in the economy?")
for text in texts:
    nearness = sum(a * b for a, b in zip(question, embed(text), strict=True))
    print(f"{nearness:.3f}  {text}")
