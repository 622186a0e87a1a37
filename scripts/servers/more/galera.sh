# Two nodes of MariaDB's Galera cluster, from Debian.

GALERA_PIDS=()

install() {
    find_mariadb || install_mariadb
    can_install || { echo "the part $PART wants apt and to be run as root" >&2; return 1; }
    # The library, and what copies the state of a node, unpacked: the server is the one of the other tests.
    apt-get update -qq
    (cd "$MORE_DIR" && apt-get download -q galera-4 mariadb-server >/dev/null 2>&1 &&
        dpkg-deb --extract galera-4_*.deb "$PART" && dpkg-deb --extract mariadb-server_*.deb "$PART")
    GALERA_PROVIDER="$MORE_DIR/$PART/usr/lib/galera/libgalera_smm.so"
    [ -f "$GALERA_PROVIDER" ] || { echo "galera-4 has no library" >&2; return 1; }
    command -v rsync >/dev/null && command -v ss >/dev/null || apt_install rsync iproute2
}

# galera_node <number> <address of the first node, or nothing>
galera_node() {
    local data="$SERVERS_DIR/node$1" log="$SERVERS_DIR/node$1.log" pid
    local command=("$MARIADB_SERVER" --no-defaults --datadir="$data" --port="${GALERA_PORTS[$1]}"
        --bind-address=127.0.0.1 --socket="$SERVERS_DIR/node$1.socket" --pid-file="$SERVERS_DIR/node$1.pid"
        --character-set-server=utf8mb4 --binlog-format=ROW --innodb-autoinc-lock-mode=2
        --max-connections=200 --innodb-buffer-pool-size=64M --innodb-flush-log-at-trx-commit=0
        --wsrep-on=ON --wsrep-provider="$GALERA_PROVIDER" --wsrep-cluster-name=aludel
        --wsrep-cluster-address="gcomm://$2" --wsrep-node-name="node$1"
        --wsrep-node-address=127.0.0.1 --wsrep-sst-method=rsync --wsrep-auto-increment-control=OFF
        --wsrep-sst-receive-address="127.0.0.1:${GALERA_PORTS[$1 + 6]}"
        --wsrep-provider-options="base_host=127.0.0.1;base_port=${GALERA_PORTS[$1 + 2]};gmcast.listen_addr=tcp://127.0.0.1:${GALERA_PORTS[$1 + 2]};ist.recv_addr=127.0.0.1:${GALERA_PORTS[$1 + 4]};evs.keepalive_period=PT0.3S;evs.inactive_check_period=PT0.2S;evs.suspect_timeout=PT2S;evs.inactive_timeout=PT4S;gcache.size=16M")
    [ -n "$2" ] || command+=(--wsrep-new-cluster --init-file="$SERVERS_DIR/galera.sql")
    if [ "$(id -u)" -eq 0 ]; then
        command=(setpriv --reuid="$SERVERS_USER" --regid="$(id -g "$SERVERS_USER")" --clear-groups
            -- "${command[@]}")
    fi
    (cd / && PATH="$MORE_DIR/$PART/usr/bin:/usr/bin:/bin:/usr/sbin:/sbin" exec "${command[@]}" >"$log" 2>&1) &
    pid=$!
    GALERA_PIDS+=("$pid")
    for _ in $(seq 600); do
        kill -0 "$pid" 2>/dev/null || break
        if grep -q "ready for connections" "$log" && grep -q "Synchronized with group" "$log"; then
            return 0
        fi
        sleep 0.1
    done
    echo "node $1 does not start; its log:" >&2
    tail -40 "$log" >&2
    return 1
}

start() {
    local password node first
    password=$(random_password)
    first=$(random_port)
    GALERA_PORTS=()
    for node in 0 1 2 3 4 5 6 7; do GALERA_PORTS+=($((first + 10 * node))); done
    private_file "$SERVERS_DIR/galera.sql" "CREATE DATABASE IF NOT EXISTS aludel;
CREATE OR REPLACE USER aludel@'127.0.0.1' IDENTIFIED BY '$password';
CREATE OR REPLACE USER aludel@localhost IDENTIFIED BY '$password';
GRANT ALL ON *.* TO aludel@localhost WITH GRANT OPTION;
GRANT ALL ON *.* TO aludel@'127.0.0.1' WITH GRANT OPTION;
DELETE FROM mysql.global_priv WHERE User = 'root';
FLUSH PRIVILEGES;"
    for node in 0 1; do
        unprivileged mariadb-install-db --no-defaults --datadir="$SERVERS_DIR/node$node" --skip-test-db \
            --auth-root-authentication-method=normal >/dev/null
    done
    galera_node 0 ""
    galera_node 1 "127.0.0.1:${GALERA_PORTS[2]}"
    export ALUDEL_TEST_MYSQL_URL="mysql://aludel:$password@127.0.0.1:${GALERA_PORTS[0]}/aludel"
    export ALUDEL_TEST_GALERA_URLS="$ALUDEL_TEST_MYSQL_URL mysql://aludel:$password@127.0.0.1:${GALERA_PORTS[1]}/aludel"
    VERSION="$("$MARIADB_SERVER" --version | sed 's/.*Ver \([^ ]*\) .*/MariaDB \1/; s/-MariaDB.*//'), Galera"
}

stop() {
    local pid
    for pid in "${GALERA_PIDS[@]}"; do
        kill -KILL "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
}

check() {
    run cluster aludel servers galera
    mysql_checks
}

limits() {
    cat <<'END'
^(definitions::sequences|features::every_feature) sequences want INCREMENT BY 0 and NOCACHE
while_a_commit_waits|^what_was_cut_counts|::what_is_given_up these tests hold commits up by FLUSH TABLES WITH READ LOCK, which is not for a cluster
END
}

# Any test beside those.
limit_messages() {
    echo "Replication paused on node for FTWRL/BACKUP STAGE"
}
