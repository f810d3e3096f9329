"""Pure: when a delivery that failed is tried again, and when it is given up."""

MINUTE, HOUR = 60, 3_600
# From each attempt to the next; together with the last wait a little less than three days.
WAITS_S = (30, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 8 * HOUR, 20 * HOUR, 40 * HOUR)
ATTEMPTS_MAX = len(WAITS_S) + 1
# Endpoints that went down together must not be asked again together.
JITTER = 0.1


def wait_s(attempt: int, roll: float) -> float | None:
    """Seconds from attempt number ``attempt`` (1 is the first) to the next; None: no more.

    ``roll`` is a random number from 0 to 1; it moves the wait by at most a tenth either way.
    """
    if attempt >= ATTEMPTS_MAX:
        return None
    return WAITS_S[attempt - 1] * (1 + JITTER * (2 * roll - 1))
