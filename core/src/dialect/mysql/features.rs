//! Which parts of SQL the versions of MySQL and MariaDB have.

use crate::dbapi::Version;
use crate::dialect::since;
use crate::sql::Feature::{
    self, ArrayAggregate, Arrays, CaseInsensitiveLike, ChangedTableInDelete,
    ChangedTableInDeleteUsing, ChangedTableInInsert, ChangedTableInReturning, ChangedTableInUpdate,
    ConcurrentIndexes, ConflictConstraint, Cte, CteInDml, DataModifyingCte, DeferrableConstraints,
    DeleteReturning, DistinctOn, DropCascade, EnumTypes, ExclusionConstraints, ExplainAnalyze,
    ExplainAnalyzeChanges, ExpressionIndexes, ExpressionLimit, FetchFirst, FetchPercent,
    FetchWithTies, Filter, ForKeyShare, FrameExclusion, FullJoin, GroupingSets, GroupsFrame,
    IdentityColumns, IndexIfExists, IndexInclude, IndexNulls, InsertReturning, InsertedRowName,
    Intersect, IntersectAll, Json, JsonAggregate, JsonChange, JsonContainment, JsonPathQueries,
    Lateral, LockNowait, LockOf, LockSkipLocked, MaterializedCte, MaterializedViews,
    MergedChangedTable, NamedWindows, NestedSetOperands, OnConflict, OperatorClasses,
    OrderedRollup, PartialIndexes, QuantifiedArray, RecursiveCte, RegexpFlags, RegexpReplace,
    Sequences, TableFunctions, TableSample, TemporaryViews, UpdateReturning, ValuesTable,
    ViewIfNotExists, Windows, WithOrdinality, WithinGroup,
};
use crate::sql::Features;

/// What neither has in any version.
const NEVER: &[Feature] = &[
    ArrayAggregate,
    Arrays,
    // Upper and lower case are the same in LIKE of `lower`.
    CaseInsensitiveLike,
    ChangedTableInReturning,
    ConcurrentIndexes,
    ConflictConstraint,
    DataModifyingCte,
    DeferrableConstraints,
    DistinctOn,
    // The word is read and means nothing.
    DropCascade,
    EnumTypes,
    ExclusionConstraints,
    ExpressionLimit,
    FetchPercent,
    Filter,
    ForKeyShare,
    FrameExclusion,
    FullJoin,
    GroupingSets,
    GroupsFrame,
    IdentityColumns,
    IndexInclude,
    IndexNulls,
    // `json_contains` looks for a value in arrays inside of objects as well.
    JsonContainment,
    JsonPathQueries,
    MaterializedCte,
    MaterializedViews,
    OnConflict,
    OperatorClasses,
    PartialIndexes,
    QuantifiedArray,
    RegexpFlags,
    TableFunctions,
    TableSample,
    TemporaryViews,
    UpdateReturning,
    WithOrdinality,
    WithinGroup,
];

/// What a version of MySQL has; `None` is the newest.
pub(super) const fn mysql(version: Option<Version>) -> Features {
    Features::all()
        .without(NEVER)
        .without(&[
            ChangedTableInDelete,
            ChangedTableInDeleteUsing,
            ChangedTableInInsert,
            ChangedTableInUpdate,
            DeleteReturning,
            // The plan of one that the server does not execute in this way says so, and no more.
            ExplainAnalyzeChanges,
            FetchFirst,
            FetchWithTies,
            IndexIfExists,
            InsertReturning,
            Sequences,
            ViewIfNotExists,
        ])
        .only_if(since(version, Version::new(5, 7, 8)), &[Json, JsonChange])
        .only_if(
            since(version, Version::new(8, 0, 0)),
            &[
                Cte,
                CteInDml,
                JsonAggregate,
                LockNowait,
                LockOf,
                LockSkipLocked,
                NamedWindows,
                RecursiveCte,
                RegexpReplace,
                Windows,
            ],
        )
        .only_if(!since(version, Version::new(5, 7, 6)), &[MergedChangedTable])
        .only_if(since(version, Version::new(8, 0, 12)), &[OrderedRollup])
        .only_if(since(version, Version::new(8, 0, 13)), &[ExpressionIndexes])
        .only_if(since(version, Version::new(8, 0, 18)), &[ExplainAnalyze])
        .only_if(since(version, Version::new(8, 0, 14)), &[Lateral])
        .only_if(since(version, Version::new(8, 0, 19)), &[InsertedRowName, ValuesTable])
        .only_if(
            since(version, Version::new(8, 0, 31)),
            &[Intersect, IntersectAll, NestedSetOperands],
        )
}

/// What a version of MariaDB has; `None` is the newest.
pub(super) const fn mariadb(version: Option<Version>) -> Features {
    Features::all()
        .without(NEVER)
        .without(&[CteInDml, ExpressionIndexes, InsertedRowName, Lateral, LockOf, OrderedRollup])
        .only_if(since(version, Version::new(10, 1, 0)), &[ExplainAnalyze, ExplainAnalyzeChanges])
        .only_if(since(version, Version::new(10, 0, 5)), &[DeleteReturning, RegexpReplace])
        .only_if(since(version, Version::new(10, 2, 3)), &[Json, JsonChange])
        .only_if(
            since(version, Version::new(10, 2, 0)),
            &[Cte, NamedWindows, RecursiveCte, Windows],
        )
        .only_if(
            since(version, Version::new(10, 3, 0)),
            &[Intersect, LockNowait, Sequences, ValuesTable],
        )
        .only_if(since(version, Version::new(10, 4, 0)), &[NestedSetOperands])
        .only_if(
            since(version, Version::new(10, 5, 0)),
            &[InsertReturning, IntersectAll, JsonAggregate],
        )
        .only_if(
            since(version, Version::new(10, 6, 0)),
            &[FetchFirst, FetchWithTies, LockSkipLocked],
        )
        .only_if(since(version, Version::new(10, 3, 1)), &[ChangedTableInDelete])
        .only_if(since(version, Version::new(10, 3, 2)), &[ChangedTableInUpdate])
        .only_if(since(version, Version::new(11, 1, 0)), &[ChangedTableInDeleteUsing])
        .only_if(inserts_what_it_reads(version), &[ChangedTableInInsert])
}

/// The releases that keep what a subquery among the values has read.
const fn inserts_what_it_reads(version: Option<Version>) -> bool {
    let Some(of) = version else { return true };
    let first = match (of.major, of.minor) {
        (10, ..=5) => Version::new(10, 5, 29),
        (10, ..=6) => Version::new(10, 6, 22),
        (10, _) => Version::new(10, 11, 12),
        (11, ..=4) => Version::new(11, 4, 6),
        _ => Version::new(11, 8, 2),
    };
    of.is_at_least(first)
}
