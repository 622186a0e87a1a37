//! fault: S03. Text made at run time is not SQL unless the program says so.
//
//~ error[E0277]
//~ is not SQL that stands in the program
//~ text made at run time
//~ values belong into binds: `text("… = :name").bind("name", value)`
//~ if the text is SQL all the same, say so: `RawSql::new(text)`

use aludel::{Connection, text};

fn find(conn: &mut Connection, name: &str) {
    let sql = format!("select * from users where name = '{name}'");
    let _ = conn.execute(text(sql));
}

fn main() {}
