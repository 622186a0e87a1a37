# What the parts of servers-more share: sourced by it.
#
# A part is a file of scripts/servers/more, which is sourced in a shell of its own. It defines
#   install   brings the server's programs into $MORE_DIR/<part>, or onto the machine
#   start     starts it, sets VERSION and exports the variables with URLs
#   check     calls `run` for each program of tests
#   stop      ends what it started, by process id
# and may define
#   limits    prints a line for each group of tests that fails: a pattern of their names, and why
#   limit_messages  prints a line for each message by which any test may fail: a part of it
#   left_out  prints a line for each group of tests that is not run: a part of their names, and why

MORE_THREADS=${RUST_TEST_THREADS:-4}
# Each body once by each driver; the strategies are the same whatever the server.
POSTGRES_BODIES=(::postgres_local ::postgres_blocking --skip _threaded)
MYSQL_BODIES=(::mysql_local ::mysql_blocking --skip _threaded)
if [ "${MORE_DRIVERS:-}" = all ]; then
    POSTGRES_BODIES=(::postgres)
    MYSQL_BODIES=(::mysql)
fi

# Builds the tests, and lists their programs: package, name, path.
more_build() {
    echo "== the tests"
    cargo test --package aludel --package aludel-postgres --package aludel-mysql \
        --features aludel/postgres-blocking,aludel/mysql --tests --no-run \
        --message-format=json-render-diagnostics >"$MORE_DIR/build" || return 1
    sed -n 's/.*"package_id":"[^"]*#\([a-z-]*\)@[^"]*".*"target":{"kind":\["test"\][^}]*"name":"\([^"]*\)".*"executable":"\([^"]*\)".*/\1 \2 \3/p' \
        "$MORE_DIR/build" >"$MORE_DIR/programs"
    [ -s "$MORE_DIR/programs" ] || { echo "cargo names no tests" >&2; return 1; }
}

# One part, from its installation to its end.
more_part() {
    local status
    (
        set -e
        PART=$1
        VERSION=""
        limits() { :; }
        limit_messages() { :; }
        left_out() { :; }
        stop() { :; }
        . "scripts/servers/more/$PART.sh"
        # The part's own end comes first: its server may stand before the others.
        trap 'stop; more_keep_logs; servers_stop' EXIT
        trap 'exit 130' INT TERM
        FAILED=0
        servers_folder
        install
        start
        echo "$PART: $VERSION"
        check
        exit "$FAILED"
    )
    status=$?
    if [ "$status" -ne 0 ] && ! grep -q "^$1|.*|[1-9][0-9]*\$" "$MORE_DIR/table" 2>/dev/null; then
        echo "$1|?|its start|0|0|1" >>"$MORE_DIR/table"
    fi
    return "$status"
}

more_keep_logs() {
    local log
    [ -n "$SERVERS_DIR" ] || return 0
    for log in "$SERVERS_DIR"/*.log; do
        [ ! -f "$log" ] || cp "$log" "$MORE_LOGS/$PART-$(basename "$log")"
    done
}

# The names of the tests that failed, of a log.
failed_tests() {
    sed -n 's/^test \(.*\) \.\.\. FAILED$/\1/p' "$1"
}

# run <label> <package> <program> [filter…]: runs tests on the server, and notes the outcome.
run() {
    local label=$1 program log started=$SECONDS outcome ended name failed=() known=() skips=() part why
    local passed
    program=$(awk -v package="$2" -v name="$3" '$1 == package && $2 == name { print $3 }' \
        "$MORE_DIR/programs" | tail -1)
    [ -n "$program" ] || { echo "there is no program $2 $3" >&2; return 1; }
    shift 3
    while read -r part why; do
        [ -z "$part" ] || skips+=(--skip "$part")
    done < <(left_out)
    log="$MORE_LOGS/$PART-$label"
    ended=0
    RUST_BACKTRACE=0 timeout --kill-after=10 1500 "$program" --test-threads="$MORE_THREADS" \
        "$@" "${skips[@]}" >"$log" 2>&1 || ended=$?
    outcome=$(grep '^test result:' "$log" || true)
    while read -r name; do
        [ -n "$name" ] || continue
        if more_is_known "$name" || more_says_limit "$log" "$name"; then known+=("$name"); else failed+=("$name"); fi
    done < <(failed_tests "$log")
    if [ -z "$outcome" ]; then
        failed+=("the program ended before its tests, with status $ended")
    fi
    passed=$(grep -c '^test .* \.\.\. ok$' "$log" || true)
    [ "$passed" -gt 0 ] || failed+=("no test has passed")
    sed -n 's/^skipped: /    skipped: /p' "$log" | sort -u
    echo "$label: $passed passed, ${#known[@]} limits, ${#failed[@]} failed, $((SECONDS - started)) s"
    for name in "${known[@]}"; do echo "    limit: $name"; done
    for name in "${failed[@]}"; do echo "    FAILED: $name"; done
    if [ "${#failed[@]}" -gt 0 ]; then
        FAILED=1
        sed -n '/^failures:$/,$p' "$log" | sed -n 1,80p
    fi
    echo "$PART|$VERSION|${label%%-*}|$passed|${#known[@]}|${#failed[@]}" >>"$MORE_DIR/table"
}

# Whether the page says that the server cannot do this.
more_is_known() {
    local pattern why
    while read -r pattern why; do
        [ -n "$pattern" ] || continue
        if [[ $1 =~ $pattern ]]; then return 0; fi
    done < <(limits)
    return 1
}

# more_says_limit <log> <name>: whether a test failed with a message that the page names. Which tests meet it depends
# on time.
more_says_limit() {
    local message said
    said=$(awk -v begin="---- $2 stdout ----" '$0 == begin { on = 1; next } /^---- / || /^failures:$/ { on = 0 } on' "$1")
    while read -r message; do
        if [ -n "$message" ] && grep -qF -- "$message" <<<"$said"; then return 0; fi
    done < <(limit_messages)
    return 1
}

more_table() {
    awk -F'|' '
        function row(part, server, what, passed, limits, failed) {
            printf "%-14s %-36s %-12s %7s %7s %7s\n", part, server, what, passed, limits, failed
        }
        BEGIN { row("part", "server", "tests", "passed", "limits", "failed") }
        {
            key = $1 "|" $2 "|" $3
            if (!(key in passed)) order[++count] = key
            passed[key] += $4; limits[key] += $5; failed[key] += $6
        }
        END {
            for (i = 1; i <= count; i++) {
                key = order[i]
                split(key, at, "|")
                row(at[1], at[2], at[3], passed[key], limits[key], failed[key])
            }
        }' "$MORE_DIR/table"
}

# pypi_install <package==version>: into a folder of the part's own.
pypi_install() {
    python3 -m pip install --quiet --no-cache-dir --no-deps --disable-pip-version-check \
        --root-user-action=ignore --target "$MORE_DIR/$PART" "$1"
}

# npm_install <package@version>: into a folder of the part's own.
npm_install() {
    npm install --silent --no-audit --no-fund --cache "$MORE_DIR/npm" --prefix "$MORE_DIR/$PART" "$@"
}

# What is run on each version of PostgreSQL.
postgres_checks() {
    local name
    run suite aludel suite "${POSTGRES_BODIES[@]}"
    run facade aludel facade ::postgres_hosted ::postgres_blocking
    run oracle aludel oracle postgresql
    for name in conformance connecting statements values cursors transactions sweeps endings many; do
        run "drivers-$name" aludel-postgres "$name"
    done
    run drivers-crate aludel-postgres crate
}

# What is run on each server that speaks MySQL's protocol.
mysql_checks() {
    local name
    run suite aludel suite "${MYSQL_BODIES[@]}"
    run facade aludel facade ::mysql_hosted ::mysql_blocking
    for name in conformance connecting statements values cursors transactions sweeps endings many blocking; do
        run "drivers-$name" aludel-mysql "$name"
    done
}
