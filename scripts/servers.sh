# Private database servers for the tests: sourced by the scripts that need them.
#
# servers_start  finds or installs PostgreSQL, PgBouncer and MariaDB, starts a private instance of each on
#                a free port of the loopback interface with its data in a temporary folder, and exports
#                ALUDEL_TEST_POSTGRES_URL, ALUDEL_TEST_PGBOUNCER_URL and ALUDEL_TEST_MYSQL_URL; where
#                one of them is set already, that server is used as it is.
# servers_processes  lists the processes of what was started.
# servers_stop   stops what was started and removes its data.

SERVERS_DIR=""
SERVERS_USER=""

. scripts/servers/postgres.sh
. scripts/servers/pgbouncer.sh
. scripts/servers/mariadb.sh

servers_start() {
    servers_folder
    postgres_start
    pgbouncer_start
    mariadb_start
}

# Makes the folder of the servers' data, once.
servers_folder() {
    [ -z "$SERVERS_DIR" ] || return 0
    SERVERS_DIR=$(mktemp -d "${TMPDIR:-/tmp}/aludel-servers.XXXXXX")
    chmod 700 "$SERVERS_DIR"
    if [ "$(id -u)" -eq 0 ]; then
        SERVERS_USER=nobody
        chown "$SERVERS_USER" "$SERVERS_DIR"
    fi
}

# The processes of what was started.
servers_processes() {
    local pid
    [ -n "$SERVERS_DIR" ] || return 0
    if [ -s "$SERVERS_DIR/postgres/postmaster.pid" ]; then
        pid=$(head -1 "$SERVERS_DIR/postgres/postmaster.pid")
        echo "$pid" $(cat "/proc/$pid/task/$pid/children")
    fi
    echo "$MARIADB_PID"
}

servers_stop() {
    [ -n "$SERVERS_DIR" ] || return 0
    pgbouncer_stop
    postgres_stop
    mariadb_stop
    rm -rf "$SERVERS_DIR"
    SERVERS_DIR=""
}

# Runs a server's program as the user that owns its data: servers refuse to run as root.
unprivileged() {
    if [ "$(id -u)" -eq 0 ]; then
        (cd / && setpriv --reuid="$SERVERS_USER" --regid="$(id -g "$SERVERS_USER")" --clear-groups -- "$@")
    else
        "$@"
    fi
}

random_password() {
    od -An -N12 -tx1 /dev/urandom | tr -d ' \n'
}

# A port that is likely to be free; one that is not is tried again by whoever starts a server.
random_port() {
    echo $((20000 + $(od -An -N2 -tu2 /dev/urandom) % 30000))
}

# private_file <path> <content>: for the servers' user alone.
private_file() {
    (umask 077 && echo "$2" >"$1")
    [ "$(id -u)" -ne 0 ] || chown "$SERVERS_USER" "$1"
}

can_install() {
    command -v apt-get >/dev/null && [ "$(id -u)" -eq 0 ]
}

apt_install() {
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}
