//! The cases, by category, written with the library.

mod arithmetic;
mod array;
mod between;
mod bind;
mod bitwise;
mod boolean;
mod case_;
mod cast;
mod collate;
mod compare;
mod concat;
mod cte;
mod ddl;
mod delete;
mod distinct;
mod error;
mod extract;
mod function;
mod group;
mod identifier;
mod in_;
mod insert;
mod join;
mod json;
mod jsonb;
mod like;
mod limits;
mod literal;
mod locks;
mod null;
mod order;
mod sets;
mod subquery;
mod text;
mod update;
mod upsert;
mod window;

use aludel::{Connection, MetaData, Params, Result};

use crate::answer::{Answer, Statement};
use crate::tables::{Db, Tables};

/// Makes a statement over the tables.
pub(crate) type Make<S> = Box<dyn Fn(&Tables) -> Result<Box<S>>>;

/// Describes tables; the second schema has this name.
type MakeTables = dyn Fn(Db, &str) -> Result<MetaData>;

/// Makes the statements of a definition.
type MakeDefinitions = dyn Fn(Db) -> Result<Vec<Box<dyn Statement>>>;

pub(crate) struct Case {
    pub(crate) id: &'static str,
    pub(crate) run: Run,
}

pub(crate) enum Run {
    /// It reads.
    Query(Make<dyn Statement>),
    /// It changes rows.
    Changes(Make<dyn Statement>),
    /// It is sent with its values in the text.
    Literal(Make<dyn Statement>),
    /// It makes tables.
    Schema(Box<MakeTables>),
    /// Statements of the schema, one after the other.
    Definitions(Box<MakeDefinitions>),
}

impl Case {
    /// Whether the tables are not as before, once it has run.
    pub(crate) fn changes(&self) -> bool {
        matches!(self.run, Run::Changes(_) | Run::Schema(_) | Run::Definitions(_))
    }
}

/// Collects cases.
#[derive(Default)]
pub(crate) struct Cases(Vec<Case>);

impl Cases {
    /// A statement that reads.
    pub(crate) fn query<S: Statement + 'static>(
        &mut self,
        id: &'static str,
        make: impl Fn(&Tables) -> S + 'static,
    ) {
        self.try_query(id, move |tables| Ok(make(tables)));
    }

    /// A statement that reads, of which a part may be refused when it is built.
    pub(crate) fn try_query<S: Statement + 'static>(
        &mut self,
        id: &'static str,
        make: impl Fn(&Tables) -> Result<S> + 'static,
    ) {
        let make = move |tables: &Tables| Ok(Box::new(make(tables)?) as Box<dyn Statement>);
        self.0.push(Case { id, run: Run::Query(Box::new(make)) });
    }

    /// A statement that changes rows.
    pub(crate) fn changes<S: Statement + 'static>(
        &mut self,
        id: &'static str,
        make: impl Fn(&Tables) -> Result<S> + 'static,
    ) {
        let make = move |tables: &Tables| Ok(Box::new(make(tables)?) as Box<dyn Statement>);
        self.0.push(Case { id, run: Run::Changes(Box::new(make)) });
    }

    /// A statement that is sent with its values in the text.
    pub(crate) fn literal<S: Statement + 'static>(
        &mut self,
        id: &'static str,
        make: impl Fn(&Tables) -> Result<S> + 'static,
    ) {
        let make = move |tables: &Tables| Ok(Box::new(make(tables)?) as Box<dyn Statement>);
        self.0.push(Case { id, run: Run::Literal(Box::new(make)) });
    }

    /// Tables that are made.
    pub(crate) fn schema(
        &mut self,
        id: &'static str,
        make: impl Fn(Db) -> Result<MetaData> + 'static,
    ) {
        self.schema_in(id, move |db, _| make(db));
    }

    /// Tables that are made, of which some are in the second schema, whose name it is given.
    pub(crate) fn schema_in(
        &mut self,
        id: &'static str,
        make: impl Fn(Db, &str) -> Result<MetaData> + 'static,
    ) {
        self.0.push(Case { id, run: Run::Schema(Box::new(make)) });
    }

    /// Statements of the schema.
    pub(crate) fn definitions(
        &mut self,
        id: &'static str,
        make: impl Fn(Db) -> Result<Vec<Box<dyn Statement>>> + 'static,
    ) {
        self.0.push(Case { id, run: Run::Definitions(Box::new(make)) });
    }
}

/// A statement that runs once for each set of parameters.
pub(crate) struct Many<E>(pub(crate) E, pub(crate) Vec<Params>);

impl<E: aludel::sql::Executable> Statement for Many<E> {
    fn run(&self, conn: &mut Connection) -> Result<Answer> {
        let done = conn.execute_many(&self.0, self.1.clone())?;
        Ok(Answer { columns: Vec::new(), rows: Vec::new(), rowcount: done.rowcount() })
    }

    fn literal_sql(&self, _: &mut Connection) -> Result<String> {
        unreachable!("no such case is recorded")
    }
}

/// All that are written.
pub(crate) fn all() -> Vec<Case> {
    let mut cases = Cases::default();
    arithmetic::cases(&mut cases);
    array::cases(&mut cases);
    between::cases(&mut cases);
    bind::cases(&mut cases);
    bitwise::cases(&mut cases);
    boolean::cases(&mut cases);
    case_::cases(&mut cases);
    cast::cases(&mut cases);
    collate::cases(&mut cases);
    compare::cases(&mut cases);
    concat::cases(&mut cases);
    cte::cases(&mut cases);
    ddl::cases(&mut cases);
    delete::cases(&mut cases);
    distinct::cases(&mut cases);
    error::cases(&mut cases);
    extract::cases(&mut cases);
    function::cases(&mut cases);
    group::cases(&mut cases);
    identifier::cases(&mut cases);
    in_::cases(&mut cases);
    insert::cases(&mut cases);
    join::cases(&mut cases);
    json::cases(&mut cases);
    jsonb::cases(&mut cases);
    like::cases(&mut cases);
    limits::cases(&mut cases);
    literal::cases(&mut cases);
    locks::cases(&mut cases);
    null::cases(&mut cases);
    order::cases(&mut cases);
    sets::cases(&mut cases);
    subquery::cases(&mut cases);
    text::cases(&mut cases);
    update::cases(&mut cases);
    upsert::cases(&mut cases);
    window::cases(&mut cases);
    cases.0
}
