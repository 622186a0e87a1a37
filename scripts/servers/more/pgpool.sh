# Pgpool-II, from Debian, before the PostgreSQL of the other tests.

PGPOOL_PID=""

install() {
    find_postgres || install_postgres
    can_install || { echo "the part $PART wants apt and to be run as root" >&2; return 1; }
    apt-get update -qq
    # The programs alone: the package would start a pooler of its own.
    (cd "$MORE_DIR" && apt-get download -q pgpool2 libpgpool2 libmemcached11 libhashkit2 libpq5 >/dev/null 2>&1 &&
        for package in pgpool2 libpgpool2 libmemcached11 libhashkit2 libpq5; do
            dpkg-deb --extract "$package"_*.deb "$PART"
        done)
    PGPOOL="$MORE_DIR/$PART/usr/sbin/pgpool"
    [ -x "$PGPOOL" ]
}

start() {
    local server password port folder="$SERVERS_DIR/pgpool"
    start_postgres
    server=${ALUDEL_TEST_POSTGRES_URL##*@}
    server=${server%%/*}
    password=$(cat "$SERVERS_DIR/password")
    port=$(random_port)
    unprivileged mkdir "$folder"
    private_file "$folder/pool_passwd" "aludel:TEXT$password"
    private_file "$folder/pool_hba.conf" "host all all 127.0.0.1/32 scram-sha-256"
    private_file "$folder/pcp.conf" ""
    private_file "$folder/pgpool.conf" "listen_addresses = '127.0.0.1'
port = $port
pcp_port = $((port + 1))
socket_dir = '$folder'
pcp_socket_dir = '$folder'
wd_ipc_socket_dir = '$folder'
logdir = '$folder'
pid_file_name = '$folder/pgpool.pid'
backend_clustering_mode = 'streaming_replication'
backend_hostname0 = '127.0.0.1'
backend_port0 = ${server##*:}
backend_weight0 = 1
backend_flag0 = 'ALWAYS_PRIMARY|DISALLOW_TO_FAILOVER'
sr_check_period = 0
health_check_period = 0
num_init_children = 64
max_pool = 1
enable_pool_hba = on
pool_passwd = 'pool_passwd'"
    local command=(env LD_LIBRARY_PATH="$MORE_DIR/$PART/usr/lib/x86_64-linux-gnu:$MORE_DIR/$PART/usr/lib"
        "$PGPOOL" -n -f "$folder/pgpool.conf" -a "$folder/pool_hba.conf" -F "$folder/pcp.conf")
    if [ "$(id -u)" -eq 0 ]; then
        command=(setpriv --reuid="$SERVERS_USER" --regid="$(id -g "$SERVERS_USER")" --clear-groups
            -- "${command[@]}")
    fi
    (cd "$folder" && exec "${command[@]}" >"$SERVERS_DIR/pgpool.log" 2>&1) &
    PGPOOL_PID=$!
    for _ in $(seq 100); do
        kill -0 "$PGPOOL_PID" 2>/dev/null || break
        if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
            export ALUDEL_TEST_POSTGRES_URL="postgresql://aludel:$password@127.0.0.1:$port/postgres?rollback_on_return=awaited"
            VERSION="Pgpool-II $(dpkg-deb --field "$MORE_DIR"/pgpool2_*.deb Version | sed 's/-.*//')"
            return 0
        fi
        sleep 0.1
    done
    echo "Pgpool-II does not start; its log:" >&2
    tail -40 "$SERVERS_DIR/pgpool.log" >&2
    return 1
}

stop() {
    [ -n "$PGPOOL_PID" ] || return 0
    kill -INT "$PGPOOL_PID" 2>/dev/null || true
    wait "$PGPOOL_PID" 2>/dev/null || true
}

check() {
    run suite aludel suite "${POSTGRES_BODIES[@]}"
    run facade aludel facade ::postgres_hosted ::postgres_blocking
}

left_out() {
    cat <<'END'
killed a session that is ended on the server is taken by Pgpool-II for the end of the server
why_a_connection_was_given_up the same
error_listener_ the same
the_doubt_about_a_commit_outlives the same
END
}

# rollback_on_return=awaited is for connections that are given back. On one that its program keeps, a BEGIN close behind a
# ROLLBACK, or a COMMIT, that came after a failure is refused now and then (25P02), by the blocking driver too.
limits() {
    cat <<'END'
^broken_savepoints::commit_that_fails_at_the_end_of_begin:: a BEGIN behind a COMMIT that failed
^transactions::deferred_constraint_fails_at_commit:: the same
END
}

# A BEGIN behind a ROLLBACK of the program's own. The busier the machine, the more tests meet it.
limit_messages() {
    echo "BEGIN failed: current transaction is aborted"
}
