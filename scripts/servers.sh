# Private database servers for the tests: sourced by ./scripts/test and ./scripts/bench.
#
# servers_start  finds or installs PostgreSQL, starts a private instance on a free port of the
#                loopback interface with its data in a temporary folder, and exports
#                ALUDEL_TEST_POSTGRES_URL; if that is set already, it is used as it is.
# servers_stop   stops what was started and removes its data.

SERVERS_DIR=""
SERVERS_USER=""
POSTGRES_BIN=""

servers_start() {
    if [ -n "${ALUDEL_TEST_POSTGRES_URL:-}" ]; then
        echo "PostgreSQL: the one of ALUDEL_TEST_POSTGRES_URL"
        return
    fi
    find_postgres || install_postgres
    SERVERS_DIR=$(mktemp -d "${TMPDIR:-/tmp}/aludel-servers.XXXXXX")
    start_postgres
}

servers_stop() {
    [ -n "$SERVERS_DIR" ] || return 0
    if [ -s "$SERVERS_DIR/data/postmaster.pid" ]; then
        unprivileged "$POSTGRES_BIN/pg_ctl" stop -D "$SERVERS_DIR/data" -m immediate -w -s || true
    fi
    rm -rf "$SERVERS_DIR"
    SERVERS_DIR=""
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
    if ! command -v apt-get >/dev/null || [ "$(id -u)" -ne 0 ]; then
        echo "PostgreSQL is not installed. Install it (Debian: apt-get install postgresql), run" >&2
        echo "this as root, or set ALUDEL_TEST_POSTGRES_URL to a server for tests." >&2
        return 1
    fi
    echo "PostgreSQL: installing by apt"
    # The package would make and start a server of its own, which nobody here needs.
    if [ ! -e /etc/postgresql-common/createcluster.conf ]; then
        mkdir -p /etc/postgresql-common
        echo "create_main_cluster = false" >/etc/postgresql-common/createcluster.conf
    fi
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends postgresql >/dev/null
    find_postgres
}

# PostgreSQL refuses to run as root.
unprivileged() {
    if [ "$(id -u)" -eq 0 ]; then
        (cd / && setpriv --reuid="$SERVERS_USER" --regid="$(id -g "$SERVERS_USER")" --clear-groups -- "$@")
    else
        "$@"
    fi
}

start_postgres() {
    local port password url
    password=$(od -An -N12 -tx1 /dev/urandom | tr -d ' \n')
    if [ "$(id -u)" -eq 0 ]; then
        SERVERS_USER=postgres
        id "$SERVERS_USER" >/dev/null 2>&1 || SERVERS_USER=nobody
        chown "$SERVERS_USER" "$SERVERS_DIR"
    fi
    chmod 700 "$SERVERS_DIR"
    echo "$password" >"$SERVERS_DIR/password"
    [ "$(id -u)" -ne 0 ] || chown "$SERVERS_USER" "$SERVERS_DIR/password"
    unprivileged "$POSTGRES_BIN/initdb" -D "$SERVERS_DIR/data" -U aludel -A scram-sha-256 \
        --pwfile="$SERVERS_DIR/password" -E UTF8 --locale=C.UTF-8 >/dev/null
    # A port that is free now may be taken a moment later: then another one.
    for _ in 1 2 3 4 5; do
        port=$((20000 + $(od -An -N2 -tu2 /dev/urandom) % 30000))
        if unprivileged "$POSTGRES_BIN/pg_ctl" start -D "$SERVERS_DIR/data" -w -s \
            -l "$SERVERS_DIR/log" -o "-p $port -c listen_addresses=127.0.0.1 \
            -c unix_socket_directories=$SERVERS_DIR -c max_connections=200 -c fsync=off \
            -c synchronous_commit=off -c full_page_writes=off"; then
            url="postgresql://aludel:$password@127.0.0.1:$port"
            export ALUDEL_TEST_POSTGRES_URL="$url/postgres"
            echo "PostgreSQL: $("$POSTGRES_BIN/postgres" --version), on port $port"
            return 0
        fi
    done
    echo "PostgreSQL does not start; its log:" >&2
    cat "$SERVERS_DIR/log" >&2
    return 1
}
