//! The type of a column is a newtype or an enum without fields, whose labels or numbers differ.
//
//~ error: `#[derive(ColumnValue)]` makes a newtype, or an enum without fields, the type of a column; this struct has not one field, beside those of PhantomData
//~ error: this variant has fields, so the enum is not one value of the database; keep it as `aludel::sql::Json`, or implement `aludel::sql::ColumnValue`
//~ error: `#[derive(ColumnValue)]` makes a newtype, or an enum without fields, the type of a column; this enum has no variants
//~ error: the variants `A` and `B` have the same label "a"; give one of them another by `#[aludel(rename = "…")]`
//~ error: with `repr` the variants are numbers and have no labels; remove one of both
//~ error: the numbers of an enum are i8, i16, i32, i64, u8, u16 or u32
//~ error: `repr` belongs to an enum; remove it from this struct
//~ error: unknown attribute of a variant; known is `rename = "label"`
//~ error[E0080]: evaluation panicked: the number of `Large::One` does not fit into i8
//~ error[E0277]: `Option<i64>` is no type that a value of a cell has
//~ error[E0277]: a column of type `Email` cannot be compared with `&str`

use aludel::{ColumnValue, Mapped};

#[derive(ColumnValue)]
struct Two(i64, i64);

#[derive(ColumnValue)]
enum WithFields {
    One(i64),
}

#[derive(ColumnValue)]
enum Empty {}

#[derive(ColumnValue)]
#[aludel(rename_all = "lowercase")]
enum Twice {
    A,
    #[aludel(rename = "a")]
    B,
}

#[derive(ColumnValue)]
#[aludel(repr = i16, rename_all = "lowercase")]
enum Both {
    One,
}

#[derive(ColumnValue)]
#[aludel(repr = u64)]
enum Unsigned {
    One,
}

#[derive(ColumnValue)]
#[aludel(repr = i16)]
struct Number(i16);

#[derive(ColumnValue)]
enum Unknown {
    #[aludel(label = "one")]
    One,
}

#[derive(ColumnValue)]
#[aludel(repr = i8)]
enum Large {
    One = 128,
}

#[derive(ColumnValue)]
struct Nullable(Option<i64>);

#[derive(Clone, ColumnValue)]
struct Email(String);

#[derive(Mapped)]
#[aludel(table = "t")]
struct Table {
    #[aludel(primary_key)]
    email: Email,
}

fn compared() {
    Table::c.email.eq("a@b");
}

fn main() {}
