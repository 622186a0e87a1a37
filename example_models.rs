//! The mapped structs of the examples in this documentation.

/// The mapped structs `User`, `Address`, `Tag` and `UserTag`, and `session()` with their tables in memory.
#[doc(hidden)]
#[macro_export]
macro_rules! models_of_examples {
    () => {
        #[allow(unused_imports, reason = "the example may import it as well")]
        use $crate::Mapped as _;

        #[derive(Debug, $crate::Mapped)]
        #[aludel(table = "users")]
        struct User {
            #[aludel(primary_key)]
            id: $crate::Auto<i64>,
            name: String,
            nickname: Option<String>,
            #[aludel(back = user, order_by(id))]
            addresses: $crate::orm::Many<Address>,
            #[aludel(secondary = UserTag::table(), order_by(id))]
            tags: $crate::orm::Many<Tag>,
        }

        #[derive(Debug, $crate::Mapped)]
        #[aludel(table = "addresses")]
        struct Address {
            #[aludel(primary_key)]
            id: $crate::Auto<i64>,
            email: String,
            #[aludel(foreign_key = "users.id")]
            user_id: Option<i64>,
            #[aludel(back = addresses)]
            user: $crate::orm::One<User>,
        }

        #[derive(Debug, $crate::Mapped)]
        #[aludel(table = "tags")]
        struct Tag {
            #[aludel(primary_key)]
            id: $crate::Auto<i64>,
            label: String,
        }

        #[derive(Debug, $crate::Mapped)]
        #[aludel(table = "user_tags")]
        struct UserTag {
            #[aludel(primary_key, foreign_key = "users.id")]
            user_id: i64,
            #[aludel(primary_key, foreign_key = "tags.id")]
            tag_id: i64,
        }

        impl User {
            #[allow(dead_code, reason = "not every example makes one")]
            fn new(name: &str, emails: &[&str]) -> Self {
                let address = |email: &&str| Address {
                    id: $crate::Auto::unset(),
                    email: email.to_string(),
                    user_id: None,
                    user: $crate::orm::One::default(),
                };
                Self {
                    id: $crate::Auto::unset(),
                    name: name.to_owned(),
                    nickname: None,
                    addresses: emails.iter().map(address).collect(),
                    tags: $crate::orm::Many::default(),
                }
            }
        }

        #[allow(dead_code, reason = "not every example runs a statement")]
        fn session() -> $crate::Result<$crate::orm::Session> {
            let engine = $crate::create_engine("sqlite://")?;
            let metadata = $crate::MetaData::new().with::<User>().with::<Address>();
            let metadata = metadata.with::<Tag>().with::<UserTag>();
            engine.begin(|conn| metadata.create_all(conn))?;
            let mut session = $crate::orm::Session::new(&engine);
            session.add(User::new("sandy", &["sandy@example.com", "sandy@example.org"]))?;
            session.add(User::new("patrick", &[]))?;
            session.commit()?;
            session.expunge_all();
            Ok(session)
        }
    };
}
