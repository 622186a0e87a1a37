//! Aludel: prepared, held by the program, and built for each execution.

use std::hint::black_box;
use std::sync::Arc;

use aludel::dbapi::{Product, ServerInfo};
use aludel::dialect::postgresql::PostgreSql;

use super::idle;
use super::joined::statement;
use crate::contender::{Contender, Result};

pub(crate) fn contenders() -> Result<Vec<Contender>> {
    let server = ServerInfo::new(Product::PostgreSql, "18.0");
    let engine = idle::engine(server, Arc::new(PostgreSql::new()))?;
    let kept = (engine.prepare(&statement(1))?, engine.connect()?);
    let prepared = Contender::blocking("Aludel, prepared", "", kept, |(prepared, conn)| {
        black_box(conn.execute_prepared(prepared, ())?);
        Ok(())
    });
    let kept = (statement(1), engine.connect()?);
    let held = Contender::blocking("Aludel, held", "", kept, |(statement, conn)| {
        black_box(conn.execute(&*statement)?);
        Ok(())
    });
    let kept = (0, engine.connect()?);
    let built = Contender::blocking("Aludel, built anew", "", kept, |(n, conn)| {
        *n += 1;
        black_box(conn.execute(statement(*n))?);
        Ok(())
    });
    Ok(vec![prepared, held, built])
}
