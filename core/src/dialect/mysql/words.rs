//! Names that MySQL or MariaDB wants in quotes, and the other databases do not.

/// The keywords that are no names here, besides those of the other databases, in order. A test asks
/// the server whether the list is complete.
#[rustfmt::skip]
const RESERVED: &[&str] = &[
    "accessible", "asensitive", "bigint", "blob", "call", "cascade", "change", "char", "character",
    "condition", "continue", "convert", "cube", "cume_dist", "cursor", "databases", "day_hour",
    "day_microsecond", "day_minute", "day_second", "dec", "decimal", "declare", "delayed",
    "delete_domain_id", "dense_rank", "describe", "deterministic", "distinctrow", "div",
    "do_domain_ids", "double", "dual", "elseif", "empty", "enclosed", "escaped", "exit", "external",
    "first_value", "float", "float4", "float8", "force", "fulltext", "function", "generated", "get",
    "grouping", "groups", "high_priority", "hour_microsecond", "hour_minute", "hour_second",
    "ignore", "ignore_domain_ids", "infile", "inout", "insensitive", "int", "int1", "int2", "int3",
    "int4", "int8", "integer", "interval", "io_after_gtids", "io_before_gtids", "iterate",
    "json_table", "keys", "kill", "lag", "last_value", "lead", "leave", "library", "linear",
    "lines", "load", "lock", "long", "longblob", "longtext", "loop", "low_priority", "manual",
    "master_bind", "master_demote_to_replica", "master_demote_to_slave",
    "master_ssl_verify_server_cert", "maxvalue", "mediumblob", "mediumint", "mediumtext",
    "middleint", "minute_microsecond", "minute_second", "mod", "modifies", "no_write_to_binlog",
    "nth_value", "ntile", "numeric", "of", "optimize", "optimizer_costs", "option", "optionally",
    "out", "outfile", "over", "page_checksum", "parallel", "parse_vcol_expr", "partition",
    "percent_rank", "portion", "precision", "procedure", "purge", "qualify", "range", "rank",
    "read", "read_write", "reads", "real", "recursive", "ref_system_id", "repeat", "require",
    "resignal", "restrict", "return", "revoke", "rlike", "row_number", "schema", "schemas",
    "second_microsecond", "sensitive", "separator", "show", "signal", "smallint", "spatial",
    "specific", "sql", "sql_big_result", "sql_buffer_result", "sql_cache", "sql_calc_found_rows",
    "sql_no_cache", "sql_small_result", "sqlexception", "sqlstate", "sqlwarning", "ssl", "starting",
    "stats_auto_recalc", "stats_persistent", "stats_sample_pages", "stored", "straight_join",
    "system", "terminated", "tinyblob", "tinyint", "tinytext", "undo", "unlock", "unsigned",
    "usage", "use", "utc_date", "utc_time", "utc_timestamp", "value", "varbinary", "varchar",
    "varcharacter", "varying", "while", "write", "xor", "year_month", "zerofill",
];

pub(super) fn is_reserved(word: &str) -> bool {
    RESERVED.binary_search(&word).is_ok()
}

#[cfg(test)]
mod tests {
    use super::RESERVED;

    #[test]
    fn the_list_is_in_order() {
        assert!(RESERVED.is_sorted_by(|a, b| a < b));
    }
}
