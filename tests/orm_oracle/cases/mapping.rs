//! Programs of the group "mapping": what structs are mapped to.

use std::sync::atomic::{AtomicUsize, Ordering};

use aludel::orm::{Many, One, Session};
use aludel::{Auto, Mapped, MetaData, Result, select};

use super::Cases;

pub(super) fn cases(to: &mut Cases) {
    to.sync("map-003", |t| {
        t.raises("two foreign keys", ambiguous::add(&mut t.session()));
        t.raises("no foreign key", without_key::add(&mut t.session()));
        t.raises("delete-orphan on many-to-one", orphan::add(&mut t.session()));
        t.raises("two relationships write one column", overlap(&mut t.session()));
        Ok(())
    });
    to.sync("map-004", |t| {
        #[derive(Debug, Clone, Default, Mapped)]
        #[aludel(table = "renamed")]
        struct Renamed {
            #[aludel(primary_key, column = "the_id")]
            id: Auto<i64>,
            #[aludel(column = "n a m e")]
            name: String,
        }
        t.setup(&MetaData::new().with::<Renamed>(), &[]);
        let mut s = t.session();
        let r = s.add(Renamed { name: "x".into(), ..Renamed::default() })?;
        s.flush()?;
        s[&r].name = "y".into();
        s.flush()?;
        let found = s.scalars(select(Renamed::entity()).where_(Renamed::c.name.eq("y")))?.all();
        t.show("found", found.iter().map(|r| &s[r].name).collect::<Vec<_>>());
        let rows = s.execute(select((Renamed::c.id, Renamed::c.name)))?;
        let names =
            rows.columns().map(|columns| columns.names().map(str::to_owned).collect::<Vec<_>>());
        t.show("row keys", names);
        s.commit()
    });
}

mod ambiguous {
    use super::*;

    #[derive(Debug, Clone, Default, Mapped)]
    #[aludel(table = "p")]
    struct P {
        #[aludel(primary_key)]
        id: Auto<i64>,
        cs: Many<C>,
    }

    #[derive(Debug, Clone, Default, Mapped)]
    #[aludel(table = "c")]
    struct C {
        #[aludel(primary_key)]
        id: Auto<i64>,
        #[aludel(foreign_key = "p.id")]
        a: Option<i64>,
        #[aludel(foreign_key = "p.id")]
        b: Option<i64>,
    }

    pub(super) fn add(s: &mut Session) -> Result<()> {
        s.add(P::default()).map(drop)
    }
}

mod without_key {
    use super::*;

    #[derive(Debug, Clone, Default, Mapped)]
    #[aludel(table = "p")]
    struct P {
        #[aludel(primary_key)]
        id: Auto<i64>,
        cs: Many<C>,
    }

    #[derive(Debug, Clone, Default, Mapped)]
    #[aludel(table = "c")]
    struct C {
        #[aludel(primary_key)]
        id: Auto<i64>,
    }

    pub(super) fn add(s: &mut Session) -> Result<()> {
        s.add(P::default()).map(drop)
    }
}

mod orphan {
    use super::*;

    #[derive(Debug, Clone, Default, Mapped)]
    #[aludel(table = "p")]
    struct P {
        #[aludel(primary_key)]
        id: Auto<i64>,
    }

    #[derive(Debug, Clone, Default, Mapped)]
    #[aludel(table = "c")]
    struct C {
        #[aludel(primary_key)]
        id: Auto<i64>,
        #[aludel(foreign_key = "p.id")]
        p_id: Option<i64>,
        #[aludel(cascade = "all, delete-orphan")]
        p: One<P>,
    }

    pub(super) fn add(s: &mut Session) -> Result<()> {
        s.add(C::default()).map(drop)
    }
}

/// Relationships are looked at once in a process, and warned of: each run has its own.
macro_rules! overlaps {
    ($($name:ident),*) => {
        $(mod $name {
            use super::*;

            #[derive(Debug, Clone, Default, Mapped)]
            #[aludel(table = "p")]
            struct P {
                #[aludel(primary_key)]
                id: Auto<i64>,
                cs: Many<C>,
            }

            #[derive(Debug, Clone, Default, Mapped)]
            #[aludel(table = "c")]
            struct C {
                #[aludel(primary_key)]
                id: Auto<i64>,
                #[aludel(foreign_key = "p.id")]
                p_id: Option<i64>,
                p: One<P>,
            }

            pub(super) fn add(s: &mut Session) -> Result<()> {
                s.add(C::default()).map(drop)
            }
        })*

        fn overlap(s: &mut Session) -> Result<()> {
            static RUNS: AtomicUsize = AtomicUsize::new(0);
            const OF_RUNS: &[fn(&mut Session) -> Result<()>] = &[$($name::add),*];
            OF_RUNS[RUNS.fetch_add(1, Ordering::Relaxed)](s)
        }
    };
}
overlaps!(overlap1, overlap2, overlap3, overlap4, overlap5, overlap6);
