# A private PgBouncer before the PostgreSQL of the tests: sourced by servers.sh.
#
# Its database `session` keeps a session for each client, `transaction` has two that it hands out for a
# transaction each, `transactions` has twenty. `PGBOUNCER_DATABASES` names others in their place, and
# `PGBOUNCER_OPTIONS` adds settings.

PGBOUNCER=""
PGBOUNCER_PID=""

pgbouncer_start() {
    if [ -n "${ALUDEL_TEST_PGBOUNCER_URL:-}" ]; then
        echo "PgBouncer: the one of ALUDEL_TEST_PGBOUNCER_URL"
        return
    fi
    find_pgbouncer || install_pgbouncer || return 0
    start_pgbouncer
}

pgbouncer_stop() {
    [ -n "$PGBOUNCER_PID" ] || return 0
    # One that has ended by itself is no failure.
    kill "$PGBOUNCER_PID" 2>/dev/null || true
    wait "$PGBOUNCER_PID" 2>/dev/null || true
    PGBOUNCER_PID=""
}

find_pgbouncer() {
    PGBOUNCER=$(PATH="$PATH:/usr/sbin:/usr/local/sbin" command -v pgbouncer)
}

install_pgbouncer() {
    can_install || {
        echo "PgBouncer is not installed (Debian: apt-get install pgbouncer): its tests are skipped" >&2
        return 1
    }
    echo "PgBouncer: installing by apt"
    # The package would start one of its own, which nobody here needs.
    local policy=/usr/sbin/policy-rc.d made=""
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod +x "$policy"
        made=$policy
    fi
    apt_install pgbouncer
    [ -z "$made" ] || rm "$made"
    find_pgbouncer
}

start_pgbouncer() {
    local rest user password host port database listen server databases
    # postgresql://user:password@host:port/database
    rest=${ALUDEL_TEST_POSTGRES_URL#*://}
    user=${rest%%:*}
    rest=${rest#*:}
    password=${rest%%@*}
    rest=${rest#*@}
    host=${rest%%:*}
    rest=${rest#*:}
    port=${rest%%/*}
    database=${rest#*/}
    private_file "$SERVERS_DIR/pgbouncer-users" "\"$user\" \"$password\""
    server="host=$host port=$port dbname=$database"
    databases="session = $server pool_mode=session pool_size=40
transaction = $server pool_mode=transaction pool_size=2
transactions = $server pool_mode=transaction pool_size=20"
    # A port that is free now may be taken a moment later: then another one.
    for _ in 1 2 3 4 5; do
        listen=$(random_port)
        private_file "$SERVERS_DIR/pgbouncer.ini" "[databases]
${PGBOUNCER_DATABASES:-$databases}
[pgbouncer]
${PGBOUNCER_OPTIONS:-}
listen_addr = 127.0.0.1
listen_port = $listen
unix_socket_dir =
auth_type = scram-sha-256
auth_file = $SERVERS_DIR/pgbouncer-users
stats_users = $user
max_client_conn = 200
log_connections = 0
log_disconnections = 0"
        # Not in a function: its process would be that of a shell.
        if [ "$(id -u)" -eq 0 ]; then
            (cd / && exec setpriv --reuid="$SERVERS_USER" --regid="$(id -g "$SERVERS_USER")" \
                --clear-groups -- "$PGBOUNCER" "$SERVERS_DIR/pgbouncer.ini") \
                >"$SERVERS_DIR/pgbouncer.log" 2>&1 &
        else
            "$PGBOUNCER" "$SERVERS_DIR/pgbouncer.ini" >"$SERVERS_DIR/pgbouncer.log" 2>&1 &
        fi
        PGBOUNCER_PID=$!
        if pgbouncer_answers "$listen"; then
            export ALUDEL_TEST_PGBOUNCER_URL="postgresql://$user:$password@127.0.0.1:$listen"
            echo "PgBouncer: $("$PGBOUNCER" --version | head -1), on port $listen"
            return 0
        fi
        pgbouncer_stop
    done
    echo "PgBouncer does not start; its log:" >&2
    cat "$SERVERS_DIR/pgbouncer.log" >&2
    return 1
}

# Whether something listens on a port within some seconds, and it is ours.
pgbouncer_answers() {
    local _
    for _ in $(seq 50); do
        kill -0 "$PGBOUNCER_PID" 2>/dev/null || return 1
        (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null && return 0
        sleep 0.1
    done
    return 1
}
