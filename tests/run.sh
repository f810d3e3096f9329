#!/usr/bin/env bash
# `make test`: lint, types, checks of Django, then the suite: on PostgreSQL where it answers, and
# on SQLite. What this machine lacks is named; with CI=true a missing store fails the run.
set -u
BIN=${BIN:-.venv/bin}
AUROUS_VAR_DIR=$(mktemp -d)
export AUROUS_VAR_DIR AUROUS_ENV=dev
# The suite starts some hundred processes of Python: each would compile all that it imports anew.
unset PYTHONDONTWRITEBYTECODE
trap 'rm -rf "$AUROUS_VAR_DIR"' EXIT
failed=0

step() {
    local name=$1 log
    shift
    log=$(mktemp)
    if "$@" >"$log" 2>&1; then
        echo "ok    $name"
    else
        echo "FAIL  $name"
        cat "$log"
        failed=1
    fi
    rm -f "$log"
}

embedded() { env -u DATABASE_URL -u REDIS_URL "$@"; }
production() {
    env AUROUS_ENV=production SECRET_KEY="$(openssl rand -hex 40)" \
        AUROUS_KEY_PEPPERS="$(openssl rand -hex 32)" ALLOWED_HOSTS=aurous.example \
        AUROUS_PUBLIC_URL=https://aurous.example DATABASE_URL=postgres://aurous@127.0.0.1/aurous \
        REDIS_URL=redis://127.0.0.1:6379/0 EMAIL_URL=smtp+tls://127.0.0.1:587 "$@"
}

# The clients of the SDK tests are installed meanwhile: that waits for the network much of the time.
clients_log=$(mktemp)
make --no-print-directory --keep-going sdk-clients >"$clients_log" 2>&1 &
clients=$!

step "ruff format" "$BIN/ruff" format --check --quiet .
step "ruff check" "$BIN/ruff" check --quiet .
step "mypy" "$BIN/mypy" --no-error-summary aurous accounts billing embeddings
step "makemigrations --check" embedded "$BIN/python" manage.py makemigrations --check --dry-run
step "check --deploy" production "$BIN/python" manage.py check --deploy --fail-level WARNING

if wait $clients; then
    echo "ok    clients of the SDK tests"
else
    echo "could not install the clients of the SDK tests; their tests name what is missing"
    cat "$clients_log"
fi
rm -f "$clients_log"

# The suite twice: the money must hold on both databases. Stack tests need PostgreSQL and Redis.
# A file stays with one process: what its tests share (a stack, a loaded model) is made once. One
# more than there are cores: who waits for a stack or a browser leaves a core to the others.
echo "== PostgreSQL (or SQLite where none answers)"
"$BIN/python" -m pytest -n 3 --dist loadfile "$@" || failed=1
if [ $failed = 0 ] || [ "${CI:-}" = true ]; then
    echo "== SQLite"
    # What asks no database, or loads models, has been run: it would be the same again.
    AUROUS_TESTS_OF=database AUROUS_TEST_DB=sqlite "$BIN/python" -m pytest -n 3 --dist loadfile -m "not stack and not engine" \
        --ignore=tests/kernel/outbound --ignore=tests/embeddings/media \
        --ignore=tests/embeddings/api/test_hostile_crowd.py \
        tests/billing tests/concurrency tests/kernel tests/accounts tests/embeddings \
        tests/journeys "$@" || failed=1
fi
exit $failed
