//! Who is compared on which server. The first contender is what the others are compared with.

use crate::family::{Family, none};
use crate::inserts::{self, ADDED, Inserts, MANY};
use crate::{aludel, diesel, diesel_async, raw, sea_orm, sqlx, typed};

const SEA_ORM: Family = Family {
    one_row: sea_orm::one_row,
    in_transaction: sea_orm::in_transaction,
    checked_out: sea_orm::checked_out,
    many_rows: sea_orm::many_rows,
    typed_rows: none,
    inserts: Inserts::without_keys(
        inserts::sea_orm::plain::<ADDED>,
        inserts::sea_orm::plain::<MANY>,
    ),
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
                inserts: Inserts::without_keys(
                    inserts::diesel::$database::plain::<ADDED>,
                    inserts::diesel::$database::plain::<MANY>,
                ),
                tasks: diesel::pool::$database::tasks,
            },
            Family {
                one_row: diesel_async::$database::one_row,
                in_transaction: diesel_async::pool::$database::in_transaction,
                checked_out: diesel_async::pool::$database::checked_out,
                many_rows: diesel_async::$database::many_rows,
                typed_rows: none,
                inserts: Inserts::without_keys(
                    inserts::diesel_async::$database::plain::<ADDED>,
                    inserts::diesel_async::$database::plain::<MANY>,
                ),
                tasks: diesel_async::pool::$database::tasks,
            },
            Family {
                one_row: sqlx::$database::one_row,
                in_transaction: sqlx::pool::$database::in_transaction,
                checked_out: sqlx::pool::$database::checked_out,
                many_rows: sqlx::$database::many_rows,
                typed_rows: typed::sqlx::$database::rows,
                inserts: Inserts {
                    plain: inserts::sqlx::$database::plain::<ADDED>,
                    keys: inserts::sqlx::$database::keys,
                    many: inserts::sqlx::$database::plain::<MANY>,
                },
                tasks: sqlx::pool::$database::tasks,
            },
            SEA_ORM,
        ]
    };
}

pub(crate) const POSTGRES: [Family; 6] = {
    let [raw, ours, mut diesel, mut diesel_async, mut sqlx, mut sea_orm] = on!(postgres);
    diesel.inserts.keys = inserts::diesel::postgres_keys::keys;
    diesel_async.inserts.keys = inserts::diesel_async::postgres_keys;
    sqlx.inserts = Inserts {
        plain: inserts::sqlx::arrays::plain::<ADDED>,
        keys: inserts::sqlx::arrays::keys,
        many: inserts::sqlx::arrays::plain::<MANY>,
    };
    sea_orm.inserts.keys = inserts::sea_orm::keys;
    [raw, ours, diesel, diesel_async, sqlx, sea_orm]
};
pub(crate) const MYSQL: [Family; 6] = on!(mysql);
/// The peers are in a program of their own.
pub(crate) const SQLITE: [Family; 2] = [raw::sqlite::FAMILY, aludel::FAMILY];
