//! fault: B19. One connection serves one task at a time.
//
//~ error[E0499]: cannot borrow `conn` as mutable more than once at a time
//~ first borrow later used here

use aludel::{AsyncConnection, text};

async fn both(mut conn: AsyncConnection) {
    let one = conn.execute(text("select 1"));
    let two = conn.execute(text("select 2"));
    let _ = tokio::join!(one, two);
}

fn main() {}
