//! INSERT, UPDATE and DELETE in each dialect.

use aludel::dbapi::{Product, ServerInfo};
use aludel::dialect::Dialect;
use aludel::dialect::mysql::MySql;
use aludel::dialect::postgresql::PostgreSql;
use aludel::dialect::sqlite::Sqlite;
use aludel::sql::schema::{Index, IndexElement};
use aludel::sql::{
    ClauseElement, ConflictTarget, SqlDialect, constraint, excluded, literal, literal_column,
};
use aludel::{
    Auto, Column, ErrorKind, Mapped, MetaData, Table, aliased, bindparam, delete, func, insert,
    params, select, text, types, update,
};

use super::{User, one_text, texts};

#[derive(Debug, Mapped)]
#[aludel(table = "items")]
struct Item {
    #[aludel(primary_key)]
    id: Auto<i64>,
    #[aludel(unique)]
    name: String,
    #[aludel(server_default = "5")]
    stock: Auto<i32>,
    note: Option<String>,
    #[aludel(computed = "stock * 2")]
    doubled: Auto<i32>,
}

fn item(name: &str) -> Item {
    let (id, stock, doubled) = (Auto::unset(), Auto::unset(), Auto::unset());
    Item { id, name: name.into(), stock, note: None, doubled }
}

/// Why a dialect refuses the statement.
#[track_caller]
fn refused(statement: &dyn ClauseElement, dialect: &dyn SqlDialect, wanted: &[&str]) {
    let error = statement.compile(dialect).expect_err("it is refused");
    assert_eq!(error.kind(), ErrorKind::Compile);
    for text in wanted {
        assert!(error.message().contains(text), "{error}");
    }
}

// conforms: F02
#[test]
fn rows_of_inserts() {
    let c = Item::c;
    one_text(&insert::<Item>().values(item("a")), "INSERT INTO items (name, note) VALUES (?, ?)");
    let set = Item { id: 7.into(), stock: 3.into(), ..item("a") };
    let text = "INSERT INTO items (id, name, stock, note) VALUES (?, ?, ?, ?)";
    one_text(&insert::<Item>().values(&set), text);
    // A part of what a struct sets can be set otherwise.
    let upper = insert::<Item>().values(item("a")).values(c.name.set(func::upper(literal("b"))));
    one_text(&upper, "INSERT INTO items (name, note) VALUES (upper(?), ?)");
    let rows = insert::<Item>().rows(&[item("a"), item("b"), item("c")]);
    one_text(&rows, "INSERT INTO items (name, note) VALUES (?, ?), (?, ?), (?, ?)");
    one_text(&rows.values(c.name.set("d")), "INSERT INTO items (name) VALUES (?)");
    let rows = [(c.name.set("a"), c.note.set("x")), (c.name.set("b"), c.note.set(None))];
    one_text(&insert::<Item>().rows(rows), "INSERT INTO items (name, note) VALUES (?, ?), (?, ?)");
    let none: [Item; 0] = [];
    let error = insert::<Item>().rows(&none).compile(&Sqlite::new()).expect_err("no rows");
    assert_eq!(error.kind(), ErrorKind::Argument);
    assert!(error.message().contains("has no rows"), "{error}");
    let lower = func::lower(aludel::literal("A".to_owned()));
    let mixed = [vec![c.name.set(lower)], vec![c.name.set("b")]];
    one_text(&insert::<Item>().rows(mixed), "INSERT INTO items (name) VALUES (lower(?)), (?)");
}

#[test]
fn defaults_stand_where_they_can() {
    let c = Item::c;
    let one = insert::<Item>().values((c.name.set("a"), c.stock.set_default()));
    let with = "INSERT INTO items (name, stock) VALUES";
    texts(
        &one,
        [
            "INSERT INTO items (name) VALUES (?1)",
            &format!("{with} ($1, DEFAULT)"),
            &format!("{with} (?, DEFAULT)"),
        ],
    );
    let only = insert::<Item>().values(c.stock.set_default());
    assert_eq!(only.compile(&Sqlite::new()).unwrap().sql(), "INSERT INTO items DEFAULT VALUES");
    // One struct says more than the other.
    let rows = insert::<Item>().rows(&[Item { stock: 4.into(), ..item("a") }, item("b")]);
    let text = "INSERT INTO items (name, stock, note) VALUES ($1, $2, $3), ($4, DEFAULT, $5)";
    assert_eq!(rows.compile(&PostgreSql::new()).unwrap().sql(), text);
    refused(&rows, &Sqlite::new(), &["DEFAULT among the values", "sqlite", "leave the column out"]);
    let update = update::<Item>().values(c.stock.set_default());
    let text = "UPDATE items SET stock = DEFAULT";
    assert_eq!(update.compile(&MySql::new()).unwrap().sql(), text);
    refused(&update, &Sqlite::new(), &["DEFAULT in an UPDATE"]);
}

// MySQL changes no table that a subquery reads, unless that is computed before.
#[test]
fn subqueries_on_the_table_that_is_changed() {
    let c = Item::c;
    let old = MySql::new().for_server(&ServerInfo::new(Product::MariaDb, "10.2.44-MariaDB"));
    let most = || select(func::max(c.stock)).scalar_subquery();
    let update = update::<Item>().values(c.note.set("most")).where_(c.stock.eq(most()));
    let delete = delete::<Item>().where_(c.id.in_(select(c.id).where_(c.stock.eq(0))));
    let last = select(func::max(c.name)).scalar_subquery();
    let insert = insert::<Item>().values((c.name.set("a"), c.note.set(last)));
    for (statement, what) in [
        (&update as &dyn ClauseElement, "subqueries of an UPDATE on the table"),
        (&delete, "subqueries of a DELETE on the table"),
        (&insert, "subqueries among the values of an INSERT on the table"),
    ] {
        refused(statement, &MySql::new(), &["mysql", what]);
        refused(statement, &*old, &["mariadb 10.2.44", what]);
        statement.compile(&MySql::mariadb()).unwrap();
        statement.compile(&PostgreSql::new()).unwrap();
    }
    // A list with a limit stands in FROM, as `distinct().subquery(…)` does.
    let first = select(c.id).order_by(c.id).limit(1);
    let gone = aludel::delete::<Item>().where_(c.id.in_(first));
    assert_eq!(
        gone.compile(&MySql::new()).unwrap().sql(),
        "DELETE FROM items WHERE (items.id IN (SELECT * FROM (SELECT items.id FROM items \
         ORDER BY items.id LIMIT ?) AS anon_1))"
    );
}

#[test]
fn subqueries_about_an_inserted_row() {
    let same = select(func::count()).where_(User::c.name.eq(Item::c.name)).scalar_subquery();
    let new = insert::<Item>().values(Item::c.name.set("a")).returning((Item::c.id, same));
    let text = "INSERT INTO items (name) VALUES ($1) RETURNING items.id, \
                (SELECT count(*) FROM users WHERE users.name = items.name)";
    assert_eq!(new.compile(&PostgreSql::new()).unwrap().sql(), text);
    assert_eq!(new.compile(&Sqlite::new()).unwrap().sql(), text.replace('$', "?"));
    assert_eq!(new.compile(&MySql::mariadb()).unwrap().sql(), text.replace("$1", "?"));
}

// conforms: F02
#[test]
fn inserts_of_what_is_selected() {
    let users = select((User::c.name, func::upper(User::c.name))).where_(User::c.active);
    let new = || insert::<Item>().from_select((Item::c.name, Item::c.note), users.clone());
    let text = "INSERT INTO items (name, note) SELECT users.name, upper(users.name) FROM users \
                WHERE users.active";
    one_text(&new(), text);
    // Behind FROM, SQLite would read ON as that of a join.
    let upsert = new().upsert(Item::c.name);
    texts(
        &upsert,
        [
            "INSERT INTO items (name, note) SELECT * FROM (SELECT users.name, upper(users.name) AS anon_1 \
             FROM users WHERE users.active) AS selected WHERE true \
             ON CONFLICT (name) DO UPDATE SET note = excluded.note",
            &format!("{text} ON CONFLICT (name) DO UPDATE SET note = excluded.note"),
            // There is no row that could have a name.
            "INSERT INTO items (name, note) SELECT * FROM (SELECT users.name, upper(users.name) AS anon_1 \
             FROM users WHERE users.active) AS selected WHERE true \
             ON DUPLICATE KEY UPDATE note = VALUES(note)",
        ],
    );
    // ORDER BY names a label, which may have the name of a column.
    let lowest = select((User::c.name, (User::c.age * -1).label("age")));
    let lowest = insert::<Item>()
        .from_select((Item::c.name, Item::c.stock), lowest.order_by("age").limit(1));
    let text = "SELECT users.name, users.age * ? AS age FROM users ORDER BY age LIMIT ?";
    one_text(&lowest, &format!("INSERT INTO items (name, stock) {text}"));
    let upsert = lowest.upsert(Item::c.name).compile(&MySql::new()).unwrap();
    let text = format!("SELECT * FROM ({text}) AS selected WHERE true");
    assert!(upsert.sql().contains(&text), "{}", upsert.sql());
    let prefixed = insert::<Item>().prefix_with("OR").prefix_with("IGNORE");
    let text = "INSERT OR IGNORE INTO items (name) VALUES (?)";
    one_text(&prefixed.values(Item::c.name.set("a")), text);
}

#[test]
fn conflicts() {
    let c = Item::c;
    let new = || insert::<Item>().values((c.name.set("a"), c.stock.set(1)));
    let more = || c.stock.set(excluded::<Item>().stock + c.stock);
    let begin = "INSERT INTO items (name, stock) VALUES ($1, $2) ON CONFLICT";
    let on_postgres = |statement: &dyn ClauseElement, text: &str| {
        let compiled = statement.compile(&PostgreSql::new()).unwrap();
        assert_eq!(compiled.sql(), format!("{begin}{text}"));
    };
    on_postgres(&new().on_conflict_do_nothing(()), " DO NOTHING");
    on_postgres(&new().on_conflict_do_nothing((c.name, c.stock)), " (name, stock) DO NOTHING");
    on_postgres(
        &new().on_conflict_do_update(c.name, more()).on_conflict_where(c.note.is_null()),
        " (name) DO UPDATE SET stock = excluded.stock + items.stock WHERE items.note IS NULL",
    );
    let partial = ConflictTarget::index(c.name).where_(c.note.is_not_null());
    on_postgres(
        &new().on_conflict_do_update(partial, more()).returning(c.id),
        " (name) WHERE note IS NOT NULL DO UPDATE SET stock = excluded.stock + items.stock \
         RETURNING items.id",
    );
    let named = new().on_conflict_do_update(constraint("uq_items_name"), more());
    on_postgres(
        &named,
        " ON CONSTRAINT uq_items_name DO UPDATE SET stock = excluded.stock + items.stock",
    );
    refused(&named, &Sqlite::new(), &["ON CONSTRAINT", "columns of the constraint"]);
    refused(&named, &MySql::new(), &["ON CONFLICT", "upsert"]);
    // A statement in it sees both rows.
    let users = select(func::count()).select_from(User::entity());
    let users = users.where_(User::c.name.eq(excluded::<Item>().name)).scalar_subquery();
    on_postgres(
        &new().on_conflict_do_update(c.name, c.stock.set(users)),
        " (name) DO UPDATE SET stock = (SELECT count(*) FROM users \
         WHERE users.name = excluded.name)",
    );
    refused(&new().on_conflict_do_update((), more()), &PostgreSql::new(), &["recognised"]);
    refused(&new().on_conflict_where(c.note.is_null()), &PostgreSql::new(), &["stand before it"]);

    let duplicate = new().on_duplicate_key_update((more(), c.note.set("was there")));
    let text = |dialect: &MySql| duplicate.compile(dialect).unwrap().sql().to_owned();
    assert_eq!(
        text(&MySql::new()),
        "INSERT INTO items (name, stock) VALUES (?, ?) AS excluded \
         ON DUPLICATE KEY UPDATE stock = excluded.stock + items.stock, note = ?"
    );
    assert_eq!(
        text(&MySql::mariadb()),
        "INSERT INTO items (name, stock) VALUES (?, ?) \
         ON DUPLICATE KEY UPDATE stock = VALUES(stock) + items.stock, note = ?"
    );
    refused(&duplicate, &PostgreSql::new(), &["ON DUPLICATE KEY UPDATE", "upsert"]);
}

#[test]
fn upserts_of_all_databases() {
    let c = Item::c;
    let new = || insert::<Item>().values((c.name.set("a"), c.stock.set(1), c.note.set("x")));
    let three = |statement: &dyn ClauseElement, conflict: &str, duplicate: &str| {
        let row = |values: &str| format!("INSERT INTO items (name, stock, note) VALUES ({values})");
        let conflict = |values| format!("{} ON CONFLICT {conflict}", row(values));
        texts(
            statement,
            [
                &conflict("?1, ?2, ?3"),
                &conflict("$1, $2, $3"),
                &format!("{} AS excluded ON DUPLICATE KEY UPDATE {duplicate}", row("?, ?, ?")),
            ],
        );
        let mariadb = statement.compile(&MySql::mariadb()).unwrap();
        let values = duplicate.replace("excluded.stock", "VALUES(stock)");
        let values = values.replace("excluded.note", "VALUES(note)");
        assert_eq!(mariadb.sql(), format!("{} ON DUPLICATE KEY UPDATE {values}", row("?, ?, ?")));
    };
    let rest = "stock = excluded.stock, note = excluded.note";
    three(&new().upsert(c.name), &format!("(name) DO UPDATE SET {rest}"), rest);
    let note = "note = excluded.note";
    three(&new().upsert_columns(c.name, c.note), &format!("(name) DO UPDATE SET {note}"), note);
    three(&new().upsert_do_nothing(c.name), "(name) DO NOTHING", "name = items.name");
    let keyed = new().values(c.id.set(5)).upsert(());
    let text = keyed.compile(&PostgreSql::new()).unwrap();
    assert!(text.sql().ends_with(
        "ON CONFLICT (id) DO UPDATE SET name = excluded.name, stock = excluded.stock, \
         note = excluded.note"
    ));
    // MySQL would take a row of this name as well.
    refused(&keyed, &MySql::new(), &["(name)", "(id)", "leave a column"]);
    let metadata = MetaData::new();
    let bare = Table::new("bare", &metadata, [Column::new("a", types::Integer)]).unwrap();
    let upsert = bare.insert().params(params! { a: 1 }).upsert(());
    refused(&upsert, &PostgreSql::new(), &["\"bare\"", "no primary key"]);
    // What parameters give is updated too.
    let given = insert::<Item>().upsert(c.name).params(params! { name: "a", note: "x" });
    let text = "INSERT INTO items (name, note) VALUES (:name, :note) ON CONFLICT (name) \
                DO UPDATE SET note = excluded.note";
    assert_eq!(given.to_string(), text);
}

// conforms: F02
#[test]
fn updates() {
    let (i, u) = (Item::c, User::c);
    let stock = || update::<Item>().values(i.stock.set(i.stock + 1));
    one_text(&stock(), "UPDATE items SET stock = items.stock + ?");
    one_text(
        &stock().where_(i.id.eq(1)).where_(i.note.is_null() | i.stock.lt(3)),
        "UPDATE items SET stock = items.stock + ? WHERE items.id = ? AND \
         (items.note IS NULL OR items.stock < ?)",
    );
    let joined = update::<Item>().values((i.note.set(u.name), i.stock.set(1)));
    texts(
        &joined.where_(i.id.eq(u.id)),
        [
            "UPDATE items SET note = users.name, stock = ?1 FROM users WHERE items.id = users.id",
            "UPDATE items SET note = users.name, stock = $1 FROM users WHERE items.id = users.id",
            "UPDATE items, users SET items.note = users.name, items.stock = ? \
             WHERE items.id = users.id",
        ],
    );
    let other = aliased::<Item>("other");
    let self_joined = update::<Item>().values(i.note.set(other.c.name)).where_(other.c.id.eq(i.id));
    texts(
        &self_joined,
        [
            "UPDATE items SET note = other.name FROM items AS other WHERE other.id = items.id",
            "UPDATE items SET note = other.name FROM items AS other WHERE other.id = items.id",
            "UPDATE items, items AS other SET items.note = other.name WHERE other.id = items.id",
        ],
    );
    // A statement in it sees the row.
    let count = select(func::count_of(u.id)).where_(u.name.eq(i.name)).scalar_subquery();
    one_text(
        &update::<Item>().values(i.stock.set(count)),
        "UPDATE items SET stock = (SELECT count(users.id) FROM users WHERE users.name = items.name)",
    );
    let returning = stock().returning((i.id, i.stock));
    let text = returning.compile(&PostgreSql::new()).unwrap();
    assert!(text.sql().ends_with(" RETURNING items.id, items.stock"));
    refused(&returning, &MySql::mariadb(), &["UPDATE … RETURNING", "mariadb"]);
    let few = stock().order_by(i.id.desc()).limit(2);
    let text = "UPDATE items SET stock = items.stock + ? ORDER BY items.id DESC LIMIT ?";
    assert_eq!(few.compile(&MySql::new()).unwrap().sql(), text);
    refused(&few, &PostgreSql::new(), &["ORDER BY and LIMIT", "subquery of their keys"]);
    refused(&few.from(User::entity()), &MySql::new(), &["joined tables"]);
    refused(&update::<Item>(), &PostgreSql::new(), &["must set a column"]);
    let given = update::<Item>().where_(i.id.eq(bindparam("key")));
    let given = given.params(params! { key: 1, note: "x", stock: 2 });
    let text = "UPDATE items SET note = :note, stock = :stock WHERE items.id = :key";
    assert_eq!(given.to_string(), text);
}

// MySQL computes each value from what those before it have set.
#[test]
fn each_value_of_an_update_sees_the_row_as_it_was() {
    let i = Item::c;
    let text = |statement: &dyn ClauseElement, dialect: &dyn SqlDialect| {
        statement.compile(dialect).unwrap().sql().to_owned()
    };
    let moved = (i.name.set("new"), i.note.set(i.name), i.stock.set(i.stock + 1));
    let moved = update::<Item>().values(moved);
    assert_eq!(
        text(&moved, &PostgreSql::new()),
        "UPDATE items SET name = $1, note = items.name, stock = items.stock + $2"
    );
    assert_eq!(
        text(&moved, &MySql::new()),
        "UPDATE items SET note = items.name, name = ?, stock = items.stock + ?"
    );
    let longer = select(func::count()).select_from(User::entity());
    let longer = longer.where_(User::c.name.gt(i.name)).scalar_subquery();
    let inner = update::<Item>().values((i.name.set("new"), i.stock.set(longer)));
    assert!(text(&inner, &MySql::new()).starts_with("UPDATE items SET stock = (SELECT"));
    // What the program wrote may read a column that it names.
    let written = |sql: &'static str| literal_column::<i32>(sql);
    let raw = update::<Item>().values((i.name.set("new"), i.stock.set(written("length(`NAME`)"))));
    assert_eq!(text(&raw, &MySql::new()), "UPDATE items SET stock = length(`NAME`), name = ?");
    let raw = update::<Item>().values((i.name.set("new"), i.stock.set(written("length(names)"))));
    assert_eq!(text(&raw, &MySql::new()), "UPDATE items SET name = ?, stock = length(names)");
    let both = (
        i.name.set(literal_column::<String>("concat(stock, 'x')")),
        i.stock.set(written("length(name)")),
    );
    refused(&update::<Item>().values(both), &MySql::new(), &["ordered_values"]);
    let swapped = || (i.name.set(func::coalesce(i.note, "")), i.note.set(i.name));
    refused(&update::<Item>().values(swapped()), &MySql::new(), &["ordered_values"]);
    assert_eq!(
        text(&update::<Item>().ordered_values(swapped()), &MySql::new()),
        "UPDATE items SET name = coalesce(items.note, ?), note = items.name"
    );
}

// conforms: F02
#[test]
fn deletes() {
    let (i, u) = (Item::c, User::c);
    one_text(&delete::<Item>(), "DELETE FROM items");
    let joined = delete::<Item>().where_(i.id.eq(u.id)).where_(u.active);
    texts(
        &joined,
        [
            "DELETE FROM items WHERE EXISTS \
             (SELECT 1 FROM users WHERE items.id = users.id AND users.active)",
            "DELETE FROM items USING users WHERE items.id = users.id AND users.active",
            "DELETE FROM items USING items, users WHERE items.id = users.id AND users.active",
        ],
    );
    let all = delete::<Item>().using(User::entity());
    texts(
        &all,
        [
            "DELETE FROM items WHERE EXISTS (SELECT 1 FROM users)",
            "DELETE FROM items USING users",
            "DELETE FROM items USING items, users",
        ],
    );
    let returning = delete::<Item>().where_(i.id.eq(1)).returning(i.name);
    let text = "DELETE FROM items WHERE items.id = ?1 RETURNING items.name";
    assert_eq!(returning.compile(&Sqlite::new()).unwrap().sql(), text);
    refused(&returning, &MySql::new(), &["DELETE … RETURNING"]);
    // What is deleted by a condition of its own has no columns of others to give.
    let theirs = delete::<Item>().where_(i.id.eq(u.id)).returning((i.id, u.name));
    refused(&theirs, &Sqlite::new(), &["columns of joined tables"]);
    let few = delete::<Item>().order_by(i.id).limit(1);
    let text = "DELETE FROM items ORDER BY items.id LIMIT ?";
    assert_eq!(few.compile(&MySql::new()).unwrap().sql(), text);
    refused(&few, &Sqlite::new(), &["ORDER BY and LIMIT"]);
}

#[test]
fn rows_set_no_columns_of_other_tables() {
    let meta = MetaData::new();
    let table = |name: &str| {
        Table::new(name.to_owned(), &meta, [Column::new("n", types::Integer)]).unwrap()
    };
    let (one, other) = (table("one"), table("other"));
    let rows = |of: &Table| one.insert().rows([of.c("n").unwrap().set(1)]);
    assert_eq!(rows(&one).to_string(), "INSERT INTO one (n) VALUES (:1)");
    refused(&rows(&other), &Sqlite::new(), &["another table"]);
}

#[test]
fn columns_of_other_tables_are_not_set() {
    let metadata = MetaData::new();
    let table = |name: &'static str| {
        let columns = [Column::new("id", types::Integer), Column::new("a", types::Integer)];
        Table::new(name, &metadata, columns).unwrap()
    };
    let (t, u) = (table("t"), table("u"));
    let insert = t.insert().values(u.c("a").unwrap().set(1));
    let error = insert.compile(&PostgreSql::new()).expect_err("it is of another table");
    assert_eq!(error.kind(), ErrorKind::Argument);
    assert!(error.message().contains("\"u\"") && error.message().contains("\"t\""), "{error}");
    let both = (t.c("a").unwrap().set(1), u.c("a").unwrap().set(2));
    let update = t.update().values(both).where_(t.c("id").unwrap().eq(u.c("id").unwrap()));
    let text = "UPDATE t, u SET t.a = ?, u.a = ? WHERE t.id = u.id";
    assert_eq!(update.compile(&MySql::new()).unwrap().sql(), text);
    refused(&update, &PostgreSql::new(), &["several tables at once", "in a transaction"]);
    let unknown = t.update().params(params! { b: 1 }).compile(&PostgreSql::new());
    assert!(unknown.expect_err("no such column").message().contains("no column \"b\""));
}

#[test]
fn other_keys_of_upserts() {
    let table = |index: Index| {
        let columns = [
            Column::new("id", types::Integer).primary_key().autoincrement(false),
            Column::new("code", types::Integer),
            Column::new("note", types::Integer),
        ];
        let t = Table::builder("t").columns(columns).index(index);
        t.build(&MetaData::new()).unwrap()
    };
    let upsert = |t: &Table| {
        let set = ["id", "code"].map(|name| t.c(name).unwrap().set(1));
        t.insert().values(set).upsert(t.c("id").unwrap())
    };
    // An index is a key as well, and one over an expression may be.
    let unique = table(Index::new(["code"]).unique());
    refused(&upsert(&unique), &MySql::new(), &["by (code) as well as by (id)"]);
    let lower = table(Index::new([IndexElement::expression("abs(code)")]).unique());
    refused(&upsert(&lower), &MySql::new(), &["by (an expression) as well as by (id)"]);
    for others in [
        Index::new(["code"]),
        Index::new(["code", "note"]).unique(),
        Index::new(["code"]).unique().ddl_if("postgresql"),
    ] {
        assert!(upsert(&table(others)).compile(&MySql::new()).is_ok());
    }
    assert!(upsert(&unique).compile(&PostgreSql::new()).is_ok());
}

// What is a bind of the text is no column that is set.
#[test]
fn text_is_read_as_the_database_reads_it() {
    let condition = text("note = 'it\\'s' or note = :note");
    let update = update::<Item>().values(Item::c.name.set("a")).where_(condition);
    texts(
        &update.params(params! { note: "x" }),
        [
            "UPDATE items SET name = ?1, note = ?2 WHERE note = 'it\\'s' or note = :note",
            "UPDATE items SET name = $1, note = $2 WHERE note = 'it\\'s' or note = :note",
            "UPDATE items SET name = ? WHERE note = 'it\\'s' or note = ?",
        ],
    );
}

#[test]
fn changes_that_stand_in_with() {
    let gone = delete::<Item>().where_(Item::c.id.lt(5)).returning(Item::c.name).cte("gone");
    let names = select(gone.columns());
    assert_eq!(
        names.compile(&PostgreSql::new()).unwrap().sql(),
        "WITH gone AS (DELETE FROM items WHERE items.id < $1 RETURNING items.name) \
         SELECT gone.name FROM gone"
    );
    for dialect in [&MySql::new() as &dyn SqlDialect, &MySql::mariadb(), &Sqlite::new()] {
        refused(&names, dialect, &["INSERT, UPDATE or DELETE in WITH", "one after the other"]);
    }
}
