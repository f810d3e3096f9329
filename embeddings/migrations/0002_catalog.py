"""The models and prices of the first day, and how PostgreSQL keeps requests."""

from datetime import UTC, datetime
from decimal import Decimal

from django.db import migrations

FIRST_DAY = datetime(2026, 5, 15, tzinfo=UTC)
MODELS = [
    {
        "slug": "aurous-embed-text",
        "engine": "text_encoder",
        "tokenizer": "minilm",
        "owned_by": "sentence-transformers (MiniLM-L6-v2, Apache-2.0)",
        "context_window": 254,
        "default_dimensions": 384,
        "dimensions": None,
        "modalities": ["text"],
    },
    {
        "slug": "aurous-embed-vision",
        "engine": "qwen3_vl",
        "tokenizer": "qwen3_vl",
        "owned_by": "Qwen (Qwen3-VL-Embedding, Apache-2.0)",
        "context_window": 16_384,
        "default_dimensions": 2_048,
        "dimensions": [2_048, 1_024, 512, 256, 128],
        "modalities": ["text", "image", "video"],
    },
    {
        "slug": "aurous-stub",
        "engine": "stub",
        "tokenizer": "minilm",
        "owned_by": "aurous (no model: numbers made from a hash)",
        "context_window": 8_192,
        "default_dimensions": 384,
        "dimensions": [64, 128, 256, 384],
        "modalities": ["text"],
        "development_only": True,
    },
]
# USD per million tokens; with 50 % markup 18.75 and 48.75 credits per million.
TEXT, MEDIA, MARKUP = Decimal("0.125"), Decimal("0.325"), Decimal(50)
# Nano-credits a token, as billing.prices computes them; migrations import no app code.
NANO_TEXT, NANO_MEDIA = 18_750, 48_750


# Django makes a second index for LIKE on each unique text column. Nobody searches these so, and
# each costs every insert.
DROP_LIKE_INDEXES = """
    DO $$ DECLARE name text; BEGIN
        FOR name IN SELECT indexname FROM pg_indexes WHERE schemaname = current_schema()
            AND tablename = 'embeddings_inference' AND indexname LIKE '%\_like' LOOP
            EXECUTE format('DROP INDEX %I', name);
        END LOOP;
    END $$
"""


def forwards(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(DROP_LIKE_INDEXES, params=None)
        # Room on each page for the step from queued to running, which then touches no index.
        schema_editor.execute("ALTER TABLE embeddings_inference SET (fillfactor = 80)")
    catalog = apps.get_model("embeddings", "CatalogModel")
    price = apps.get_model("billing", "Price")
    for fields in MODELS:
        catalog.objects.create(**fields)
        media = "image" in fields["modalities"]
        price.objects.create(
            model=fields["slug"],
            usd_text=TEXT,
            usd_visual=MEDIA if media else None,
            usd_video=MEDIA if media else None,
            markup_pct=MARKUP,
            effective_at=FIRST_DAY,
            nano_text=NANO_TEXT,
            nano_visual=NANO_MEDIA if media else None,
            nano_video=NANO_MEDIA if media else None,
        )


def backwards(apps, schema_editor):
    slugs = [fields["slug"] for fields in MODELS]
    apps.get_model("embeddings", "CatalogModel").objects.filter(slug__in=slugs).delete()
    apps.get_model("billing", "Price").objects.filter(model__in=slugs, team=None).delete()


class Migration(migrations.Migration):
    dependencies = [("embeddings", "0001_initial"), ("billing", "0002_append_only")]
    operations = [migrations.RunPython(forwards, backwards)]
