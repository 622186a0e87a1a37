//! Programs of the group "uow": versions, keys that change, rows that vanish.

use aludel::orm::{Many, One, Session, selectinload};
use aludel::{Auto, Mapped, MetaData, select};
use serde_json::Value as Json;

use super::Cases;
use crate::models::{self, Address, User, tag};
use crate::record::Db;
use crate::sessions::{any_named, identified, maybe_named};

#[derive(Debug, Clone, Default, Mapped)]
#[aludel(table = "pages")]
struct Page {
    #[aludel(primary_key)]
    id: Auto<i64>,
    body: String,
    #[aludel(version)]
    version: Auto<i64>,
}

pub(super) fn cases(to: &mut Cases) {
    to.sync("uow-023", |t| {
        let rows = ["users (id, name) VALUES (1, 'n1'), (2, 'n2'), (3, 'n3'), (4, 'n4')"];
        t.setup(&models::blog(), &rows);
        let mut s = t.session_without_expiry();
        let users = s.scalars(select(User::entity()).order_by(User::c.id.asc()))?.all();
        let (u1, u2, u3, u4) = (&users[0], &users[1], &users[2], &users[3]);
        s.commit()?;
        t.behind("DELETE FROM users WHERE id IN (1, 3)");
        t.step("update of a row that is gone, among others");
        s[u1].name = "x".into();
        s[u2].name = "y".into();
        t.raises("flush", s.flush());
        s.rollback()?;
        t.step("delete of rows of which one is gone");
        t.rows("SELECT id FROM users ORDER BY id");
        t.raises("flush of an expired object", s.delete(u3).and_then(|()| s.flush()));
        s.rollback()?;
        t.step("the same without expiry: the row goes while the object is loaded");
        t.show("u4.name", s.read(u4)?.name.clone());
        s.commit()?;
        t.behind("DELETE FROM users WHERE id = 4");
        s.delete(u4)?;
        t.raises("flush", s.flush());
        s.commit()?;
        t.state("u4", &s, u4);
        Ok(())
    });
    to.sync("uow-026", |t| {
        #[derive(Debug, Clone, Default, Mapped)]
        #[aludel(table = "persons")]
        struct Person {
            #[aludel(primary_key)]
            id: Auto<i64>,
            #[aludel(back = person, cascade = "all, delete-orphan")]
            passport: One<Passport>,
        }
        #[derive(Debug, Clone, Default, Mapped)]
        #[aludel(table = "passports")]
        struct Passport {
            #[aludel(primary_key)]
            id: Auto<i64>,
            number: String,
            #[aludel(foreign_key = "persons.id")]
            person_id: i64,
            #[aludel(back = passport)]
            person: One<Person>,
        }
        t.setup(
            &MetaData::new().with::<Person>().with::<Passport>(),
            &["persons (id) VALUES (1)", "passports (id, number, person_id) VALUES (1, 'A', 1)"],
        );
        let mut s = t.session();
        let p = s.get_one::<Person>(1)?;
        t.step("replace, not loaded before");
        s[&p].passport = Passport { number: "B".into(), ..Passport::default() }.into();
        t.step("flush");
        s.flush()?;
        t.step("set to None");
        s[&p].passport = One::none();
        s.flush()?;
        s.commit()
    });
    to.sync("uow-028", |t| {
        t.setup(&models::blog(), &[]);
        let mut s = t.session();
        s.add_all((0..1001).map(|i| tag(&format!("t{i}"))))?;
        s.flush()?;
        let sizes = t.take_statements();
        match t.db {
            Db::Sqlite => t.show("statements", sizes.len()),
            Db::PostgreSql | Db::MariaDb => t.show("parameters by statement", sizes),
        }
        s.commit()
    });
    to.sync("uow-021", |t| {
        #[derive(Debug, Clone, Default, Mapped)]
        #[aludel(table = "members")]
        struct Member {
            #[aludel(primary_key, length = 20)]
            login: String,
            #[aludel(back = member, order_by(id))]
            posts: Many<Post>,
        }
        #[derive(Debug, Clone, Default, Mapped)]
        #[aludel(table = "posts")]
        struct Post {
            #[aludel(primary_key)]
            id: Auto<i64>,
            title: String,
            #[aludel(foreign_key = "members.login", on_update = "cascade", length = 20)]
            login: Option<String>,
            #[aludel(back = posts)]
            member: One<Member>,
        }
        t.setup(
            &MetaData::new().with::<Member>().with::<Post>(),
            &[
                "members (login) VALUES ('ann')",
                "posts (id, title, login) VALUES (1, 'p', 'ann'), (2, 'q', 'ann')",
            ],
        );
        let mut s = t.session();
        let m = s.get_one::<Member>("ann")?;
        let p = s.load(&m, Member::c.posts)?.remove(0);
        t.step("rename, collection loaded");
        s[&m].login = "anna".into();
        s.flush()?;
        t.loaded("p", &s, &p);
        t.show("p.login", &s[&p].login);
        t.show("identity", [&s[&m].login]);
        let old = s.get::<Member>("ann")?;
        t.show("get by the old key", old.map(|old| s[&old].login.clone()));
        t.show("get by the new key is m", s.get::<Member>("anna")?.as_ref() == Some(&m));
        t.step("rename while a loaded child changes too");
        s[&m].login = "anne".into();
        s[&p].title = "changed".into();
        s.flush()?;
        t.show("p.login", &s[&p].login);
        s.commit()?;
        t.rows("SELECT id, login FROM posts ORDER BY id");
        Ok(())
    });
    to.sync("uow-025", |t| {
        // A value is compared with what it was: each kind of document is a tracked one.
        #[derive(Debug, Clone, Default, Mapped)]
        #[aludel(table = "confs")]
        struct Conf {
            #[aludel(primary_key)]
            id: Auto<i64>,
            plain: Json,
            tracked: Json,
        }
        identified!(Conf);
        let rows = ["confs (id, plain, tracked) VALUES (1, '{\"a\": 1}', '{\"a\": 1}')"];
        t.setup(&MetaData::new().with::<Conf>(), &rows);
        let mut s = t.session();
        let c = s.get_one::<Conf>(1)?;
        t.step("flag_modified");
        s[&c].plain["a"] = 2.into();
        s.flush()?;
        t.step("tracked");
        s[&c].tracked["b"] = 3.into();
        t.show("dirty", any_named::<Conf>(&s, &s.dirty()));
        s.commit()
    });
    to.sync("uow-012", |t| {
        #[derive(Debug, Clone, Default, Mapped)]
        #[aludel(table = "teams")]
        struct Team {
            #[aludel(primary_key)]
            id: Auto<i64>,
            #[aludel(foreign_key = "players.id")]
            captain_id: Option<i64>,
            #[aludel(foreign_key = "captain_id", post_update)]
            captain: One<Player>,
            #[aludel(foreign_key = "team_id", back = team, order_by(id))]
            players: Many<Player>,
        }
        #[derive(Debug, Clone, Default, Mapped)]
        #[aludel(table = "players")]
        struct Player {
            #[aludel(primary_key)]
            id: Auto<i64>,
            name: String,
            #[aludel(foreign_key = "teams.id")]
            team_id: i64,
            #[aludel(foreign_key = "team_id", back = players)]
            team: One<Team>,
        }
        t.setup(&MetaData::new().with::<Team>().with::<Player>(), &[]);
        let mut s = t.session();
        let player = |name: &str| Player { name: name.into(), ..Player::default() };
        let team = s.add(Team::default())?;
        // The captain is the first that came to the team's mind.
        let b = s.push(&team, Team::c.players, player("b"))?;
        let a = s.push(&team, Team::c.players, player("a"))?;
        s.link(&team, Team::c.captain, &b)?;
        s.flush()?;
        t.show("captain_id", s[&team].captain_id);
        t.step("change of captain");
        s.link(&team, Team::c.captain, &a)?;
        s.flush()?;
        t.step("delete all three");
        s.delete(&team)?;
        s.delete(&a)?;
        s.delete(&b)?;
        s.flush()?;
        s.commit()
    });
    to.sync("uow-019", |t| {
        let rows = ["pages (id, body, version) VALUES (1, 'x', 1)"];
        t.setup(&MetaData::new().with::<Page>(), &rows);
        let mut s = t.session_without_expiry();
        let p = s.get_one::<Page>(1)?;
        s.commit()?;
        t.behind("UPDATE pages SET version = 7");
        t.step("update");
        s[&p].body = "y".into();
        t.raises("flush", s.flush());
        s.rollback()?;
        t.step("reload, then the row moves again, then delete");
        t.show("version", s.read(&p)?.version);
        s.commit()?;
        t.behind("UPDATE pages SET version = 9");
        s.delete(&p)?;
        t.raises("flush", s.flush());
        s.rollback()
    });
    to.sync("uow-022", |t| {
        #[derive(Debug, Clone, Default, Mapped)]
        #[aludel(table = "members")]
        struct Member {
            #[aludel(primary_key, length = 20)]
            login: String,
            #[aludel(passive_updates = false, order_by(id))]
            posts: Many<Post>,
        }
        #[derive(Debug, Clone, Default, Mapped)]
        #[aludel(table = "posts")]
        struct Post {
            #[aludel(primary_key)]
            id: Auto<i64>,
            #[aludel(foreign_key = "members.login", length = 20)]
            login: Option<String>,
        }
        t.setup(
            &MetaData::new().with::<Member>().with::<Post>(),
            &["members (login) VALUES ('ann')", "posts (id, login) VALUES (1, 'ann'), (2, 'ann')"],
        );
        let mut s = t.session();
        let m = s.get_one::<Member>("ann")?;
        s[&m].login = "anna".into();
        t.raises("flush", s.flush());
        s.rollback()?;
        t.rows("SELECT id, login FROM posts ORDER BY id");
        Ok(())
    });
    to.without_foreign_keys();
    to.sync("uow-020", |t| {
        #[derive(Debug, Clone, Default, Mapped)]
        #[aludel(table = "pages")]
        struct Page {
            #[aludel(primary_key)]
            id: Auto<i64>,
            body: String,
            #[aludel(version = "manual")]
            version: i64,
        }
        t.setup(&MetaData::new().with::<Page>(), &[]);
        let mut s = t.session();
        let p = s.add(Page { body: "a".into(), version: 10, ..Page::default() })?;
        s.flush()?;
        s[&p].body = "b".into();
        s[&p].version = 20;
        s.flush()?;
        t.step("changed without a new version");
        s[&p].body = "c".into();
        s.flush()?;
        s.commit()?;
        t.show("version", s.read(&p)?.version);
        Ok(())
    });
    to.sync("uow-027", |t| {
        let rows = [
            "users (id, name) VALUES (1, 'a'), (2, 'b'), (3, 'c')",
            "addresses (id, email, user_id) VALUES (1, 'x', 1)",
        ];
        t.setup(&models::blog(), &rows);
        let mut s = t.session();
        let all = select(User::entity()).options(selectinload(User::c.addresses));
        let users = s.scalars(all.order_by(User::c.id.asc()))?.all();
        let (u1, u2, u3) = (&users[0], &users[1], &users[2]);
        let a = s.load(u1, User::c.addresses)?.remove(0);
        let counts = |s: &Session| {
            users.iter().map(|u| s[u].addresses.get().map(<[_]>::len)).collect::<Vec<_>>()
        };
        t.step("remove and append");
        s.remove(u1, User::c.addresses, &a)?;
        s.push(u2, User::c.addresses, &a)?;
        s.flush()?;
        t.step("append alone: the old collection follows");
        s.push(u3, User::c.addresses, &a)?;
        t.show("counts", counts(&s));
        t.show("a.user", maybe_named(&s, s[&a].user.get()));
        s.flush()?;
        t.step("by the many-to-one side");
        s.link(&a, Address::c.user, Some(u1))?;
        t.show("counts", counts(&s));
        s.flush()?;
        s.commit()
    });
}
