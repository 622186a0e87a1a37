//! The bridge alone: two recursive walks, synchronous functions with a callback, run side by side,
//! and each waits at every leaf until the other has come as far.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use aludel::bridge::{Error, await_, greenlet_spawn};
use tokio::sync::mpsc::{Receiver, channel};

enum Tree {
    Leaf(char),
    Fork(Box<Tree>, Box<Tree>),
}

use Tree::Leaf;

fn fork(left: Tree, right: Tree) -> Tree {
    Tree::Fork(Box::new(left), Box::new(right))
}

impl Tree {
    /// Calls `visit` with each leaf, from left to right. Nothing here knows of futures.
    fn walk<E>(&self, visit: &mut dyn FnMut(char) -> Result<(), E>) -> Result<(), E> {
        match self {
            Leaf(name) => visit(*name),
            Tree::Fork(left, right) => {
                left.walk(visit)?;
                right.walk(visit)
            }
        }
    }
}

/// The leaves of a tree, one by one: a walk that is suspended in its callback until there is room.
fn leaves(tree: Tree) -> (impl Future<Output = Result<(), Error>>, Receiver<char>) {
    let (sender, receiver) = channel(1);
    let walk = greenlet_spawn(move || {
        tree.walk(&mut |leaf| {
            // The send itself fails when nobody wants more leaves, which is no error here.
            await_(sender.send(leaf)).map(drop)
        })
    });
    (walk, receiver)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (left, mut from_left) =
        leaves(fork(fork(Leaf('a'), Leaf('b')), fork(Leaf('c'), Leaf('d'))));
    let (right, mut from_right) =
        leaves(fork(Leaf('a'), fork(Leaf('b'), fork(Leaf('x'), Leaf('d')))));
    let compare = async move {
        while let (Some(one), Some(other)) = tokio::join!(from_left.recv(), from_right.recv()) {
            println!("{one} {other}{}", if one == other { "" } else { " differ" });
        }
    };
    let (left, right, ()) = tokio::join!(left, right, compare);
    left.and(right)
}
