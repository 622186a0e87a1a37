# The comparison's programs: sourced by the scripts that run them.
#
# compare_build  builds both programs and sets OURS, the one with everything but the peers' SQLite, and
#                PEERS, the one with that. diesel needs libpq and libmysqlclient, which are installed by
#                apt as root.

# Whether a C program can be linked with a library.
links() {
    echo 'int main(void) { return 0; }' | cc -x c - "-l$1" -o /dev/null 2>/dev/null
}

library() {
    links "$1" && return
    can_install || {
        echo "diesel needs lib$1. Install it (Debian: apt-get install $2) or run this as root." >&2
        return 1
    }
    echo "lib$1: installing by apt" >&2
    apt_install "$2"
}

# Without `--locked`: the lock files keep the peers' versions, and follow what Aludel itself needs.
compare_build() {
    local target=${CARGO_TARGET_DIR:-$PWD/target}/compare manifest
    library pq libpq-dev
    library mysqlclient libmariadb-dev-compat
    for manifest in docs/compare/Cargo.toml docs/compare/sqlite/Cargo.toml; do
        cargo build --quiet --release --target-dir "$target" --manifest-path "$manifest"
    done
    OURS=$target/release/aludel-compare
    PEERS=$target/release/aludel-compare-sqlite
}
