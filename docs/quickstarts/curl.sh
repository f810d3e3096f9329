#!/bin/sh
# One text, one vector. Needs curl, and in AUROUS_API_KEY a key with the scope write or full.
set -eu
curl --silent --show-error --fail-with-body \
  "${AUROUS_BASE_URL:-http://127.0.0.1:8000/v1}/embeddings" \
  -H "Authorization: Bearer $AUROUS_API_KEY" \
  -H "Content-Type: application/json" \
  -d '{"model": "aurous-embed-text", "input": "The cat sat on the mat."}'
