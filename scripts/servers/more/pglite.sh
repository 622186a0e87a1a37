# PGlite's socket server, from npm.

PGLITE_PID=""

install() {
    npm_install @electric-sql/pglite@0.5.14 @electric-sql/pglite-socket@0.2.17
}

start() {
    local port
    port=$(random_port)
    local command=(node "$MORE_DIR/$PART/node_modules/@electric-sql/pglite-socket/dist/scripts/server.js"
        --db=memory:// --port="$port" --host=127.0.0.1)
    if [ "$(id -u)" -eq 0 ]; then
        command=(setpriv --reuid="$SERVERS_USER" --regid="$(id -g "$SERVERS_USER")" --clear-groups
            -- "${command[@]}")
    fi
    (cd "$SERVERS_DIR" && exec "${command[@]}" >"$SERVERS_DIR/pglite.log" 2>&1) &
    PGLITE_PID=$!
    for _ in $(seq 600); do
        kill -0 "$PGLITE_PID" 2>/dev/null || break
        if grep -q "listening" "$SERVERS_DIR/pglite.log"; then
            export ALUDEL_TEST_PGLITE_URL="postgresql://postgres:postgres@127.0.0.1:$port/postgres"
            VERSION="PGlite 0.5.14"
            return 0
        fi
        sleep 0.1
    done
    echo "PGlite does not start; its log:" >&2
    cat "$SERVERS_DIR/pglite.log" >&2
    return 1
}

stop() {
    [ -n "$PGLITE_PID" ] || return 0
    kill -KILL "$PGLITE_PID" 2>/dev/null || true
    wait "$PGLITE_PID" 2>/dev/null || true
}

check() {
    run pglite aludel servers pglite
}
