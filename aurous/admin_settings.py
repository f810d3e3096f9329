"""Settings of the operators' admin: who gets in, where it answers, what its start page reads."""

from aurous.env import env_bool, env_int, env_text

# Whoever opens the admin must have shown a second factor in this session.
ADMIN_MFA = env_bool("AUROUS_ADMIN_MFA", default=env_text("AUROUS_ENV", "dev") == "production")
# `admin.example.com`, with a port where the address has one. Empty: wherever the pages are.
ADMIN_HOST = env_text("AUROUS_ADMIN_HOST").lower()

START_CACHE_SECONDS = 15  # how old the numbers of the start page may be
START_MONTH_CACHE_SECONDS = 120  # likewise, of top-ups of 30 days
START_OVER_CACHE_SECONDS = 8 * 86_400  # how long hours and days that are over are remembered
START_CACHE_AWAY_SECONDS = 5  # so long a cache that did not answer is not asked again
FIND_HITS_MAX = 10  # of one kind

# How often the invariants are checked by themselves; 0: only when somebody asks.
PROOF_EVERY_SECONDS = env_int("AUROUS_PROOF_EVERY_SECONDS", 86_400)
PROOF_LOOK_SECONDS = env_int("AUROUS_PROOF_LOOK_SECONDS", 5)  # how soon one that is asked begins
PROOF_BEAT_SECONDS = 10  # how often a running check says that it is alive
PROOF_LOST_SECONDS = 60  # after so long without that it is taken for dead
PROOF_DIFFERENCES_MAX = 20  # kept of one invariant
PROOFS_KEPT_MAX = 100
