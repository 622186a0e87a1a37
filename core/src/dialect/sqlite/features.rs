//! Which parts of SQL the versions of SQLite have.

use crate::dbapi::Version;
use crate::dialect::since;
use crate::sql::Feature::{
    self, AggregateOrderBy, AlterConstraints, ArrayAggregate, Arrays, CaseInsensitiveLike,
    ConcurrentIndexes, ConflictConstraint, DataModifyingCte, DefaultInValues, DeleteReturning,
    DeleteUsing, DistinctOn, DmlLimit, DropCascade, EnumTypes, ExclusionConstraints,
    ExplainAnalyze, ExplainAnalyzeChanges, FetchFirst, FetchPercent, FetchWithTies, Filter,
    ForKeyShare, ForShare, ForUpdate, FrameExclusion, FullJoin, FullTextMatch, GroupingSets,
    GroupsFrame, IdentityColumns, IndexInclude, IndexKinds, IndexMethods, IndexNulls,
    IndexPrefixes, InsertReturning, IntersectAll, Json, JsonContainment, JsonPathQueries, Lateral,
    LockNowait, LockOf, LockSkipLocked, MaterializedCte, MaterializedViews, NamedWindows,
    NativeEnums, NestedSetOperands, OnConflict, OnDuplicateKeyUpdate, OperatorClasses,
    OrderedRollup, QuantifiedArray, QuantifiedComparison, RangeOffsetFrame, Regexp, RegexpFlags,
    RegexpReplace, ReplaceView, RightJoin, Rollup, Schemas, Sequences, Statistics, TableSample,
    UpdateFrom, UpdateReturning, Windows, WithOrdinality, WithinGroup,
};
use crate::sql::Features;

/// What no version has.
const NEVER: &[Feature] = &[
    AlterConstraints,
    ArrayAggregate,
    Arrays,
    // Upper and lower case are the same in LIKE of `lower`.
    CaseInsensitiveLike,
    ConcurrentIndexes,
    ConflictConstraint,
    DataModifyingCte,
    DefaultInValues,
    DeleteUsing,
    DistinctOn,
    // By an option of its build that is off as a rule.
    DmlLimit,
    DropCascade,
    EnumTypes,
    ExclusionConstraints,
    ExplainAnalyze,
    ExplainAnalyzeChanges,
    FetchFirst,
    FetchPercent,
    FetchWithTies,
    ForKeyShare,
    ForShare,
    ForUpdate,
    // Only of virtual tables.
    FullTextMatch,
    GroupingSets,
    IdentityColumns,
    IndexInclude,
    IndexKinds,
    IndexMethods,
    IndexNulls,
    IndexPrefixes,
    IntersectAll,
    JsonContainment,
    JsonPathQueries,
    Lateral,
    LockNowait,
    LockOf,
    LockSkipLocked,
    MaterializedViews,
    NativeEnums,
    NestedSetOperands,
    OnDuplicateKeyUpdate,
    OperatorClasses,
    OrderedRollup,
    QuantifiedArray,
    QuantifiedComparison,
    Regexp,
    ReplaceView,
    RegexpFlags,
    RegexpReplace,
    Rollup,
    Schemas,
    Sequences,
    Statistics,
    TableSample,
    WithOrdinality,
    WithinGroup,
];

/// What a version has; `None` is the newest.
pub(super) const fn features(version: Option<Version>) -> Features {
    Features::all()
        .without(NEVER)
        .only_if(since(version, Version::new(3, 24, 0)), &[OnConflict])
        .only_if(since(version, Version::new(3, 25, 0)), &[NamedWindows, Windows])
        .only_if(
            since(version, Version::new(3, 28, 0)),
            &[GroupsFrame, RangeOffsetFrame, FrameExclusion],
        )
        .only_if(since(version, Version::new(3, 30, 0)), &[Filter])
        .only_if(since(version, Version::new(3, 33, 0)), &[UpdateFrom])
        .only_if(
            since(version, Version::new(3, 35, 0)),
            &[InsertReturning, UpdateReturning, DeleteReturning, MaterializedCte],
        )
        .only_if(since(version, Version::new(3, 38, 0)), &[Json])
        .only_if(since(version, Version::new(3, 39, 0)), &[RightJoin, FullJoin])
        .only_if(since(version, Version::new(3, 44, 0)), &[AggregateOrderBy])
}
