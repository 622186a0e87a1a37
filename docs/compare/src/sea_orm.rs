//! sea-orm, which always has a pool.

use std::hint::black_box;

use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction,
    EntityTrait, TransactionTrait,
};

use crate::contender::{Contender, Result};
#[cfg(feature = "servers")]
use crate::workload::{CONNECTIONS, key};
use crate::workload::{Keys, is_all, is_asked};

mod users {
    //! The table that is read.

    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "compare_users")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub name: String,
        pub hair: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

async fn pool(url: &str, connections: u32, test: bool) -> Result<DatabaseConnection> {
    let mut options = ConnectOptions::new(url);
    options.max_connections(connections).test_before_acquire(test);
    Ok(Database::connect(options).await?)
}

/// A pool of one connection; SQLite's are filled.
pub(crate) async fn open(url: &str) -> Result<DatabaseConnection> {
    let database = pool(url, 1, false).await?;
    #[cfg(feature = "sqlite")]
    {
        let statements = crate::workload::tables(crate::workload::SQLITE_KEY).join(";");
        database.execute_unprepared(&statements).await?;
    }
    Ok(database)
}

async fn select(connection: &impl ConnectionTrait, id: i64) -> Result<()> {
    let found = users::Entity::find_by_id(id).one(connection).await?.ok_or("no row")?;
    is_asked(found.id, id)?;
    black_box((found.name, found.hair));
    Ok(())
}

pub(crate) fn one_row(url: &str) -> Result<Vec<Contender>> {
    let open = async || Ok((open(url).await?.begin().await?, Keys::default()));
    let once = async |(transaction, keys): &mut (DatabaseTransaction, Keys)| {
        select(transaction, keys.next()).await
    };
    Ok(vec![Contender::awaited("sea-orm", "with LIMIT", open, once)?])
}

pub(crate) fn many_rows(url: &str) -> Result<Vec<Contender>> {
    let open = async || Ok(open(url).await?.begin().await?);
    Ok(vec![Contender::awaited("sea-orm", "", open, async |transaction| {
        let found = users::Entity::find().all(transaction).await?;
        is_all(found.len())?;
        black_box(found);
        Ok(())
    })?])
}

#[cfg(feature = "servers")]
pub(crate) fn in_transaction(url: &str) -> Result<Vec<Contender>> {
    let open = async |test| Ok((pool(url, CONNECTIONS, test).await?, Keys::default()));
    let once = async |(database, keys): &mut (DatabaseConnection, Keys)| {
        let transaction = database.begin().await?;
        select(&transaction, keys.next()).await?;
        Ok(transaction.commit().await?)
    };
    let (name, sends) = ("sea-orm, pool without test", "BEGIN, SELECT, COMMIT, ping");
    let quick = Contender::awaited(name, sends, async || open(false).await, once)?;
    let (name, sends) = ("sea-orm, pool", "ping, BEGIN, SELECT, COMMIT, ping");
    Ok(vec![quick, Contender::awaited(name, sends, async || open(true).await, once)?])
}

#[cfg(feature = "servers")]
pub(crate) fn checked_out(url: &str) -> Result<Vec<Contender>> {
    let open = async |test| Ok((pool(url, CONNECTIONS, test).await?, Keys::default()));
    let once = async |(database, keys): &mut (DatabaseConnection, Keys)| {
        select(database, keys.next()).await
    };
    let (name, sends) = ("sea-orm, pool without test", "SELECT, ping");
    let quick = Contender::awaited(name, sends, async || open(false).await, once)?;
    let (name, sends) = ("sea-orm, pool", "ping, SELECT, ping");
    Ok(vec![quick, Contender::awaited(name, sends, async || open(true).await, once)?])
}

#[cfg(feature = "servers")]
pub(crate) fn tasks(url: &str, tasks: u32) -> Result<Vec<Contender>> {
    let once = async |database: DatabaseConnection, number| select(&database, key(number)).await;
    let (name, sends) = ("sea-orm, pool without test", "SELECT, ping");
    let quick = async || pool(url, CONNECTIONS, false).await;
    let quick = Contender::tasks(name, sends, tasks, quick, once)?;
    let (name, sends) = ("sea-orm, pool", "ping, SELECT, ping");
    let tested = async || pool(url, CONNECTIONS, true).await;
    Ok(vec![quick, Contender::tasks(name, sends, tasks, tested, once)?])
}
