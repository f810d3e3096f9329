"""The database has the last word: each rule is heard through a raw cursor, round the ORM."""

import pytest
from django.db import DataError, IntegrityError, connection, transaction

REFUSED = [
    "UPDATE accounts_team SET name = ''",
    "UPDATE accounts_team SET default_api_version = ''",
    "UPDATE accounts_team SET billing_mode = 'free'",
    "UPDATE accounts_team SET rpm_limit = -1",
    "UPDATE accounts_team SET tpm_limit = -1",
    "UPDATE accounts_team SET concurrency_limit = -1",
    "UPDATE accounts_team SET name = NULL",
    "UPDATE accounts_membership SET role = 'king'",
    "INSERT INTO accounts_membership (team_id, user_id, role)"
    " SELECT team_id, user_id, role FROM accounts_membership",
    "UPDATE accounts_apikey SET name = ''",
    "UPDATE accounts_apikey SET scope = 'admin'",
    "UPDATE accounts_apikey SET limit_day_nano = -1",
    "UPDATE accounts_apikey SET limit_month_nano = -1",
    "UPDATE accounts_apikey SET limit_total_nano = -1",
    "UPDATE accounts_apikey SET rpm = 0",
    "UPDATE accounts_apikeysecret SET digest = 'same'",
    "INSERT INTO accounts_apikeysecret (api_key_id, digest, pepper_version, head, tail)"
    " SELECT api_key_id, 'other', 1, head, tail FROM accounts_apikeysecret LIMIT 1",
]


@pytest.mark.parametrize("sql", REFUSED)
def test_the_database_refuses(cast, sql):
    cast.key()
    cast.key()
    with pytest.raises((IntegrityError, DataError)), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(sql)


def test_an_id_has_its_prefix(cast):
    sql = (
        "INSERT INTO accounts_team (id, name, default_api_version, billing_mode)"
        " VALUES ('acme', 'Acme', '2026-05-15', 'metered')"
    )
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
