# What the findings share: sourced by each of them.
#
# A finding works in a folder of its own, "$WORK", which is removed at the end with the servers that it started.

cd "$(dirname "${BASH_SOURCE[0]}")/.."
WORK=$(mktemp -d "${TMPDIR:-/tmp}/aludel-finding.XXXXXX")
. scripts/servers.sh

finding_ends() {
    local status=$?
    servers_stop
    rm -rf "$WORK"
    exit "$status"
}
trap finding_ends EXIT

# with_postgres, with_mariadb: start a private server, whose URL they export as POSTGRES_URL or MARIADB_URL.
with_postgres() {
    servers_folder
    postgres_start >/dev/null
    export POSTGRES_URL=$ALUDEL_TEST_POSTGRES_URL
}

with_mariadb() {
    servers_folder
    mariadb_start >/dev/null
    export MARIADB_URL=$ALUDEL_TEST_MYSQL_URL
}

# python_with <package==version…>: `python3` then finds them.
python_with() {
    python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore \
        --no-warn-conflicts --target "$WORK/packages" "$@"
    export PYTHONPATH=$WORK/packages PYTHONWARNINGS=ignore
}

# node_with <package@version…>: a program in $WORK can import them.
node_with() {
    echo '{"private": true, "type": "module"}' >"$WORK/package.json"
    npm install --prefix "$WORK" --silent --no-audit --no-fund --ignore-scripts "$@" >/dev/null
}

# rust_with: a crate in "$WORK/crate", with the dependencies that standard input lists as Cargo.toml does; its program is
# src/main.rs, and rust_runs runs it.
rust_with() {
    cargo init --quiet --vcs none --name finding "$WORK/crate"
    cat >>"$WORK/crate/Cargo.toml"
}

rust_runs() {
    cargo run --quiet --manifest-path "$WORK/crate/Cargo.toml"
}

# expected: reads what was seen when the finding was written.
expected() {
    cat >"$WORK/expected"
}

# same_as_expected <command…>: runs it; it is 1 if that fails or prints anything else.
same_as_expected() {
    "$@" >"$WORK/seen" || return 1
    sed 's/^/  /' "$WORK/seen"
    if ! diff "$WORK/expected" "$WORK/seen" >&2; then
        echo "CHANGED: the lines marked < were seen when this was written." >&2
        return 1
    fi
}
