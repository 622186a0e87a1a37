//! Which parts of SQL the versions of MySQL and MariaDB have.

use crate::dbapi::Version;
use crate::dialect::since;
use crate::sql::Feature::{
    self, ArrayAggregate, Arrays, CaseInsensitiveLike, ConcurrentIndexes, ConflictConstraint, Cte,
    CteInDml, DataModifyingCte, DeferrableConstraints, DeleteReturning, DistinctOn, DropCascade,
    EnumTypes, ExclusionConstraints, ExpressionIndexes, ExpressionLimit, FetchFirst, FetchPercent,
    FetchWithTies, Filter, ForKeyShare, FrameExclusion, FullJoin, GroupingSets, GroupsFrame,
    IdentityColumns, IndexIfExists, IndexInclude, IndexNulls, InsertReturning, InsertedRowName,
    Intersect, IntersectAll, Json, JsonAggregate, JsonChange, JsonContainment, JsonPathQueries,
    Lateral, LockNowait, LockOf, LockSkipLocked, MaterializedCte, MaterializedViews, NamedWindows,
    NestedSetOperands, OnConflict, OperatorClasses, OrderedRollup, PartialIndexes, QuantifiedArray,
    RecursiveCte, RegexpFlags, RegexpReplace, Sequences, TableFunctions, TableSample,
    TemporaryViews, UpdateReturning, ValuesTable, ViewIfNotExists, Windows, WithOrdinality,
    WithinGroup,
};
use crate::sql::Features;

/// What neither has in any version.
const NEVER: &[Feature] = &[
    ArrayAggregate,
    Arrays,
    // Upper and lower case are the same in LIKE of `lower`.
    CaseInsensitiveLike,
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
            DeleteReturning,
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
        .only_if(since(version, Version::new(8, 0, 12)), &[OrderedRollup])
        .only_if(since(version, Version::new(8, 0, 13)), &[ExpressionIndexes])
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
}
