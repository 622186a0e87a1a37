//! The names of the types whose values are handed on as they came.

use aludel_core::value::{WireFormat, WireType};
use mysql_common::constants::ColumnType;

/// The types by their numbers in the protocol.
macro_rules! types {
    ($($variant:ident $name:literal),* $(,)?) => {
        /// A type as messages name it. Its values are text, in both protocols.
        pub(crate) fn wire_type(ty: ColumnType) -> &'static WireType {
            match ty {
                $(ColumnType::$variant => {
                    static TYPE: WireType = WireType::new(
                        "mysql",
                        ColumnType::$variant as u32,
                        $name,
                        WireFormat::Text,
                    );
                    &TYPE
                })*
            }
        }
    };
}
types! {
    MYSQL_TYPE_DECIMAL "DECIMAL",
    MYSQL_TYPE_TINY "TINYINT",
    MYSQL_TYPE_SHORT "SMALLINT",
    MYSQL_TYPE_LONG "INT",
    MYSQL_TYPE_FLOAT "FLOAT",
    MYSQL_TYPE_DOUBLE "DOUBLE",
    MYSQL_TYPE_NULL "NULL",
    MYSQL_TYPE_TIMESTAMP "TIMESTAMP",
    // Others are integers.
    MYSQL_TYPE_LONGLONG "BIGINT UNSIGNED",
    MYSQL_TYPE_INT24 "MEDIUMINT",
    MYSQL_TYPE_DATE "DATE",
    MYSQL_TYPE_TIME "TIME",
    MYSQL_TYPE_DATETIME "DATETIME",
    MYSQL_TYPE_YEAR "YEAR",
    MYSQL_TYPE_NEWDATE "DATE",
    MYSQL_TYPE_VARCHAR "VARCHAR",
    MYSQL_TYPE_BIT "BIT",
    MYSQL_TYPE_TIMESTAMP2 "TIMESTAMP",
    MYSQL_TYPE_DATETIME2 "DATETIME",
    MYSQL_TYPE_TIME2 "TIME",
    MYSQL_TYPE_TYPED_ARRAY "ARRAY",
    MYSQL_TYPE_UNKNOWN "UNKNOWN",
    MYSQL_TYPE_JSON "JSON",
    MYSQL_TYPE_NEWDECIMAL "DECIMAL",
    MYSQL_TYPE_ENUM "ENUM",
    MYSQL_TYPE_SET "SET",
    MYSQL_TYPE_TINY_BLOB "TINYBLOB",
    MYSQL_TYPE_MEDIUM_BLOB "MEDIUMBLOB",
    MYSQL_TYPE_LONG_BLOB "LONGBLOB",
    MYSQL_TYPE_BLOB "BLOB",
    MYSQL_TYPE_VAR_STRING "VARCHAR",
    MYSQL_TYPE_STRING "CHAR",
    MYSQL_TYPE_GEOMETRY "GEOMETRY",
    MYSQL_TYPE_VECTOR "VECTOR",
}
