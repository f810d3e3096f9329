"""The operators' face of this app. Every change goes through an operation, so it is audited."""

from accounts.admin import audit, keys, people, sign_in, teams, visits

__all__ = ["audit", "keys", "people", "sign_in", "teams", "visits"]
