//! What of the language a database has, and what it does not.

use std::fmt;

/// A list of parts of SQL: the variant, its name in messages, and what to do where it is missing.
macro_rules! features {
    ($($feature:ident: $name:literal, $cure:literal;)*) => {
        /// A part of SQL that some databases, or some versions of them, do not have.
        ///
        /// A statement that needs what the database lacks is refused when it is compiled, by name, and
        /// is not sent.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        #[repr(u8)]
        pub enum Feature {
            $(#[doc = concat!($name, ".")] $feature,)*
        }

        impl Feature {
            /// All there are.
            pub const ALL: &'static [Self] = &[$(Self::$feature),*];

            /// Its name, as messages have it.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$feature => $name,)* }
            }

            /// What to do instead, where it is missing.
            #[must_use]
            pub const fn cure(self) -> &'static str {
                match self { $(Self::$feature => $cure,)* }
            }
        }
    };
}

features! {
    DistinctOn: "DISTINCT ON",
        "number the rows by `func::row_number().over(…)` in a subquery and keep the first";
    DistinctOrder: "DISTINCT rows that are sorted by an expression of what is selected",
        "select the expression too, or select from a subquery with the DISTINCT rows";
    RightJoin: "RIGHT JOIN", "exchange the two sides of an outer join";
    FullJoin: "FULL JOIN",
        "unite a left outer join and the rows of the right side without a partner";
    Lateral: "LATERAL", "join a subquery that names no columns beside it, or use a scalar subquery";
    TableFunctions: "functions in FROM", "select the rows in another way";
    WithOrdinality: "WITH ORDINALITY", "number the rows by `func::row_number().over(…)`";
    TableSample: "TABLESAMPLE", "order by a random number and limit the rows";
    ValuesTable: "VALUES in FROM", "unite selects of the rows";
    ExpressionLimit: "expressions in LIMIT and OFFSET", "give a value or a bind";
    FetchFirst: "FETCH FIRST", "use `limit`";
    FetchWithTies: "FETCH FIRST … WITH TIES", "compare with the rank in a subquery";
    FetchPercent: "FETCH FIRST … PERCENT", "count the rows first";
    ForUpdate: "FOR UPDATE", "begin an IMMEDIATE transaction, which locks the database";
    ForShare: "FOR SHARE", "use `with_for_update()` without `read`";
    ForKeyShare: "FOR KEY SHARE and FOR NO KEY UPDATE",
        "use `with_for_update()` without `key_share`";
    LockOf: "the tables of FOR UPDATE (OF)", "leave `of` out, which locks the rows of all tables";
    LockNowait: "NOWAIT", "limit the wait by a lock time-out of the session";
    LockSkipLocked: "SKIP LOCKED", "use another way to take the next row";
    Intersect: "INTERSECT and EXCEPT", "use `in_` or `exists`";
    IntersectAll: "INTERSECT ALL and EXCEPT ALL", "leave `all` out, or count the rows in groups";
    NestedSetOperands: "parentheses around the operands of set operations",
        "select from a subquery of the operand";
    RecursiveCte: "recursive common table expressions", "join the table with itself";
    Cte: "common table expressions", "use a subquery";
    MaterializedCte: "MATERIALIZED and NOT MATERIALIZED", "leave the choice to the database";
    DataModifyingCte: "INSERT, UPDATE or DELETE in WITH",
        "run the statements one after the other in a transaction";
    CteInDml: "WITH before INSERT, UPDATE or DELETE", "use a subquery";
    InsertReturning: "INSERT … RETURNING", "select the row by its key";
    UpdateReturning: "UPDATE … RETURNING", "select the rows in the same transaction";
    DeleteReturning: "DELETE … RETURNING", "select the rows before, in the same transaction";
    OnConflict: "INSERT … ON CONFLICT", "use `upsert`, or `on_duplicate_key_update`";
    ConflictConstraint: "ON CONFLICT ON CONSTRAINT", "name the columns of the constraint";
    OnDuplicateKeyUpdate: "INSERT … ON DUPLICATE KEY UPDATE",
        "use `upsert`, or `on_conflict_do_update`";
    InsertedRowName: "a name for the row that an INSERT inserts", "use `excluded`";
    DefaultInValues: "DEFAULT among the values of an INSERT", "leave the column out";
    UpdateFrom: "UPDATE … FROM", "use a correlated subquery";
    DeleteUsing: "DELETE … USING", "use `in_` or `exists`";
    DmlLimit: "ORDER BY and LIMIT in UPDATE and DELETE",
        "choose the rows by a subquery of their keys";
    ChangedTableInUpdate: "subqueries of an UPDATE on the table that it changes",
        "select from a subquery of the table, which is computed before: \
         `select(…).distinct().subquery(\"before\")`";
    ChangedTableInDelete: "subqueries of a DELETE on the table that it changes",
        "select from a subquery of the table, which is computed before: \
         `select(…).distinct().subquery(\"before\")`";
    ChangedTableInDeleteUsing: "subqueries of a DELETE … USING on the table that it changes",
        "select from a subquery of the table, which is computed before: \
         `select(…).distinct().subquery(\"before\")`";
    MergedChangedTable: "a subquery of the table that is changed beside it, which is merged into the statement",
        "add `distinct()` to the subquery, which is computed before then";
    ChangedTableInInsert: "subqueries among the values of an INSERT on the table that it changes",
        "use `from_select`, or select the value before, in the same transaction";
    ChangedTableInReturning: "subqueries in INSERT … RETURNING on the table that it changes",
        "select the value afterwards, in the same transaction";
    ExplainAnalyze: "EXPLAIN ANALYZE", "explain the statement without `analyze`";
    ExplainAnalyzeChanges: "EXPLAIN ANALYZE of INSERT, UPDATE and DELETE",
        "explain the statement without `analyze`";
    CaseInsensitiveLike: "ILIKE", "compare `lower` of both sides";
    Regexp: "regular expressions", "use `like`, or read the rows and match them in the program";
    RegexpReplace: "regexp_replace", "replace in the program";
    RegexpFlags: "flags of regular expressions", "write them into the pattern";
    FullTextMatch: "full-text search by `match_`", "use the database's own functions by `text`";
    RowValues: "comparisons of tuples", "compare the columns one by one and join them by `and_`";
    Arrays: "arrays", "use a table of their own, or JSON";
    QuantifiedComparison: "ANY and ALL of a subquery",
        "use `in_`, `exists`, or the minimum or maximum";
    QuantifiedArray: "ANY and ALL of an array", "use `in_` or `not_in` with the list";
    Json: "JSON", "keep the text, and read it in the program";
    JsonContainment: "containment of JSON documents", "compare the values at their paths";
    JsonPathQueries: "JSON path queries", "name the path by its keys";
    JsonChange: "changes inside JSON documents", "read the document, change it and write it back";
    BitwiseXor: "bitwise XOR", "write it as (a | b) - (a & b)";
    Filter: "FILTER", "put a `case` into the aggregate, which leaves out NULL";
    WithinGroup: "WITHIN GROUP", "order and number the rows in a subquery";
    AggregateOrderBy: "ORDER BY in an aggregate", "order the rows in the program";
    AggregateStrings: "string aggregates", "collect the texts in the program";
    ArrayAggregate: "array_agg", "use a JSON aggregate, or collect the values in the program";
    JsonAggregate: "JSON aggregates", "collect the values in the program";
    Statistics: "stddev and variance",
        "compute them from the sums of the values and of their squares";
    Windows: "window functions", "use a correlated subquery";
    NamedWindows: "windows with a name (WINDOW)", "leave `named` out";
    GroupsFrame: "GROUPS frames", "use a ROWS or RANGE frame";
    RangeOffsetFrame: "RANGE frames with an offset", "use a correlated subquery";
    FrameExclusion: "EXCLUDE in window frames", "subtract the row itself";
    GroupingSets: "GROUPING SETS, ROLLUP and CUBE", "unite one select for each set";
    Rollup: "ROLLUP", "unite one select for each level";
    OrderedRollup: "ORDER BY beside ROLLUP", "sort the rows of a subquery with the ROLLUP";
    Collations: "COLLATE", "give the column its collation in the table";
    Extract: "EXTRACT of this field", "read the value and take the field in the program";
    Schemas: "statements about schemas", "use the schemas of the connection, or attach a database";
    Sequences: "sequences", "use an autoincrement or identity column";
    IdentityColumns: "identity columns", "use an autoincrement key";
    EnumTypes: "enum types that are created by themselves", "use the type in a table";
    NativeEnums: "enum types", "use `types::Enum`, which is text with a CHECK";
    PartialIndexes: "indexes with a condition", "index all rows";
    ExpressionIndexes: "indexes of expressions", "index a computed column";
    IndexMethods: "index methods", "leave the method out";
    IndexInclude: "INCLUDE in an index", "add the columns to the index";
    IndexKinds: "kinds of indexes, such as FULLTEXT", "use an index method or a plain index";
    IndexPrefixes: "the length of a column in an index", "index the whole column, or an expression";
    IndexNulls: "NULLS FIRST and NULLS LAST in an index", "leave them out";
    IndexIfExists: "IF EXISTS of an index", "look whether the index exists";
    ConcurrentIndexes: "CREATE INDEX and DROP INDEX CONCURRENTLY", "leave `concurrently` out";
    OperatorClasses: "operator classes of an index", "leave them out";
    VirtualColumns: "computed columns that are not stored", "use `computed`, which is stored";
    ExclusionConstraints: "EXCLUDE constraints", "check in a transaction that locks";
    DeferrableConstraints: "deferrable constraints",
        "order the statements so that each keeps the constraint";
    AlterConstraints: "adding and dropping constraints by ALTER TABLE",
        "define them with the table";
    DropCascade: "DROP … CASCADE", "drop what depends on it first";
    MaterializedViews: "materialized views", "use a table that is filled by CREATE TABLE AS";
    ReplaceView: "CREATE OR REPLACE VIEW", "drop the view and create it";
    ViewIfNotExists: "CREATE VIEW IF NOT EXISTS", "look whether the view exists, or replace it";
    TemporaryViews: "temporary views", "use a view of its own name, or a temporary table";
    TemporaryTables: "temporary tables", "use a table of its own name";
}

/// A set of [`Feature`]s: what a database has.
///
/// ```
/// use aludel::sql::{Feature, Features};
///
/// const HERE: Features = Features::all().without(&[Feature::FullJoin]);
/// assert!(HERE.has(Feature::RightJoin) && !HERE.has(Feature::FullJoin));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Features(u128);

impl Features {
    /// All of them.
    #[must_use]
    pub const fn all() -> Self {
        Self(u128::MAX >> (128 - Feature::ALL.len()))
    }

    /// The same without these.
    #[must_use]
    pub const fn without(self, missing: &[Feature]) -> Self {
        let mut set = self.0;
        let mut index = 0;
        while index < missing.len() {
            set &= !(1 << missing[index] as u8);
            index += 1;
        }
        Self(set)
    }

    /// The same without these, unless `has` holds.
    #[must_use]
    pub const fn only_if(self, has: bool, features: &[Feature]) -> Self {
        if has { self } else { self.without(features) }
    }

    /// Whether this one is among them.
    #[must_use]
    pub const fn has(self, feature: Feature) -> bool {
        self.0 & (1 << feature as u8) != 0
    }
}

impl fmt::Debug for Features {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(Feature::ALL.iter().filter(|feature| self.has(**feature))).finish()
    }
}
