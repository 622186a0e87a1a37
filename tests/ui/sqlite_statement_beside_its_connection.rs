//! fault: D07. A SQLite connection and a statement that it keeps prepared cannot be one value that
//! goes from thread to thread, so the driver asks `rusqlite`'s cache for the statement each time.
//
//~ error[E0505]: cannot move out of `connection` because it is borrowed
//~ error[E0505]: cannot move out of `boxed` because it is borrowed
//~ error[E0515]: cannot return value referencing local data `*boxed`
//~ error[E0277]: `*mut
//~ sqlite3_stmt` cannot be sent between threads safely
//~ error[E0277]: `RefCell<
//~ error[E0277]: `RefCell<
//~ InnerConnection>` cannot be shared between threads safely
//~ RawStatement>>` cannot be shared between threads safely

use aludel::sqlite::rusqlite::{Connection, Result, Statement};

fn moved(connection: Connection) -> Result<()> {
    let statement = connection.prepare("select 1")?;
    let kept = (connection, 1);
    drop((statement, kept));
    Ok(())
}

fn boxed(connection: Connection) -> Result<(Box<Connection>, Statement<'static>)> {
    let boxed = Box::new(connection);
    let statement = boxed.prepare("select 1")?;
    Ok((boxed, statement))
}

fn leaked(connection: &'static Connection) -> Result<impl Send> {
    connection.prepare("select 1")
}

fn main() {
    drop((moved, boxed, leaked));
}
