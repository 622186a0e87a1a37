//! The events around the creation of tables.

use super::Connection;
use crate::error::Result;
use crate::event::{Chain, Event, Listener, Target, event};
use crate::sql::schema::{Ddl, MetaData, Table};

/// The listeners of a table or of metadata.
#[derive(Debug, Default)]
struct SchemaListeners {
    before_create: Chain<BeforeCreateEvent>,
    after_create: Chain<AfterCreateEvent>,
    before_drop: Chain<BeforeDropEvent>,
    after_drop: Chain<AfterDropEvent>,
}

/// What is created or dropped.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum SchemaItem<'a> {
    /// One table.
    Table(&'a Table),
    /// Those of the metadata that are not there, or that are.
    MetaData(&'a MetaData),
}

macro_rules! events {
    ($($(#[$meta:meta])* $event:ident, $kind:ident, $field:ident;)*) => {
        $(
            $(#[$meta])*
            #[derive(Debug)]
            pub struct $event<'a> {
                /// The connection; a listener may run SQL on it.
                pub connection: &'a mut Connection,
                /// What is created or dropped: the target of the event.
                pub item: SchemaItem<'a>,
                /// The tables that are, in their order.
                pub tables: &'a [Table],
            }
            event! {
                /// The family of the event of the same name.
                $kind = $event
            }

            impl Target<$kind> for Table {
                fn chain(&self) -> &Chain<$kind> {
                    &self.listeners().get::<SchemaListeners>().$field
                }
            }

            impl Target<$kind> for MetaData {
                fn chain(&self) -> &Chain<$kind> {
                    &self.listeners().get::<SchemaListeners>().$field
                }
            }

            /// It is executed in the databases that [`Ddl::execute_if`] names.
            impl Listener<$kind> for Ddl {
                fn hear(&self, event: &mut $event<'_>) -> Result<()> {
                    execute(self, event.connection, event.item)
                }
            }

            impl<'a> From<Parts<'a>> for $event<'a> {
                fn from((connection, item, tables): Parts<'a>) -> Self {
                    Self { connection, item, tables }
                }
            }
        )*
    };
}

type Parts<'a> = (&'a mut Connection, SchemaItem<'a>, &'a [Table]);

events! {
    /// A table is about to be created, or those of metadata that are not there. It is not delivered
    /// for a table that is there and so is left alone.
    BeforeCreate, BeforeCreateEvent, before_create;
    /// A table was created, with its indexes, or those of metadata.
    AfterCreate, AfterCreateEvent, after_create;
    /// A table is about to be dropped, or those of metadata that are there.
    BeforeDrop, BeforeDropEvent, before_drop;
    /// A table was dropped, or those of metadata.
    AfterDrop, AfterDropEvent, after_drop;
}

fn execute(ddl: &Ddl, connection: &mut Connection, item: SchemaItem<'_>) -> Result<()> {
    let dialect = &*connection.writing_dialect();
    if !ddl.is_for(dialect) {
        return Ok(());
    }
    match item {
        SchemaItem::Table(table) => {
            let of_table = ddl.of_table(table, dialect);
            connection.execute(of_table)?;
        }
        SchemaItem::MetaData(_) => {
            connection.execute(ddl)?;
        }
    }
    Ok(())
}

/// Delivers an event of the item to its listeners.
pub(super) fn fire<K>(
    connection: &mut Connection,
    item: SchemaItem<'_>,
    tables: &[Table],
) -> Result<()>
where
    K: Event,
    for<'a> K::Of<'a>: From<Parts<'a>>,
    Table: Target<K>,
    MetaData: Target<K>,
{
    let chain: &Chain<K> = match item {
        SchemaItem::Table(table) => table.chain(),
        SchemaItem::MetaData(metadata) => metadata.chain(),
    };
    if !chain.has_listeners() {
        return Ok(());
    }
    connection.lend(|connection| chain.fire(&mut (connection, item, tables).into()))
}
