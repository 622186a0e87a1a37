//! Programs of the group "cascades": what goes on along relationships.

use aludel::orm::{Many, One};
use aludel::{Auto, Mapped, MetaData};

use super::Cases;
use crate::models::{self, Address, Tag, User, address, tag, user};
use crate::sessions::{all_named, any_named, identified};

/// The two structs of most of these programs, with the attributes of the collection.
macro_rules! parent_and_child {
    ({ $($relationship:tt)* } { $($key:tt)* }) => {
        #[derive(Debug, Clone, Default, Mapped)]
        #[aludel(table = "parents")]
        struct Parent {
            #[aludel(primary_key)]
            id: Auto<i64>,
            name: Option<String>,
            #[aludel(back = parent, order_by(id), $($relationship)*)]
            children: Many<Child>,
        }
        #[derive(Debug, Clone, Default, Mapped)]
        #[aludel(table = "children")]
        struct Child {
            #[aludel(primary_key)]
            id: Auto<i64>,
            name: Option<String>,
            #[aludel(foreign_key = "parents.id", $($key)*)]
            parent_id: Option<i64>,
            #[aludel(back = children)]
            parent: One<Parent>,
        }
        identified!(Parent, Child);

        fn tables() -> MetaData {
            MetaData::new().with::<Parent>().with::<Child>()
        }
    };
}

const TWO_CHILDREN: [&str; 2] =
    ["parents (id) VALUES (1)", "children (id, parent_id) VALUES (1, 1), (2, 1)"];

pub(super) fn cases(to: &mut Cases) {
    to.sync("cas-001", |t| {
        parent_and_child!({} {});
        t.setup(&tables(), &TWO_CHILDREN);
        let mut s = t.session();
        let p = s.get_one::<Parent>(1)?;
        s.delete(&p)?;
        t.step("flush");
        s.flush()?;
        let c = s.get_one::<Child>(1)?;
        t.show("parent_id", s[&c].parent_id);
        s.commit()
    });
    to.sync("cas-002", |t| {
        parent_and_child!({ cascade = "all, delete-orphan" } {});
        t.setup(&tables(), &TWO_CHILDREN);
        let mut s = t.session();
        let p = s.get_one::<Parent>(1)?;
        s.delete(&p)?;
        t.show("deleted", s.deleted().len());
        t.step("flush");
        s.flush()?;
        s.commit()
    });
    to.sync("cas-003", |t| {
        parent_and_child!({ cascade = "all, delete-orphan", passive_deletes } { on_delete = "cascade" });
        t.setup(&tables(), &TWO_CHILDREN);
        let mut s = t.session();
        let c = s.get_one::<Child>(2)?;
        let p = s.get_one::<Parent>(1)?;
        s.delete(&p)?;
        s.flush()?;
        t.state("child known to the session", &s, &c);
        t.show("its parent_id", s[&c].parent_id);
        s.commit()?;
        t.raises("after commit", s.read(&c).map(|c| c.parent_id));
        Ok(())
    });
    to.sync("cas-004", |t| {
        parent_and_child!({ passive_deletes = "all" } { on_delete = "cascade" });
        t.setup(&tables(), &["parents (id) VALUES (1)", "children (id, parent_id) VALUES (1, 1)"]);
        let mut s = t.session();
        let p = s.get_one::<Parent>(1)?;
        let c = s.load(&p, Parent::c.children)?.remove(0);
        s.delete(&p)?;
        s.flush()?;
        t.state("child", &s, &c);
        t.show("parent_id in memory", s[&c].parent_id);
        s.commit()?;
        t.rows("SELECT count(*) FROM children");
        Ok(())
    });
    to.sync("cas-005", |t| {
        #[derive(Debug, Clone, Default, Mapped)]
        #[aludel(table = "parents")]
        struct Parent {
            #[aludel(primary_key)]
            id: Auto<i64>,
            #[aludel(passive_deletes = "all", order_by(id))]
            children: Many<Child>,
        }
        #[derive(Debug, Clone, Default, Mapped)]
        #[aludel(table = "children")]
        struct Child {
            #[aludel(primary_key)]
            id: Auto<i64>,
            #[aludel(foreign_key = "parents.id")]
            parent_id: Option<i64>,
        }
        identified!(Child);
        t.setup(&MetaData::new().with::<Parent>().with::<Child>(), &TWO_CHILDREN);
        let mut s = t.session();
        let p = s.get_one::<Parent>(1)?;
        let first = s.load(&p, Parent::c.children)?.remove(0);
        s.remove(&p, Parent::c.children, &first)?;
        s.flush()?;
        s.commit()?;
        let children = s.load(&p, Parent::c.children)?;
        t.show("children after commit", all_named(&s, &children));
        s.delete(&p)?;
        t.raises("flush", s.flush());
        s.rollback()
    });
    to.sync("cas-006", |t| {
        parent_and_child!({ cascade = "all, delete-orphan" } {});
        let rows =
            ["parents (id) VALUES (1), (2)", "children (id, parent_id) VALUES (1, 1), (2, 1)"];
        t.setup(&tables(), &rows);
        let mut s = t.session_without_autoflush();
        let (p1, p2) = (s.get_one::<Parent>(1)?, s.get_one::<Parent>(2)?);
        let children = s.load(&p1, Parent::c.children)?;
        let (c1, c2) = (&children[0], &children[1]);
        t.step("by the many-to-one side");
        s.link(c1, Child::c.parent, Some(&p2))?;
        s.flush()?;
        t.step("by remove and append");
        s.remove(&p1, Parent::c.children, c2)?;
        // Python reads the collection to append to it; `push` does not.
        s.load(&p2, Parent::c.children)?;
        s.push(&p2, Parent::c.children, c2)?;
        s.flush()?;
        let children = s.load(&p2, Parent::c.children)?;
        let ids: Vec<_> = children.iter().map(|c| &s[c].id).collect();
        t.show("children of 2", ids);
        s.commit()
    });
    to.sync("cas-007", |t| {
        parent_and_child!({ cascade = "all, delete-orphan" } {});
        let rows =
            ["parents (id) VALUES (1)", "children (id, parent_id) VALUES (1, 1), (2, 1), (3, 1)"];
        t.setup(&tables(), &rows);
        let mut s = t.session_without_autoflush();
        let p = s.get_one::<Parent>(1)?;
        let children = s.load(&p, Parent::c.children)?;
        let (c1, c2, c3) = (&children[0], &children[1], &children[2]);
        s.remove(&p, Parent::c.children, c1)?;
        s.link(c2, Child::c.parent, None)?;
        s.remove(&p, Parent::c.children, c3)?;
        s.push(&p, Parent::c.children, c3)?;
        t.show("deleted before flush", any_named::<Child>(&s, &s.deleted()));
        s.flush()?;
        t.state("c1", &s, c1);
        t.state("c2", &s, c2);
        t.state("c3", &s, c3);
        s.commit()?;
        t.rows("SELECT id FROM children ORDER BY id");
        Ok(())
    });
    to.sync("cas-008", |t| {
        parent_and_child!({} {});
        t.setup(&tables(), &TWO_CHILDREN);
        let mut s = t.session();
        let p = s.get_one::<Parent>(1)?;
        let c = s.load(&p, Parent::c.children)?.remove(0);
        s.delete(&c)?;
        s.flush()?;
        let children = s.load(&p, Parent::c.children)?;
        let ids: Vec<_> = children.iter().map(|c| s.peek(c).map(|c| &c.id)).collect();
        t.show("still in the collection", ids);
        s.commit()?;
        let children = s.load(&p, Parent::c.children)?;
        let ids: Vec<_> = children.iter().map(|c| &s[c].id).collect();
        t.show("after commit", ids);
        Ok(())
    });
    to.sync("cas-009", |t| {
        parent_and_child!({} {});
        t.setup(&tables(), &TWO_CHILDREN);
        let mut s = t.session();
        let (p, c) = (s.get_one::<Parent>(1)?, s.get_one::<Child>(1)?);
        s.delete(&p)?;
        s.delete(&c)?;
        t.step("flush");
        s.flush()?;
        s.commit()?;
        t.rows("SELECT id, parent_id FROM children");
        Ok(())
    });
    to.sync("cas-010", |t| {
        #[derive(Debug, Clone, Default, Mapped)]
        #[aludel(table = "profiles")]
        struct Profile {
            #[aludel(primary_key)]
            id: Auto<i64>,
        }
        #[derive(Debug, Clone, Default, Mapped)]
        #[aludel(table = "persons")]
        struct Person {
            #[aludel(primary_key)]
            id: Auto<i64>,
            #[aludel(foreign_key = "profiles.id")]
            profile_id: Option<i64>,
            #[aludel(cascade = "all, delete-orphan", single_parent)]
            profile: One<Profile>,
        }
        t.setup(
            &MetaData::new().with::<Profile>().with::<Person>(),
            &["profiles (id) VALUES (1), (2)", "persons (id, profile_id) VALUES (1, 1), (2, 2)"],
        );
        let mut s = t.session();
        let (a, b) = (s.get_one::<Person>(1)?, s.get_one::<Person>(2)?);
        t.step("replace the one of a");
        let profile = s.add(Profile::default())?;
        s.link(&a, Person::c.profile, Some(&profile))?;
        s.flush()?;
        t.step("delete b");
        s.delete(&b)?;
        s.flush()?;
        t.step("one profile for two persons");
        let other = Person { profile: aludel::orm::One::to(&profile), ..Person::default() };
        t.raises("share", s.add(other).map(drop));
        s.commit()
    });
    to.sync("cas-011", |t| {
        t.setup(&models::blog(), &[]);
        let mut s = t.session();
        // A value nests in one direction: the leaf has the user, and the user the tag.
        let u = User { tags: vec![tag("t")].into(), ..user("u") };
        let a = s.add(Address { user: u.into(), ..address("a") })?;
        let u = s[&a].user.get().cloned();
        let tag = u.as_ref().and_then(|u| s[u].tags.get()?.first().cloned());
        let has_user = u.is_some_and(|u| s.contains(&u));
        t.show(
            "in session",
            [has_user, tag.is_some_and(|tag| s.contains::<Tag>(&tag)), s.contains(&a)],
        );
        s.flush()?;
        s.commit()
    });
}
