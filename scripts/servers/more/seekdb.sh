# seekdb: OceanBase in one process, from PyPI.

SEEKDB_PID=""

install() {
    find_mariadb || install_mariadb
    pypi_install pylibseekdb==1.4.0.post1
    SEEKDB="$MORE_DIR/$PART/pylibseekdb/seekdb"
    chmod +x "$SEEKDB"
}

start() {
    local port password
    password=$(random_password)
    port=$(random_port)
    unprivileged mkdir "$SERVERS_DIR/seekdb"
    local command=(env HOME="$SERVERS_DIR/seekdb"
        LD_LIBRARY_PATH="$MORE_DIR/$PART/pylibseekdb:$MORE_DIR/$PART/pylibseekdb.libs"
        "$SEEKDB" --nodaemon --port "$port" --base-dir "$SERVERS_DIR/seekdb" --log-level ERROR
        --parameter memory_limit=4G --parameter datafile_size=512M --parameter datafile_maxsize=6G
        --parameter log_disk_size=2G --parameter cpu_count=4)
    if [ "$(id -u)" -eq 0 ]; then
        command=(setpriv --reuid="$SERVERS_USER" --regid="$(id -g "$SERVERS_USER")" --clear-groups
            -- "${command[@]}")
    fi
    (cd "$SERVERS_DIR/seekdb" && exec "${command[@]}" >"$SERVERS_DIR/seekdb.log" 2>&1) &
    SEEKDB_PID=$!
    for _ in $(seq 240); do
        kill -0 "$SEEKDB_PID" 2>/dev/null || break
        if seekdb_runs "$port" "select 1" 2>/dev/null; then
            seekdb_runs "$port" "create database aludel; create user aludel identified by '$password';
                grant all on *.* to aludel with grant option; alter user root identified by '$password'"
            export ALUDEL_TEST_MYSQL_URL="mysql://aludel:$password@127.0.0.1:$port/aludel"
            export ALUDEL_TEST_SEEKDB_URL="$ALUDEL_TEST_MYSQL_URL"
            VERSION=$("$SEEKDB" --version 2>&1 | sed -n 's/.*\(OceanBase seekdb [0-9.]*\).*/\1/p' | head -1)
            VERSION=${VERSION:-seekdb 1.4.0}
            return 0
        fi
        sleep 0.5
    done
    echo "seekdb does not start; its log:" >&2
    tail -40 "$SERVERS_DIR/seekdb.log" >&2
    return 1
}

# seekdb_runs <port> <statements>
seekdb_runs() {
    mariadb --no-defaults --host=127.0.0.1 --port="$1" --user=root --batch --execute="$2" >/dev/null
}

stop() {
    [ -n "$SEEKDB_PID" ] || return 0
    kill -KILL "$SEEKDB_PID" 2>/dev/null || true
    wait "$SEEKDB_PID" 2>/dev/null || true
}

check() {
    run seekdb aludel servers seekdb
    # The tests of the drivers are in MariaDB's words.
    run suite aludel suite "${MYSQL_BODIES[@]}"
    run facade aludel facade ::mysql_hosted ::mysql_blocking
}

limits() {
    cat <<'END'
^(changes::changes_before_other|functions::(frames|json_of_rows|values_of_other)|misplaced::(aggregates_and_windows|columns_beside_aggregates)::|queries::(a_tree|rows_of|set_op)|exact_values::regular|bulk::what_selects|decimals::(grouped|in_subqueries|over_windows|summed)|schema_translate_map::) it says that it is MySQL 5.7, so CTEs, windows, JSON aggregates, INTERSECT and regexp_replace are refused by Aludel
^(definitions::tables_of_selects|derived_schema::any_constraint|features::every|pool::first_in|pool_events::a_reset) no temporary tables of a session
^(exact_expressions::(integers|numbers)_in_json|functions::parts_of_json|kinds::uuids_and_json|other_crates::json) JSON: decimal numbers are floats, integers end at those of an i64
^(kinds::lengths_of_time|mysql_types::lengths) a TIME ends at 838:59:59 without a fraction
^mysql_types::(dates|floats)|^samples::(samples_of_every_type|what_no_rust_type_has):: dates that are none are refused, floats are printed with fewer digits
^schema::(a_naming|constraints|every_type|foreign_keys_act) a violation does not name its constraint
^source_texts::|^refusals::checks_that_were_cut no PREPARE from a variable that holds what cannot be prepared: a parse error, without a place
^locks::full|^queue::nobody_gets temporary tables again
^locks::interrupted a lock by GET_LOCK outlives its session
^language::reserved no information_schema.keywords
^native_types::addresses no INET4 and INET6
^expressions::ten_thousand its own limit of time for a statement
END
}
