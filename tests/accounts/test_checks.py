from accounts.checks import check_peppers, check_trusted_proxies


def test_peppers_that_cannot_be_read_are_accounts_e001(settings):
    settings.AUROUS_KEY_PEPPERS = "1:secret,1:other"
    (error,) = check_peppers()
    assert error.id == "accounts.E001"
    assert "secret" not in error.msg


def test_a_trusted_proxy_that_is_no_address_is_accounts_e002(settings):
    settings.TRUSTED_PROXIES = ["10.0.0.1", "proxy.local"]
    (error,) = check_trusted_proxies()
    assert error.id == "accounts.E002"
    assert "proxy.local" in error.msg


def test_good_settings_pass(settings):
    settings.AUROUS_KEY_PEPPERS = "2:new,1:old"
    settings.TRUSTED_PROXIES = ["10.0.0.1", "10.1.0.0/16", "::1"]
    assert check_peppers() == check_trusted_proxies() == []
