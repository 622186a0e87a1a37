//! What stands in `#[aludel(…)]` is known, complete, and about fields that there are.
//
//~ error: unknown attribute of a mapped struct; known are `table = "name"`
//~ error: unknown attribute of a field; known are `primary_key`
//~ error: a foreign key names a column of a table; write `foreign_key = "table.column"` or `"schema.table.column"`
//~ error: unknown action of a foreign key; known are "no action", "restrict", "cascade", "set null" and "set default"
//~ error: `on_delete`, `on_update`, `deferrable` and `use_alter` belong to a foreign key; add `foreign_key = "table.column"`
//~ error: a length is a whole number from 1 to 4294967295, such as `length = 40`
//~ error: `name` is no field of this struct; it has id, label
//~ error: this foreign key does not say what it names; add `references = "table(x, y)"`, with a column for each field
//~ error: this names 1 columns for 2 fields; name a column for each field
//~ error: the value of a field is made in one way; keep one of `server_default`, `computed` and `identity`
//~ error: `unique` of a struct names its fields; write `unique(a, b)`, or `unique` above a field
//~ error: unknown; an `index` has fields, `desc(a)`, `expression = "lower(a)"`
//~ error: `size` is no field of this struct; it has id
//~ error: a constraint is checked "initially immediate" or "initially deferred"
//~ error: this `check` has no condition; add `condition = "sql"`
//~ error: a field has one default and one `onupdate`; remove one of them

use aludel::{Auto, Mapped};

#[derive(Mapped)]
#[aludel(table = "t", colour = "red")]
struct UnknownOfStruct {
    #[aludel(primary_key)]
    id: Auto<i64>,
}

#[derive(Mapped)]
#[aludel(table = "t")]
struct UnknownOfField {
    #[aludel(primary)]
    id: Auto<i64>,
}

#[derive(Mapped)]
#[aludel(table = "t")]
struct NoTarget {
    #[aludel(primary_key, foreign_key = "users")]
    id: i64,
}

#[derive(Mapped)]
#[aludel(table = "t")]
struct NoAction {
    #[aludel(primary_key, foreign_key = "users.id", on_delete = "explode")]
    id: i64,
}

#[derive(Mapped)]
#[aludel(table = "t")]
struct ActionAlone {
    #[aludel(primary_key, on_delete = "cascade")]
    id: i64,
}

#[derive(Mapped)]
#[aludel(table = "t")]
struct NoLength {
    #[aludel(primary_key, length = 0)]
    id: String,
}

#[derive(Mapped)]
#[aludel(table = "t", unique(id, name))]
struct NoField {
    #[aludel(primary_key)]
    id: i64,
    label: String,
}

#[derive(Mapped)]
#[aludel(table = "t", foreign_key(id, label))]
struct NoReferences {
    #[aludel(primary_key)]
    id: i64,
    label: String,
}

#[derive(Mapped)]
#[aludel(table = "t", foreign_key(id, label, references = "users(id)"))]
struct TooFewReferences {
    #[aludel(primary_key)]
    id: i64,
    label: String,
}

#[derive(Mapped)]
#[aludel(table = "t")]
struct MadeTwice {
    #[aludel(primary_key, server_default = "1", identity)]
    id: Auto<i64>,
}

#[derive(Mapped)]
#[aludel(table = "t", unique)]
struct NoFields {
    #[aludel(primary_key)]
    id: Auto<i64>,
}

#[derive(Mapped)]
#[aludel(table = "t", index(id, sort = "down"))]
struct NoOption {
    #[aludel(primary_key)]
    id: Auto<i64>,
}

#[derive(Mapped)]
#[aludel(table = "t", index(id, include(size)))]
struct NotIncluded {
    #[aludel(primary_key)]
    id: Auto<i64>,
}

#[derive(Mapped)]
#[aludel(table = "t")]
struct CheckedSometimes {
    #[aludel(primary_key, foreign_key = "users.id", deferrable = "sometimes")]
    id: i64,
}

#[derive(Mapped)]
#[aludel(table = "t", check(name = "nothing"))]
struct ChecksNothing {
    #[aludel(primary_key)]
    id: Auto<i64>,
}

#[derive(Mapped)]
#[aludel(table = "t")]
struct DefaultTwice {
    #[aludel(primary_key, default = 1, default_fn = || 2)]
    id: i64,
}

fn main() {}
