//! A tree of objects of one struct, walked by a function that calls itself: each step loads the children of one
//! node, if they are not there.
//!
//! Runs on SQLite in memory, or on the database whose URL is the argument or in `DATABASE_URL`.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use aludel::orm::{Many, One, Ref, Session, many};
use aludel::{Auto, Mapped, MetaData, Result, create_engine, func, select};

#[derive(Debug, Mapped)]
#[aludel(table = "example_nodes")]
struct Node {
    #[aludel(primary_key)]
    id: Auto<i64>,
    name: String,
    #[aludel(foreign_key = "example_nodes.id")]
    parent_id: Option<i64>,
    #[aludel(back = parent, cascade = "all, delete-orphan", order_by(id))]
    children: Many<Node>,
    #[aludel(back = children)]
    parent: One<Node>,
}

fn node(name: &str, children: Many<Node>) -> Node {
    Node { id: Auto::unset(), name: name.into(), parent_id: None, children, parent: One::default() }
}

/// Prints a node and all below it; returns how many these are.
fn print(session: &mut Session, node: &Ref<Node>, depth: usize) -> Result<usize> {
    println!("{}{}", "  ".repeat(depth), session.read(node)?.name);
    let mut count = 1;
    for child in session.load(node, Node::c.children)? {
        count += print(session, &child, depth + 1)?;
    }
    Ok(count)
}

/// The names from the root to a node.
fn path(session: &mut Session, node: &Ref<Node>) -> Result<String> {
    let name = session.read(node)?.name.clone();
    match session.load(node, Node::c.parent)? {
        Some(parent) => Ok(format!("{}/{name}", path(session, &parent)?)),
        None => Ok(name),
    }
}

fn main() -> Result<()> {
    let url = std::env::args().nth(1).or_else(|| std::env::var("DATABASE_URL").ok());
    let engine = create_engine(&url.unwrap_or_else(|| "sqlite://".to_owned()))?;
    let metadata = MetaData::new().with::<Node>();
    engine.begin(|conn| {
        metadata.drop_all(conn)?;
        metadata.create_all(conn)
    })?;

    let mut session = Session::new(&engine);
    let root = session.add(node(
        "root",
        many![node("left", many![node("leaf", Many::default())]), node("right", Many::default()),],
    ))?;
    // Parents are inserted before their children, level by level.
    session.commit()?;
    println!("{} nodes", print(&mut session, &root, 0)?);

    // A branch moves: it is where it was pushed, and nowhere else.
    let children = session.load(&root, Node::c.children)?;
    let (left, right) = (children[0].clone(), children[1].clone());
    session.push(&right, Node::c.children, &left)?;
    session.commit()?;
    print(&mut session, &root, 0)?;
    let leaf = session.load(&left, Node::c.children)?[0].clone();
    println!("{}", path(&mut session, &leaf)?);

    // Taken out of its collection, it is deleted, with all below it.
    session.remove(&right, Node::c.children, &left)?;
    session.commit()?;
    print(&mut session, &root, 0)?;
    session.delete(&root)?;
    session.commit()?;
    let left_over = session.scalar(select(func::count()).select_from(Node::entity()))?;
    println!("{} nodes are left", left_over.unwrap_or(0));
    session.close()?;
    engine.begin(|conn| metadata.drop_all(conn))
}
