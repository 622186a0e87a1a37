# A private MariaDB for the tests: sourced by servers.sh.

MARIADB_SERVER=""
MARIADB_PID=""

mariadb_start() {
    if [ -n "${ALUDEL_TEST_MYSQL_URL:-}" ]; then
        echo "MariaDB: the one of ALUDEL_TEST_MYSQL_URL"
        return
    fi
    find_mariadb || install_mariadb
    start_mariadb
}

mariadb_stop() {
    [ -n "$MARIADB_PID" ] || return 0
    kill -KILL "$MARIADB_PID" 2>/dev/null || true
    wait "$MARIADB_PID" 2>/dev/null || true
    MARIADB_PID=""
}

# Sets MARIADB_SERVER.
find_mariadb() {
    local candidate
    for candidate in "$(command -v mariadbd)" /usr/sbin/mariadbd /usr/local/mysql/bin/mariadbd; do
        if [ -x "$candidate" ] && command -v mariadb-install-db >/dev/null &&
            command -v my_print_defaults >/dev/null; then
            MARIADB_SERVER=$candidate
            return 0
        fi
    done
    return 1
}

# The programs alone: the full package would start a server of its own.
install_mariadb() {
    can_install || {
        echo "MariaDB is not installed. Install it (Debian: apt-get install mariadb-server)," >&2
        echo "run this as root, or set ALUDEL_TEST_MYSQL_URL to a server for tests." >&2
        return 1
    }
    echo "MariaDB: installing by apt"
    apt_install mariadb-server-core mariadb-client-core
    find_mariadb
}

start_mariadb() {
    local port password data
    data="$SERVERS_DIR/mariadb"
    password=$(random_password)
    unprivileged mariadb-install-db --no-defaults --datadir="$data" --skip-test-db \
        --auth-root-authentication-method=normal >/dev/null
    # The server reads a statement from each line.
    private_file "$SERVERS_DIR/mariadb.sql" "CREATE DATABASE IF NOT EXISTS aludel;
CREATE OR REPLACE USER aludel@localhost IDENTIFIED BY '$password';
CREATE OR REPLACE USER aludel@'127.0.0.1' IDENTIFIED BY '$password';
GRANT ALL ON *.* TO aludel@localhost WITH GRANT OPTION;
GRANT ALL ON *.* TO aludel@'127.0.0.1' WITH GRANT OPTION;
DELETE FROM mysql.global_priv WHERE User = 'root';
FLUSH PRIVILEGES;"
    for _ in 1 2 3 4 5; do
        port=$(random_port)
        serve_mariadb "$data" "$port" &
        MARIADB_PID=$!
        if await_mariadb "$port"; then
            export ALUDEL_TEST_MYSQL_URL="mysql://aludel:$password@127.0.0.1:$port/aludel"
            echo "MariaDB: $("$MARIADB_SERVER" --version), on port $port"
            return 0
        fi
        mariadb_stop
    done
    echo "MariaDB does not start; its log:" >&2
    cat "$SERVERS_DIR/mariadb.log" >&2
    return 1
}

# serve_mariadb <data> <port>: becomes the server.
serve_mariadb() {
    local command=("$MARIADB_SERVER" --no-defaults --datadir="$1" --port="$2" \
        --bind-address=127.0.0.1 --socket="$SERVERS_DIR/mariadb.socket" \
        --pid-file="$SERVERS_DIR/mariadb.pid" --init-file="$SERVERS_DIR/mariadb.sql" \
        --character-set-server=utf8mb4 --skip-log-bin --max-connections=200 --innodb-buffer-pool-size=64M \
        --innodb-flush-log-at-trx-commit=0 --skip-innodb-doublewrite)
    cd /
    if [ "$(id -u)" -eq 0 ]; then
        command=(setpriv --reuid="$SERVERS_USER" --regid="$(id -g "$SERVERS_USER")" --clear-groups
            -- "${command[@]}")
    fi
    exec "${command[@]}" >"$SERVERS_DIR/mariadb.log" 2>&1
}

# It says so in its log when its users are there too.
await_mariadb() {
    for _ in $(seq 300); do
        kill -0 "$MARIADB_PID" 2>/dev/null || return 1
        if grep -q "ready for connections" "$SERVERS_DIR/mariadb.log" 2>/dev/null; then
            (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null && return 0
        fi
        sleep 0.1
    done
    return 1
}
