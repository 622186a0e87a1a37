//! Programs of the group "loading": what options of a statement load, and how.

use aludel::orm::{
    Many, One, Ref, Session, contains_eager, joinedload, selectinload, subqueryload,
    with_loader_criteria,
};
use aludel::{Auto, Mapped, MetaData, Result, select};
use serde_json::Value as Json;

use super::Cases;
use crate::models::{self, Address, Node, User};
use crate::sessions::{Identified, all_named, identified, maybe_named};
use crate::shown::Shown as _;
use crate::trace::Trace;

/// So many users with so many addresses each.
fn users_with_addresses(users: i64, each: i64) -> [String; 2] {
    let user = |i: i64| format!("({i}, 'u{i}')");
    let address = |i: i64, k: i64| format!("({}, 'e{i}.{k}', {i})", (i - 1) * each + k);
    let all: Vec<_> = (1..=users).map(user).collect();
    let addresses = (1..=users).flat_map(|i| (1..=each).map(move |k| address(i, k)));
    let addresses: Vec<_> = addresses.collect();
    [
        format!("users (id, name) VALUES {}", all.join(", ")),
        format!("addresses (id, email, user_id) VALUES {}", addresses.join(", ")),
    ]
}

pub(super) fn cases(to: &mut Cases) {
    to.sync("loa-001", |t| {
        setup(t, 3, 2);
        let mut s = t.session();
        let q =
            || select(User::entity()).options(joinedload(User::c.addresses)).order_by(User::c.id);
        t.raises("all without unique", s.scalars(q()).map(drop));
        let users = s.scalars(q())?.unique().all();
        t.show("users", sizes(&s, &users));
        t.step("limit");
        s.expunge_all();
        let users = s.scalars(q().limit(2))?.unique().all();
        t.show("users", sizes(&s, &users));
        t.step("limit with a where on the parent and its own order");
        s.expunge_all();
        let q = select(User::entity())
            .options(joinedload(User::c.addresses))
            .where_(User::c.name.ne("u1"))
            .order_by(User::c.name.desc());
        let users = s.scalars(q.limit(1).offset(1))?.unique().all();
        t.show("users", all_named(&s, &users));
        s.rollback()
    });
    to.sync("loa-002", |t| {
        setup(t, 2, 2);
        let mut s = t.session();
        let names = |s: &Session, found: &[Ref<Address>]| -> Vec<String> {
            let users = found.iter().filter_map(|a| s[a].user.get());
            users.map(|user| s[user].name.clone()).collect()
        };
        let q = || select(Address::entity()).order_by(Address::c.id);
        let found = s.scalars(q().options(joinedload(Address::c.user)).limit(2))?.all();
        t.show("users", names(&s, &found));
        s.expunge_all();
        let found = s.scalars(q().options(joinedload(Address::c.user).innerjoin()))?.all();
        t.show("users", names(&s, &found));
        t.step("chained");
        s.expunge_all();
        let chained = joinedload(Address::c.user).joinedload(User::c.tags);
        let q = select(Address::entity()).options(chained).where_(Address::c.id.eq(1));
        let found = s.scalars(q)?.unique().all();
        t.show("tags", tags_of_users(&s, &found));
        s.rollback()
    });
    to.sync("loa-003", |t| {
        let users: Vec<_> = (1..502).map(|i| format!("({i}, 'u')")).collect();
        let users = format!("users (id, name) VALUES {}", users.join(", "));
        let rows = [&*users, "addresses (id, email, user_id) VALUES (1, 'x', 501)"];
        t.setup(&models::blog(), &rows);
        let mut s = t.session();
        let q = select(User::entity()).options(selectinload(User::c.addresses));
        let users = s.scalars(q.order_by(User::c.id))?.all();
        let of = |place: usize| s[&users[place]].addresses.get().map(<[_]>::len);
        t.show("loaded", (users.len(), of(0), of(500)));
        s.rollback()
    });
    to.sync("loa-004", |t| {
        setup(t, 5, 2);
        let mut s = t.session();
        let load = selectinload(User::c.addresses).chunksize(2);
        let q = select(User::entity()).options(load).order_by(User::c.id.desc());
        let users = s.scalars(q)?.all();
        t.show("users", sizes(&s, &users));
        s.expunge_all();
        t.step("the same parent in several rows");
        let q = select(User::entity())
            .join(User::c.addresses)
            .where_(User::c.id.lt(3))
            .options(selectinload(User::c.addresses))
            .order_by(User::c.id);
        let users = s.scalars(q)?.all();
        t.show("users", all_named(&s, &users));
        s.rollback()
    });
    to.sync("loa-006", |t| {
        let [users, addresses] = users_with_addresses(2, 1);
        let rows = [
            &*users,
            &*addresses,
            "tags (id, label) VALUES (1, 'x'), (2, 'y')",
            "user_tags (user_id, tag_id) VALUES (1, 2), (2, 1), (1, 1)",
        ];
        t.setup(&models::blog(), &rows);
        let mut s = t.session();
        let q = select(User::entity()).options(selectinload(User::c.tags)).order_by(User::c.id);
        let users = s.scalars(q)?.all();
        let tags = users.iter().map(|u| all_named(&s, s[u].tags.get().unwrap_or_default()));
        t.show("tags", tags.collect::<Vec<_>>());
        s.expunge_all();
        t.step("addresses, their users, the users' tags");
        let path = selectinload(Address::c.user).selectinload(User::c.tags);
        let q = select(Address::entity()).options(path).order_by(Address::c.id);
        let found = s.scalars(q)?.all();
        t.show("tags", tags_of_users(&s, &found));
        s.rollback()
    });
    to.sync("loa-007", |t| {
        setup(t, 3, 1);
        let mut s = t.session();
        let counts = |s: &Session, users: &[Ref<User>]| -> Vec<_> {
            users.iter().map(|u| s[u].addresses.get().map(<[_]>::len)).collect()
        };
        let q = || select(User::entity()).options(subqueryload(User::c.addresses));
        let users = s.scalars(q().where_(User::c.id.lt(3)))?.all();
        t.show("users", counts(&s, &users));
        s.expunge_all();
        t.step("limit");
        let users = s.scalars(q().order_by(User::c.id).limit(1))?.all();
        t.show("users", counts(&s, &users));
        s.rollback()
    });
    to.sync("loa-009", |t| {
        setup(t, 2, 2);
        let mut s = t.session();
        let q = || {
            select(User::entity())
                .join(User::c.addresses)
                .options(contains_eager(User::c.addresses))
        };
        let users = s.scalars(q().where_(Address::c.email.like("%.1")).order_by(User::c.id))?;
        let users = users.unique().all();
        t.show("partial", sizes(&s, &users));
        let lengths = |s: &Session, users: &[Ref<User>]| -> Vec<_> {
            users.iter().map(|u| s[u].addresses.get().map(<[_]>::len)).collect()
        };
        // Python has forgotten the objects, which nobody has any more.
        drop(users);
        s.expunge_all();
        t.step("again with another filter, without populate_existing");
        let users = s.scalars(q())?.unique().all();
        t.show("collections", lengths(&s, &users));
        t.step("with populate_existing");
        let q = q().order_by((User::c.id, Address::c.id)).populate_existing();
        let users = s.scalars(q)?.unique().all();
        t.show("collections", lengths(&s, &users));
        s.rollback()
    });
    to.sync("loa-005", |t| {
        #[derive(Debug, Clone, Default, Mapped)]
        #[aludel(table = "cities")]
        struct City {
            #[aludel(primary_key, length = 10)]
            country: String,
            #[aludel(primary_key, autoincrement = false)]
            code: i64,
            #[aludel(back = city, order_by(id))]
            streets: Many<Street>,
        }
        #[derive(Debug, Clone, Default, Mapped)]
        #[aludel(
            table = "streets",
            foreign_key(country, code, references = "cities(country, code)")
        )]
        struct Street {
            #[aludel(primary_key)]
            id: Auto<i64>,
            #[aludel(length = 10)]
            country: Option<String>,
            code: Option<i64>,
            #[aludel(back = streets)]
            city: One<City>,
        }
        identified!(Street);
        impl Identified for City {
            fn identity(&self) -> Option<String> {
                Some(format!("{}, {}", self.country, self.code))
            }
        }
        t.setup(
            &MetaData::new().with::<City>().with::<Street>(),
            &[
                "cities (country, code) VALUES ('at', 1), ('be', 2)",
                "streets (id, country, code) VALUES (1, 'at', 1), (2, 'be', 2)",
            ],
        );
        let mut s = t.session();
        t.step("one-to-many");
        let q = select(City::entity()).options(selectinload(City::c.streets));
        let cities = s.scalars(q.order_by(City::c.code))?.all();
        let streets = cities.iter().map(|c| all_named(&s, s[c].streets.get().unwrap_or_default()));
        t.show("streets", streets.collect::<Vec<_>>());
        s.expunge_all();
        t.step("many-to-one");
        let q = select(Street::entity()).options(selectinload(Street::c.city));
        let streets = s.scalars(q.order_by(Street::c.id))?.all();
        let cities = streets.iter().map(|x| maybe_named(&s, s[x].city.get()));
        t.show("cities", cities.collect::<Vec<_>>());
        s.rollback()
    });
    to.sync("loa-010", |t| {
        setup(t, 1, 3);
        let mut s = t.session();
        let criteria = || with_loader_criteria::<Address>(Address::c.email.ne("e1.2"));
        let u = s.scalars(select(User::entity()).options(criteria()))?.one()?;
        let emails = |s: &mut Session, u: &Ref<User>| -> Result<Vec<String>> {
            let addresses = s.load(u, User::c.addresses)?;
            Ok(addresses.iter().map(|a| s[a].email.clone()).collect())
        };
        t.show("lazy load", emails(&mut s, &u)?);
        s.expire(&u)?;
        t.show("after expire", emails(&mut s, &u)?);
        s.expunge_all();
        let q = select((User::c.id, Address::c.email)).join(User::c.addresses);
        t.show("join", s.execute(q.options(criteria()).order_by(Address::c.id))?.all());
        s.rollback()
    });
    to.sync("loa-011", |t| {
        let rows = ["nodes (id, name, parent_id) VALUES \
                     (1, 'root', null), (2, 'a', 1), (3, 'b', 1), (4, 'c', 2), (5, 'd', 4)"];
        t.setup(&models::nodes(), &rows);
        let mut s = t.session();
        let deep = selectinload(Node::c.children).recursion(None);
        let q = select(Node::entity()).where_(Node::c.parent_id.is_null()).options(deep);
        let root = s.scalars(q)?.one()?;
        t.show("deep", third(&mut s, &root)?);
        s.expunge_all();
        t.step("joined, two levels");
        let two = joinedload(Node::c.children).joinedload(Node::c.children);
        let q = select(Node::entity()).where_(Node::c.id.eq(1)).options(two);
        let root = s.scalars(q)?.unique().one()?;
        let children = s.load(&root, Node::c.children)?;
        t.show("names", children.iter().map(|c| &s[c].name).collect::<Vec<_>>());
        t.step("third level is lazy");
        t.show("third", third(&mut s, &root)?);
        s.rollback()
    });
    to.sync("loa-012", |t| {
        #[derive(Debug, Clone, Default, Mapped)]
        #[aludel(table = "a")]
        struct A {
            #[aludel(primary_key)]
            id: Auto<i64>,
            #[aludel(foreign_key = "b.id")]
            b_id: Option<i64>,
            #[aludel(lazy = "joined")]
            b: One<B>,
            #[aludel(lazy = "selectin", order_by(id))]
            cs: Many<C>,
        }
        #[derive(Debug, Clone, Default, Mapped)]
        #[aludel(table = "b")]
        struct B {
            #[aludel(primary_key)]
            id: Auto<i64>,
        }
        #[derive(Debug, Clone, Default, Mapped)]
        #[aludel(table = "c")]
        struct C {
            #[aludel(primary_key)]
            id: Auto<i64>,
            #[aludel(foreign_key = "a.id")]
            a_id: i64,
            #[aludel(lazy = "immediate", order_by(id))]
            ds: Many<D>,
        }
        #[derive(Debug, Clone, Default, Mapped)]
        #[aludel(table = "d")]
        struct D {
            #[aludel(primary_key)]
            id: Auto<i64>,
            #[aludel(foreign_key = "c.id")]
            c_id: i64,
        }
        let tables = MetaData::new().with::<B>().with::<A>().with::<C>().with::<D>();
        t.setup(
            &tables,
            &[
                "b (id) VALUES (1)",
                "a (id, b_id) VALUES (1, 1)",
                "c (id, a_id) VALUES (1, 1)",
                "d (id, c_id) VALUES (1, 1)",
            ],
        );
        let mut s = t.session();
        t.step("get");
        let a = s.get_one::<A>(1)?;
        t.loaded("a", &s, &a);
        t.step("refresh");
        s.refresh(&a)?;
        t.step("first read after commit");
        s.commit()?;
        t.show("b_id", s.read(&a)?.b_id);
        t.loaded("a", &s, &a);
        s.rollback()
    });
}

pub(super) fn setup(t: &Trace, users: i64, each: i64) {
    let [users, addresses] = users_with_addresses(users, each);
    t.setup(&models::blog(), &[&users, &addresses]);
}

/// Each user's key, and how many addresses it has.
fn sizes(s: &Session, users: &[Ref<User>]) -> Json {
    users.iter().map(|u| (&s[u].id, s[u].addresses.get().map(<[_]>::len)).shown()).collect()
}

/// The tags of the users of addresses.
fn tags_of_users(s: &Session, found: &[Ref<Address>]) -> Json {
    let users = found.iter().filter_map(|a| s[a].user.get());
    users.map(|u| all_named(s, s[u].tags.get().unwrap_or_default())).collect()
}

/// The name of the first child of the first child of the first child.
fn third(s: &mut Session, root: &Ref<Node>) -> Result<String> {
    let mut node = root.clone();
    for _ in 0..3 {
        node = s.load(&node, Node::c.children)?.remove(0);
    }
    Ok(s[&node].name.clone())
}
