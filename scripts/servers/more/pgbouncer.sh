# PgBouncer, from Debian, before the PostgreSQL of the other tests: in session and in transaction mode.

install() {
    find_postgres || install_postgres
    find_pgbouncer || install_pgbouncer
}

start() {
    start_postgres
    start_pgbouncer
    VERSION="$("$PGBOUNCER" --version | head -1), $("$POSTGRES_BIN/postgres" --version | sed 's/postgres (\(PostgreSQL\)) \([^ ]*\).*/\1 \2/')"
}

# Before all databases of the server, each of which has a pool of its own.
pgbouncer_of_all() {
    pgbouncer_stop
    PGBOUNCER_DATABASES="* = host=${MORE_HOST%%:*} port=${MORE_HOST##*:}" \
        PGBOUNCER_OPTIONS="pool_mode = $1
default_pool_size = 20
server_idle_timeout = 10" start_pgbouncer
}

check() {
    local direct=$ALUDEL_TEST_POSTGRES_URL pooler
    run poolers aludel poolers
    run poolers-driver aludel-postgres poolers
    # postgresql://user:password@host:port/database
    MORE_HOST=${direct##*@}
    MORE_HOST=${MORE_HOST%%/*}
    export ALUDEL_TEST_POSTGRES_PLACES=databases

    pgbouncer_of_all session
    MODE=session
    export ALUDEL_TEST_POSTGRES_URL="$ALUDEL_TEST_PGBOUNCER_URL/postgres"
    unset ALUDEL_TEST_PGBOUNCER_URL
    run session aludel suite "${POSTGRES_BODIES[@]}"
    run session-facade aludel facade ::postgres_hosted ::postgres_blocking

    ALUDEL_TEST_POSTGRES_URL=$direct pgbouncer_of_all transaction
    MODE=transaction
    export ALUDEL_TEST_POSTGRES_URL="$ALUDEL_TEST_PGBOUNCER_URL/postgres?prepared_statements=unnamed"
    unset ALUDEL_TEST_PGBOUNCER_URL
    run transaction aludel suite "${POSTGRES_BODIES[@]}"
}

# The session of a client that was ended is another client's before.
limits() {
    cat <<'END'
^pool::a_killed_session a session of the pooler is the next client's
^execution_options::what_listeners_execute its time-out of 100 ms covers the making of a session of the server
END
    [ "${MODE:-}" = transaction ] || return 0
    cat <<'END'
^(pool::a_session_that_was_killed|events::error_listener_hears_of_a_ping) a session that is ended is not the client's own
^(pool::first_in_or_last_in|pool_events::|session_settings::|autocommit::maintenance) what a session keeps is not the client's own
END
}
