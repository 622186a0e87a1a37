//! Finds out how the relationships of a mapped struct work: by the foreign keys between the tables.

use super::Mapper;
use super::definition::{Definition, RelationshipKind, RelationshipOptions};
use super::relationship::{Direction, Pair, Relationship, Secondary};
use crate::error::{Error, ErrorKind, Result};
use crate::sql::schema::{ForeignKeyConstraint, Table};
use crate::sql::{AnyColumn, Name};

/// All relationships of a mapper.
pub(super) fn relationships(mapper: &'static Mapper) -> Result<Vec<Relationship>> {
    let definitions = mapper.definitions().iter().enumerate();
    definitions
        .map(|(place, definition)| Configuration::new(mapper, definition).relationship(place))
        .collect()
}

/// What is known of the relationship that is being configured.
struct Configuration {
    mapper: &'static Mapper,
    definition: Definition,
    target: &'static Mapper,
    options: RelationshipOptions,
}

impl Configuration {
    fn new(mapper: &'static Mapper, definition: &Definition) -> Self {
        let (target, options) = (definition.target(), definition.options());
        Self { mapper, definition: *definition, target, options }
    }

    fn relationship(self, place: usize) -> Result<Relationship> {
        let (direction, pairs, secondary) = match &self.options.secondary {
            Some(table) => (Direction::ManyToMany, Vec::new(), Some(self.secondary(table)?)),
            None => {
                let (direction, pairs) = self.direction()?;
                (direction, pairs, None)
            }
        };
        let back = self.back()?;
        self.check_directions(direction, back)?;
        let Self { mapper, definition, target, options } = &self;
        if options.cascade.delete_orphan
            && direction != Direction::OneToMany
            && !options.single_parent
        {
            return Err(self.error(
                "has the cascade delete-orphan, though other objects may refer to the same one; put it on the \
                 one-to-many side, or say `single_parent`",
            ));
        }
        Ok(Relationship {
            place,
            name: definition.name(),
            parent: mapper,
            target,
            direction,
            uselist: definition.kind() == RelationshipKind::Many,
            pairs,
            secondary,
            back,
            cascade: options.cascade,
            order_by: options.order_by,
            passive_deletes: options.passive_deletes,
            lazy: options.lazy,
            post_update: options.post_update,
            viewonly: options.viewonly,
            single_parent: options.single_parent,
            passive_updates: !options.active_updates,
            overlaps: options.overlaps,
        })
    }

    /// Where the foreign key is, and which columns belong together.
    fn direction(&self) -> Result<(Direction, Vec<Pair>)> {
        let own = self.keys(self.mapper, self.target);
        let others = self.keys(self.target, self.mapper);
        let is_list = self.definition.kind() == RelationshipKind::Many;
        // A struct that refers to itself has both: a collection is the one-to-many side.
        let is_own = !is_list && !own.is_empty();
        if is_own && !others.is_empty() && self.mapper != self.target {
            return Err(self.error(&format!(
                "is ambiguous: both tables have a foreign key to the other; say by `foreign_key` which is meant, of \
                 {} or of {}",
                listed(&own),
                listed(&others)
            )));
        }
        let (direction, keys) =
            if is_own { (Direction::ManyToOne, own) } else { (Direction::OneToMany, others) };
        match &*keys {
            [key] => Ok((direction, self.pairs(direction, key)?)),
            [] => Err(self.error(&format!(
                "has no foreign key: {} refers to {}; add `foreign_key = \"…\"` to a field, or `secondary = \
                 …` for the table between",
                if is_list {
                    format!("none of {:?}", self.target.table().name())
                } else {
                    format!("none of {:?} and {:?}", self.mapper.table().name(), self.target.table().name())
                },
                if is_list { format!("{:?}", self.mapper.table().name()) } else { "the other".into() },
            ))),
            several => Err(self.error(&format!(
                "is ambiguous: there are several foreign keys; say by `foreign_key` which is meant, of {}",
                listed(several)
            ))),
        }
    }

    /// The foreign keys of one table to the other, of which the options say the columns if they say any.
    fn keys(
        &self,
        from: &'static Mapper,
        to: &'static Mapper,
    ) -> Vec<&'static ForeignKeyConstraint> {
        let keys = from.table().foreign_keys();
        let keys = keys.filter(|key| key.referred_table() == to.table().full_name());
        let wanted = &self.options.foreign_key;
        keys.filter(|key| {
            wanted.is_empty()
                || wanted.len() == key.columns().len()
                    && wanted.iter().all(|name| {
                        let place = from.place_of(name);
                        let places =
                            key.columns().iter().map(|column| from.place_of_column(column));
                        place.is_some() && places.into_iter().any(|of| of == place)
                    })
        })
        .collect()
    }

    fn pairs(&self, direction: Direction, key: &ForeignKeyConstraint) -> Result<Vec<Pair>> {
        let names = key.columns().iter().zip(key.referred_columns());
        let (from, to) = match direction {
            Direction::ManyToOne => (self.mapper, self.target),
            _ => (self.target, self.mapper),
        };
        names
            .map(|(column, referred)| {
                let places = from.place_of_column(column).zip(to.place_of_column(referred));
                let (column, referred) = places.ok_or_else(|| {
                    self.error(&format!(
                        "has a foreign key to {:?} of {:?}, which has no such column",
                        referred,
                        to.table().name()
                    ))
                })?;
                Ok(match direction {
                    Direction::ManyToOne => Pair { own: column, other: referred },
                    _ => Pair { own: referred, other: column },
                })
            })
            .collect()
    }

    fn secondary(&self, table: &Table) -> Result<Secondary> {
        let local =
            self.side(table, self.mapper, &self.options.secondary_local, "secondary_local")?;
        let remote =
            self.side(table, self.target, &self.options.secondary_remote, "secondary_remote")?;
        Ok(Secondary { table: table.clone(), local, remote })
    }

    /// The columns of the table of pairs that refer to one side.
    fn side(
        &self,
        table: &Table,
        side: &'static Mapper,
        wanted: &[&str],
        attribute: &str,
    ) -> Result<Vec<(usize, AnyColumn)>> {
        let keys =
            table.foreign_keys().filter(|key| key.referred_table() == side.table().full_name());
        let keys: Vec<_> = keys
            .filter(|key| {
                let is_wanted = |column: &Name| wanted.iter().any(|name| **name == **column);
                wanted.is_empty() || key.columns().iter().all(is_wanted)
            })
            .collect();
        let key = match &*keys {
            [key] => key,
            [] => {
                return Err(self.error(&format!(
                    "has no foreign key: none of {:?} refers to {:?}",
                    table.name(),
                    side.table().name()
                )));
            }
            several => {
                return Err(self.error(&format!(
                    "is ambiguous: several foreign keys of {:?} refer to {:?}; say by `{attribute}` which is meant, \
                     of {}",
                    table.name(),
                    side.table().name(),
                    listed(several)
                )));
            }
        };
        let names = key.columns().iter().zip(key.referred_columns());
        names
            .map(|(column, referred)| {
                let place = side.place_of_column(referred).ok_or_else(|| {
                    self.error(&format!("has a foreign key to {referred:?}, which is no column"))
                })?;
                Ok((place, table.c(column)?))
            })
            .collect()
    }

    /// The place of the other side among the relationships of the target.
    fn back(&self) -> Result<Option<usize>> {
        let Some(back) = self.options.back else { return Ok(None) };
        let names: Vec<_> = self.target.definitions().iter().collect();
        let found = names.iter().position(|definition| definition.name() == back);
        let Some(place) = found else {
            return Err(self.error(&format!(
                "says that its other side is `{back}`, but `{}` has no such relationship",
                self.target.class_name()
            )));
        };
        if names[place].target() != self.mapper {
            return Err(self.error(&format!(
                "says that its other side is `{back}` of `{}`, which refers to `{}`",
                self.target.class_name(),
                names[place].target().class_name()
            )));
        }
        Ok(Some(place))
    }

    /// That the other side is one: of two references by the same kind of key neither is that of the other.
    fn check_directions(&self, direction: Direction, back: Option<usize>) -> Result<()> {
        let Some(back) = back.filter(|_| direction != Direction::ManyToMany) else { return Ok(()) };
        let other = Self::new(self.target, &self.target.definitions()[back]);
        if other.options.secondary.is_some() || other.direction()?.0 != direction {
            return Ok(());
        }
        let what = match direction {
            Direction::ManyToOne => "have the foreign key in their own table",
            _ => "have the foreign key in the other table",
        };
        Err(self.error(&format!(
            "and its other side `{}` both {what}, so that they are not two sides of one; make one of them a `Many`, or \
             give each an other side of its own",
            other.definition.name()
        )))
    }

    #[cold]
    fn error(&self, what: &str) -> Error {
        let (class, name) = (self.mapper.class_name(), self.definition.name());
        Error::new(
            ErrorKind::Mapping,
            format!("the relationship `{class}::{name}` to `{}` {what}", self.target.class_name()),
        )
    }
}

/// The columns of foreign keys, for a message.
fn listed(keys: &[&ForeignKeyConstraint]) -> String {
    let names = |key: &&ForeignKeyConstraint| {
        key.columns().iter().map(|name| &**name).collect::<Vec<_>>().join(", ")
    };
    keys.iter().map(names).collect::<Vec<_>>().join("; ")
}
