//! How many statements a flush sends, and in which order.

use aludel::orm::{Many, One, many};
use aludel::{Auto, ErrorKind, Mapped, MetaData};

use super::everywhere;

#[derive(Debug, Mapped)]
#[aludel(table = "nodes")]
struct Node {
    #[aludel(primary_key)]
    id: Auto<i64>,
    name: String,
    #[aludel(foreign_key = "nodes.id")]
    parent_id: Option<i64>,
    #[aludel(back = children)]
    parent: One<Node>,
    #[aludel(back = parent, cascade = "all", order_by(id))]
    children: Many<Node>,
}

fn node(name: &str) -> Node {
    Node {
        id: Auto::unset(),
        name: name.into(),
        parent_id: None,
        parent: One::default(),
        children: Many::default(),
    }
}

fn nodes() -> MetaData {
    MetaData::new().with::<Node>()
}

// conforms: E036
#[test]
fn a_tree_is_written_from_its_root_and_deleted_from_its_leaves() {
    everywhere(&nodes(), &[], |t| {
        let mut s = t.session();
        let a = Node { children: many![node("c")], ..node("a") };
        let root = s.add(Node { children: many![a, node("b")], ..node("root") })?;
        s.commit()?;
        assert_eq!(
            t.rows("SELECT name, parent_id FROM nodes ORDER BY id")?.concat(),
            ["root", "null", "a", "1", "b", "1", "c", "2"]
        );
        s.delete(&root)?;
        t.forget();
        s.flush()?;
        t.sent(&[
            "DELETE FROM nodes WHERE nodes.id = ? x 2",
            "DELETE FROM nodes WHERE nodes.id = ?",
            "DELETE FROM nodes WHERE nodes.id = ?",
        ]);
        s.commit()
    });
}

#[test]
fn a_tree_is_turned_upside_down() {
    let rows = [
        "nodes (id, name) VALUES (1, 'top')",
        "nodes (id, name, parent_id) VALUES (2, 'mid', 1), (3, 'low', 2)",
    ];
    everywhere(&nodes(), &rows, |t| {
        let mut s = t.session();
        let (top, mid, low) = (s.get_one::<Node>(1)?, s.get_one::<Node>(2)?, s.get_one::<Node>(3)?);
        s.link(&low, Node::c.parent, None::<&aludel::orm::Ref<Node>>)?;
        s.link(&mid, Node::c.parent, &low)?;
        s.link(&top, Node::c.parent, &mid)?;
        // All rows are there already, so that any order will do.
        s.commit()?;
        let rows = t.rows("SELECT id, parent_id FROM nodes ORDER BY id")?;
        assert_eq!(rows.concat(), ["1", "2", "2", "3", "3", "null"]);
        Ok(())
    });
}

// conforms: E034
#[test]
fn foreign_keys_that_the_program_sets_order_too() {
    everywhere(&nodes(), &[], |t| {
        let mut s = t.session();
        s.add(Node { id: 2.into(), parent_id: Some(1), ..node("child") })?;
        s.add(Node { id: 1.into(), ..node("parent") })?;
        s.commit()?;
        assert_eq!(t.rows("SELECT name FROM nodes ORDER BY id")?.concat(), ["parent", "child"]);
        Ok(())
    });
}

#[derive(Debug, Mapped)]
#[aludel(table = "teams")]
struct Team {
    #[aludel(primary_key)]
    id: Auto<i64>,
    #[aludel(foreign_key = "players.id", use_alter)]
    captain_id: Option<i64>,
    #[aludel(foreign_key = "captain_id", post_update)]
    captain: One<Player>,
    #[aludel(foreign_key = "team_id", back = team, order_by(id))]
    players: Many<Player>,
}

#[derive(Debug, Mapped)]
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

// conforms: E065
#[test]
fn rows_that_need_each_other() {
    everywhere(&MetaData::new().with::<Team>().with::<Player>(), &[], |t| {
        let mut s = t.session();
        let player = |name: &str| Player {
            id: Auto::unset(),
            name: name.into(),
            team_id: 0,
            team: One::default(),
        };
        let team = s.add(Team {
            id: Auto::unset(),
            captain_id: None,
            captain: One::default(),
            players: many![player("a"), player("b")],
        })?;
        let players = s.load(&team, Team::c.players)?;
        s.link(&team, Team::c.captain, &players[1])?;
        t.forget();
        s.flush()?;
        assert_eq!(s[&team].captain_id, s[&players[1]].id.get().copied());
        t.forget();
        s.link(&team, Team::c.captain, &players[0])?;
        s.flush()?;
        t.sent(&["UPDATE teams SET captain_id = ? WHERE teams.id = ?"]);
        s.delete(&team)?;
        s.delete(&players[0])?;
        s.delete(&players[1])?;
        s.flush()?;
        t.sent(&[
            "UPDATE teams SET captain_id = ? WHERE teams.id = ?",
            "DELETE FROM players WHERE players.id = ? x 2",
            "DELETE FROM teams WHERE teams.id = ?",
        ]);
        s.commit()
    });
}

// conforms: E065
#[test]
fn rows_that_need_each_other_without_post_update() {
    #[derive(Debug, Mapped)]
    #[aludel(table = "lefts")]
    struct Left {
        #[aludel(primary_key)]
        id: Auto<i64>,
        #[aludel(foreign_key = "rights.id", use_alter)]
        right_id: Option<i64>,
        #[aludel(foreign_key = "right_id")]
        right: One<Right>,
    }
    #[derive(Debug, Mapped)]
    #[aludel(table = "rights")]
    struct Right {
        #[aludel(primary_key)]
        id: Auto<i64>,
        #[aludel(foreign_key = "lefts.id")]
        left_id: Option<i64>,
        #[aludel(foreign_key = "left_id")]
        left: One<Left>,
    }
    let left = || Left { id: Auto::unset(), right_id: None, right: One::default() };
    let right = || Right { id: Auto::unset(), left_id: None, left: One::default() };
    everywhere(&MetaData::new().with::<Left>().with::<Right>(), &[], |t| {
        let mut s = t.session();
        let (x, y) = (s.add(left())?, s.add(right())?);
        s.link(&x, Left::c.right, &y)?;
        s.link(&y, Right::c.left, &x)?;
        t.forget();
        let error = s.flush().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::CircularDependency, "{error}");
        t.sent(&[]);
        s.rollback()?;
        let (x, y, z) = (s.add(left())?, s.add(right())?, s.add(right())?);
        s.link(&x, Left::c.right, &y)?;
        s.link(&z, Right::c.left, &x)?;
        s.commit()?;
        Ok(())
    });
}

#[derive(Debug, Mapped)]
#[aludel(table = "tags")]
struct Tag {
    #[aludel(primary_key)]
    id: Auto<i64>,
    label: String,
}

// conforms: E035
#[test]
fn more_rows_than_one_statement_takes() {
    everywhere(&MetaData::new().with::<Tag>(), &[], |t| {
        let mut s = t.session();
        let tags = (0..1001).map(|number| Tag { id: Auto::unset(), label: number.to_string() });
        let tags = s.add_all(tags)?;
        s.flush()?;
        let inserts = t.count("INSERT");
        match t.database.server() {
            crate::support::Database::Postgres => assert_eq!(inserts, 2),
            _ => assert!(inserts <= 1001, "{inserts}"),
        }
        assert_eq!(s[&tags[1000]].id, 1001);
        for tag in &tags {
            s[tag].label.push('!');
        }
        s.flush()?;
        assert!(t.count("UPDATE") <= 2);
        for tag in &tags {
            s.delete(tag)?;
        }
        s.commit()?;
        assert_eq!(t.rows("SELECT count(*) FROM tags")?.concat(), ["0"]);
        Ok(())
    });
}
