# A private PostgreSQL for the tests: sourced by servers.sh.

POSTGRES_BIN=""

postgres_start() {
    if [ -n "${ALUDEL_TEST_POSTGRES_URL:-}" ]; then
        echo "PostgreSQL: the one of ALUDEL_TEST_POSTGRES_URL"
        return
    fi
    find_postgres || install_postgres
    start_postgres
}

postgres_stop() {
    [ -s "$SERVERS_DIR/postgres/postmaster.pid" ] || return 0
    unprivileged "$POSTGRES_BIN/pg_ctl" stop -D "$SERVERS_DIR/postgres" -m immediate -w -s || true
}

# Sets POSTGRES_BIN to the newest installed server.
find_postgres() {
    local candidate
    for candidate in $(ls -d /usr/lib/postgresql/*/bin /usr/local/pgsql/bin 2>/dev/null | sort -rV) \
        "$(dirname "$(command -v initdb || echo /nowhere/initdb)")"; do
        if [ -x "$candidate/initdb" ] && [ -x "$candidate/pg_ctl" ]; then
            POSTGRES_BIN=$candidate
            return 0
        fi
    done
    return 1
}

install_postgres() {
    can_install || {
        echo "PostgreSQL is not installed. Install it (Debian: apt-get install postgresql), run" >&2
        echo "this as root, or set ALUDEL_TEST_POSTGRES_URL to a server for tests." >&2
        return 1
    }
    echo "PostgreSQL: installing by apt"
    # The package would make and start a server of its own, which nobody here needs.
    if [ ! -e /etc/postgresql-common/createcluster.conf ]; then
        mkdir -p /etc/postgresql-common
        echo "create_main_cluster = false" >/etc/postgresql-common/createcluster.conf
    fi
    apt_install postgresql
    find_postgres
}

start_postgres() {
    local port password url
    password=$(random_password)
    private_file "$SERVERS_DIR/password" "$password"
    unprivileged "$POSTGRES_BIN/initdb" -D "$SERVERS_DIR/postgres" -U aludel -A scram-sha-256 \
        --pwfile="$SERVERS_DIR/password" -E UTF8 --locale=C.UTF-8 >/dev/null
    # A port that is free now may be taken a moment later: then another one.
    for _ in 1 2 3 4 5; do
        port=$(random_port)
        if unprivileged "$POSTGRES_BIN/pg_ctl" start -D "$SERVERS_DIR/postgres" -w -s \
            -l "$SERVERS_DIR/postgres.log" -o "-p $port -c listen_addresses=127.0.0.1 \
            -c unix_socket_directories=$SERVERS_DIR -c max_connections=200 -c fsync=off \
            -c synchronous_commit=off -c full_page_writes=off"; then
            url="postgresql://aludel:$password@127.0.0.1:$port"
            export ALUDEL_TEST_POSTGRES_URL="$url/postgres"
            echo "PostgreSQL: $("$POSTGRES_BIN/postgres" --version), on port $port"
            return 0
        fi
    done
    echo "PostgreSQL does not start; its log:" >&2
    cat "$SERVERS_DIR/postgres.log" >&2
    return 1
}
