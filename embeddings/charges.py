"""What a request was charged, by modality, as its row tells it."""

from billing.models import HoldStatus
from billing.pricing import Cost, TokenPrice, Tokens, cost
from embeddings.models import Inference


def charged_of(row: Inference) -> Cost:
    """Nano-credits; the three sum to ``row.charged``."""
    if row.status != HoldStatus.SETTLED or row.exempt:
        return Cost()
    price = TokenPrice(row.price_text, row.price_visual, row.price_video)
    return cost(Tokens(row.tokens_text, row.tokens_visual, row.tokens_video), price)
