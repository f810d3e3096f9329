"""Search with LangChain. Needs `pip install langchain-openai` and a key in AUROUS_API_KEY."""

import os

from langchain_core.vectorstores import InMemoryVectorStore
from langchain_openai import OpenAIEmbeddings

embeddings = OpenAIEmbeddings(
    model="aurous-embed-text",
    base_url=os.environ.get("AUROUS_BASE_URL", "http://127.0.0.1:8000/v1"),
    api_key=os.environ["AUROUS_API_KEY"],
    # LangChain sends arrays of texts, which this version takes.
    default_headers={"Aurous-Version": "2026-11-01"},
    # It shall send the texts, not the token numbers of another model.
    check_embedding_ctx_length=False,
)

texts = ["The cat sat on the mat.", "Interest rates went up again.", "A recipe for lentil soup."]
store = InMemoryVectorStore.from_texts(texts, embeddings)
question = "What is happening in the economy?"
for document, nearness in store.similarity_search_with_score(question, k=3):
    print(f"{nearness:.3f}  {document.page_content}")
