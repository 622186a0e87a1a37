//! The names of the types.

use aludel_core::value::{WireFormat, WireType};
use mysql_common::constants::ColumnType;

/// The types by their numbers in the protocol.
macro_rules! types {
    ($($variant:ident $name:literal $format:ident,)*) => {
        /// A type as messages name it. Its values are in the same form in both protocols.
        pub(crate) fn wire_type(ty: ColumnType) -> &'static WireType {
            match ty {
                $(ColumnType::$variant => {
                    static TYPE: WireType = WireType::new(
                        "mysql",
                        ColumnType::$variant as u32,
                        $name,
                        WireFormat::$format,
                    );
                    &TYPE
                })*
            }
        }
    };
}
types! {
    MYSQL_TYPE_DECIMAL "DECIMAL" Text,
    MYSQL_TYPE_TINY "TINYINT" Text,
    MYSQL_TYPE_SHORT "SMALLINT" Text,
    MYSQL_TYPE_LONG "INT" Text,
    MYSQL_TYPE_FLOAT "FLOAT" Text,
    MYSQL_TYPE_DOUBLE "DOUBLE" Text,
    MYSQL_TYPE_NULL "NULL" Text,
    MYSQL_TYPE_TIMESTAMP "TIMESTAMP" Text,
    MYSQL_TYPE_LONGLONG "BIGINT" Text,
    MYSQL_TYPE_INT24 "MEDIUMINT" Text,
    MYSQL_TYPE_DATE "DATE" Text,
    MYSQL_TYPE_TIME "TIME" Text,
    MYSQL_TYPE_DATETIME "DATETIME" Text,
    MYSQL_TYPE_YEAR "YEAR" Text,
    MYSQL_TYPE_NEWDATE "DATE" Text,
    MYSQL_TYPE_VARCHAR "VARCHAR" Text,
    MYSQL_TYPE_BIT "BIT" Text,
    MYSQL_TYPE_TIMESTAMP2 "TIMESTAMP" Text,
    MYSQL_TYPE_DATETIME2 "DATETIME" Text,
    MYSQL_TYPE_TIME2 "TIME" Text,
    MYSQL_TYPE_TYPED_ARRAY "ARRAY" Text,
    MYSQL_TYPE_UNKNOWN "UNKNOWN" Text,
    MYSQL_TYPE_JSON "JSON" Text,
    MYSQL_TYPE_NEWDECIMAL "DECIMAL" Text,
    MYSQL_TYPE_ENUM "ENUM" Text,
    MYSQL_TYPE_SET "SET" Text,
    MYSQL_TYPE_TINY_BLOB "TINYBLOB" Text,
    MYSQL_TYPE_MEDIUM_BLOB "MEDIUMBLOB" Text,
    MYSQL_TYPE_LONG_BLOB "LONGBLOB" Text,
    MYSQL_TYPE_BLOB "BLOB" Text,
    MYSQL_TYPE_VAR_STRING "VARCHAR" Text,
    MYSQL_TYPE_STRING "CHAR" Text,
    MYSQL_TYPE_GEOMETRY "GEOMETRY" Binary,
    MYSQL_TYPE_VECTOR "VECTOR" Binary,
}
