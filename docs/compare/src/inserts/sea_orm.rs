//! sea-orm.

use sea_orm::{ActiveValue, EntityTrait, InsertMany, TransactionTrait};

use super::{ADDED, Fields, are_keys, rows};
use crate::contender::{Contender, Result};
use crate::sea_orm::open;

mod inserted {
    //! The table that is inserted into.

    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "compare_added")]
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

fn statement(many: usize) -> InsertMany<inserted::ActiveModel> {
    let model = |(name, hair): Fields| inserted::ActiveModel {
        id: ActiveValue::NotSet,
        name: ActiveValue::Set(name),
        hair: ActiveValue::Set(hair),
    };
    inserted::Entity::insert_many(rows(many).into_iter().map(model))
}

pub(crate) fn plain<const ROWS: usize>(url: &str) -> Result<Vec<Contender>> {
    let sends = "BEGIN, 1 statement, COMMIT, ping";
    let open = async || open(url).await;
    Ok(vec![Contender::awaited("sea-orm", sends, open, async |database| {
        let transaction = database.begin().await?;
        statement(ROWS).exec_without_returning(&transaction).await?;
        Ok(transaction.commit().await?)
    })?])
}

/// Where the database gives keys, which sea-orm does not ask MariaDB for.
pub(crate) fn keys(url: &str) -> Result<Vec<Contender>> {
    let sends = "BEGIN, 1 statement with RETURNING, COMMIT, ping";
    let open = async || open(url).await;
    Ok(vec![Contender::awaited("sea-orm", sends, open, async |database| {
        let transaction = database.begin().await?;
        let keys = statement(ADDED).exec_with_returning_keys(&transaction).await?;
        transaction.commit().await?;
        are_keys(&keys)
    })?])
}
