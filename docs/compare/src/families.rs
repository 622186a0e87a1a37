//! Who is compared on which server. The first contender is what the others are compared with.

use crate::family::{Family, none};
use crate::{aludel, diesel, diesel_async, raw, sea_orm, sqlx, typed};

const SEA_ORM: Family = Family {
    one_row: sea_orm::one_row,
    in_transaction: sea_orm::in_transaction,
    checked_out: sea_orm::checked_out,
    many_rows: sea_orm::many_rows,
    typed_rows: none,
    insert: sea_orm::insert,
    tasks: sea_orm::tasks,
};

macro_rules! on {
    ($database:ident) => {
        [
            raw::$database::FAMILY,
            aludel::FAMILY,
            Family {
                one_row: diesel::$database::one_row,
                in_transaction: diesel::pool::$database::in_transaction,
                checked_out: diesel::pool::$database::checked_out,
                many_rows: diesel::$database::many_rows,
                typed_rows: none,
                insert: diesel::$database::insert,
                tasks: diesel::pool::$database::tasks,
            },
            Family {
                one_row: diesel_async::$database::one_row,
                in_transaction: diesel_async::pool::$database::in_transaction,
                checked_out: diesel_async::pool::$database::checked_out,
                many_rows: diesel_async::$database::many_rows,
                typed_rows: none,
                insert: diesel_async::$database::insert,
                tasks: diesel_async::pool::$database::tasks,
            },
            Family {
                one_row: sqlx::$database::one_row,
                in_transaction: sqlx::pool::$database::in_transaction,
                checked_out: sqlx::pool::$database::checked_out,
                many_rows: sqlx::$database::many_rows,
                typed_rows: typed::sqlx::$database::rows,
                insert: sqlx::$database::insert,
                tasks: sqlx::pool::$database::tasks,
            },
            SEA_ORM,
        ]
    };
}

pub(crate) const POSTGRES: [Family; 6] = on!(postgres);
pub(crate) const MYSQL: [Family; 6] = on!(mysql);
/// The peers are in a program of their own.
pub(crate) const SQLITE: [Family; 2] = [raw::sqlite::FAMILY, aludel::FAMILY];
