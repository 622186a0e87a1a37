//! fault: S03. Text made at run time is not SQL unless the program says so.

use aludel::{Connection, text};

fn find(conn: &mut Connection, name: &str) {
    let sql = format!("select * from users where name = '{name}'");
    let _ = conn.execute(text(sql));
}

fn main() {}
