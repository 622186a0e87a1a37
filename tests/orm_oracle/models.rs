//! The structs of most programs.

use aludel::orm::{Many, One};
use aludel::{Auto, Mapped, MetaData};

use crate::sessions::identified;

#[derive(Debug, Clone, Default, Mapped)]
#[aludel(table = "users")]
pub(crate) struct User {
    #[aludel(primary_key)]
    pub(crate) id: Auto<i64>,
    #[aludel(length = 50)]
    pub(crate) name: String,
    #[aludel(length = 50)]
    pub(crate) nickname: Option<String>,
    #[aludel(back = user, order_by(id))]
    pub(crate) addresses: Many<Address>,
    #[aludel(secondary = UserTag::table(), back = users, order_by(id))]
    pub(crate) tags: Many<Tag>,
}

#[derive(Debug, Clone, Default, Mapped)]
#[aludel(table = "addresses")]
pub(crate) struct Address {
    #[aludel(primary_key)]
    pub(crate) id: Auto<i64>,
    #[aludel(length = 50)]
    pub(crate) email: String,
    #[aludel(foreign_key = "users.id")]
    pub(crate) user_id: Option<i64>,
    #[aludel(back = addresses)]
    pub(crate) user: One<User>,
}

#[derive(Debug, Clone, Default, Mapped)]
#[aludel(table = "tags")]
pub(crate) struct Tag {
    #[aludel(primary_key)]
    pub(crate) id: Auto<i64>,
    #[aludel(length = 50)]
    pub(crate) label: String,
    #[aludel(secondary = UserTag::table(), back = tags, order_by(id))]
    pub(crate) users: Many<User>,
}

/// Which user has which tag.
#[derive(Debug, Clone, Default, Mapped)]
#[aludel(table = "user_tags")]
pub(crate) struct UserTag {
    #[aludel(primary_key, foreign_key = "users.id")]
    pub(crate) user_id: i64,
    #[aludel(primary_key, foreign_key = "tags.id")]
    pub(crate) tag_id: i64,
}

#[derive(Debug, Clone, Default, Mapped)]
#[aludel(table = "nodes")]
pub(crate) struct Node {
    #[aludel(primary_key)]
    pub(crate) id: Auto<i64>,
    #[aludel(length = 50)]
    pub(crate) name: String,
    #[aludel(foreign_key = "nodes.id")]
    pub(crate) parent_id: Option<i64>,
    #[aludel(back = parent, cascade = "all", order_by(id))]
    pub(crate) children: Many<Node>,
    #[aludel(back = children)]
    pub(crate) parent: One<Node>,
}

pub(crate) fn user(name: &str) -> User {
    User { name: name.to_owned(), ..User::default() }
}

pub(crate) fn address(email: &str) -> Address {
    Address { email: email.to_owned(), ..Address::default() }
}

pub(crate) fn tag(label: &str) -> Tag {
    Tag { label: label.to_owned(), ..Tag::default() }
}

pub(crate) fn node(name: &str) -> Node {
    Node { name: name.to_owned(), ..Node::default() }
}

/// The tables of users, addresses and tags.
pub(crate) fn blog() -> MetaData {
    MetaData::new().with::<User>().with::<Address>().with::<Tag>().with::<UserTag>()
}

pub(crate) fn nodes() -> MetaData {
    MetaData::new().with::<Node>()
}

identified!(User, Address, Tag, Node);
