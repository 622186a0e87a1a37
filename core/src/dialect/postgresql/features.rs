//! Which parts of SQL the versions of PostgreSQL have.

use crate::dbapi::Version;
use crate::dialect::since;
use crate::sql::Feature::{
    DistinctOrder, DmlLimit, FetchPercent, FetchWithTies, FrameExclusion, GroupsFrame,
    IdentityColumns, IndexInclude, IndexKinds, IndexPrefixes, JsonPathQueries, MaterializedCte,
    OnDuplicateKeyUpdate, RangeOffsetFrame, ViewIfNotExists, VirtualColumns,
};
use crate::sql::Features;

/// What a version has; `None` is the newest.
pub(super) const fn features(version: Option<Version>) -> Features {
    Features::all()
        .without(&[
            OnDuplicateKeyUpdate,
            DistinctOrder,
            DmlLimit,
            FetchPercent,
            IndexKinds,
            IndexPrefixes,
            ViewIfNotExists,
        ])
        .only_if(since(version, Version::new(10, 0, 0)), &[IdentityColumns])
        .only_if(
            since(version, Version::new(11, 0, 0)),
            &[GroupsFrame, RangeOffsetFrame, FrameExclusion, IndexInclude],
        )
        .only_if(since(version, Version::new(12, 0, 0)), &[MaterializedCte, JsonPathQueries])
        .only_if(since(version, Version::new(13, 0, 0)), &[FetchWithTies])
        .only_if(since(version, Version::new(18, 0, 0)), &[VirtualColumns])
}
