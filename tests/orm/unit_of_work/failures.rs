//! A flush that fails at each of its statements: memory is as before, and the database too.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aludel::engine::BeforeCursorExecute;
use aludel::orm::{AnyRef, Many, One, Ref, Session, SessionOptions, many};
use aludel::{Auto, Error, ErrorKind, Mapped, MetaData, Result, event};

use super::{Place, everywhere};

#[derive(Debug, Clone, Mapped)]
#[aludel(table = "books")]
struct Book {
    #[aludel(primary_key, length = 20)]
    code: String,
    title: String,
    #[aludel(version)]
    version: Auto<i64>,
    #[aludel(back = book, cascade = "all, delete-orphan", order_by(id))]
    notes: Many<Note>,
    #[aludel(secondary = BookTag::table(), back = books, order_by(id))]
    tags: Many<Tag>,
    #[aludel(foreign_key = "notes.id", use_alter)]
    best_id: Option<i64>,
    #[aludel(foreign_key = "best_id", post_update)]
    best: One<Note>,
}

#[derive(Debug, Clone, Mapped)]
#[aludel(table = "notes")]
struct Note {
    #[aludel(primary_key)]
    id: Auto<i64>,
    text: String,
    #[aludel(foreign_key = "books.code", on_update = "cascade", length = 20)]
    code: Option<String>,
    #[aludel(foreign_key = "code", back = notes)]
    book: One<Book>,
}

#[derive(Debug, Clone, Mapped)]
#[aludel(table = "tags")]
struct Tag {
    #[aludel(primary_key)]
    id: Auto<i64>,
    #[aludel(secondary = BookTag::table(), back = tags, order_by(code))]
    books: Many<Book>,
}

#[derive(Debug, Clone, Mapped)]
#[aludel(table = "book_tags")]
struct BookTag {
    #[aludel(primary_key, foreign_key = "books.code", on_update = "cascade", length = 20)]
    code: String,
    #[aludel(primary_key, foreign_key = "tags.id")]
    tag_id: i64,
}

fn book(code: &str) -> Book {
    Book {
        code: code.into(),
        title: code.into(),
        version: Auto::unset(),
        notes: Many::default(),
        tags: Many::default(),
        best_id: None,
        best: One::default(),
    }
}

fn note(text: &str) -> Note {
    Note { id: Auto::unset(), text: text.into(), code: None, book: One::default() }
}

fn tag() -> Tag {
    Tag { id: Auto::unset(), books: Many::default() }
}

#[derive(Debug)]
struct Objects {
    books: Vec<Ref<Book>>,
    notes: Vec<Ref<Note>>,
    tags: Vec<Ref<Tag>>,
}

fn stored(s: &mut Session) -> Result<Objects> {
    let tags = s.add_all([tag(), tag(), tag()])?;
    let a = Book {
        notes: many![note("1"), note("2"), note("3")],
        tags: many![&tags[0], &tags[1]],
        ..book("a")
    };
    let books = s.add_all([a, book("b"), book("c")])?;
    let notes = s.load(&books[0], Book::c.notes)?;
    s.link(&books[0], Book::c.best, &notes[0])?;
    s.commit()?;
    Ok(Objects { books, notes, tags })
}

/// Changes of all sorts.
fn change(s: &mut Session, of: &mut Objects) -> Result<()> {
    s.edit(&of.books[0])?.code = "new key".into();
    s.load(&of.books[0], Book::c.notes)?;
    s.edit(&of.notes[1])?.text.push('!');
    s.remove(&of.books[0], Book::c.notes, &of.notes[2])?;
    s.push(&of.books[1], Book::c.notes, &of.notes[1])?;
    s.edit(&of.books[1])?.tags = many![&of.tags[2], tag()];
    s.remove(&of.books[0], Book::c.tags, &of.tags[0])?;
    s.link(&of.books[0], Book::c.best, note("best"))?;
    s.delete(&of.books[2])?;
    of.books.push(s.add(Book { title: "in the row of another".into(), ..book("c") })?);
    of.books.push(s.add(Book { notes: many![note("a"), note("b")], ..book("d") })?);
    let lost = s.push(&of.books[4], Book::c.notes, note("lost"))?;
    s.remove(&of.books[4], Book::c.notes, &lost)?;
    of.notes.push(lost);
    Ok(())
}

/// All that a program sees without a statement.
fn seen(s: &Session, of: &Objects) -> String {
    let names = |keys: Vec<AnyRef>| {
        let mut names: Vec<String> = keys.iter().map(|key| format!("{key:?}")).collect();
        names.sort();
        names
    };
    let books = of.books.iter().map(|key| {
        let book = s.peek(key);
        let columns = book.map(|of| (of.code.clone(), of.title.clone(), of.version, of.best_id));
        (s.state(key), columns, book.map(|of| of.notes.clone()))
    });
    let notes = of.notes.iter().map(|key| {
        let note = s.peek(key);
        (s.state(key), note.map(|of| (of.id, of.text.clone(), of.code.clone(), of.book.clone())))
    });
    let tags = of.tags.iter().map(|key| (s.state(key), s.peek(key).map(|of| of.id)));
    format!(
        "{:#?}\n{:#?}\n{:#?}\nnew {:?}\ndirty {:?}\ndeleted {:?}",
        books.collect::<Vec<_>>(),
        notes.collect::<Vec<_>>(),
        tags.collect::<Vec<_>>(),
        names(s.new_objects()),
        names(s.dirty()),
        names(s.deleted())
    )
}

fn stored_rows(t: &Place) -> Result<Vec<Vec<Vec<String>>>> {
    [
        "SELECT code, title, version, best_id FROM books ORDER BY code",
        "SELECT id, text, code FROM notes ORDER BY id",
        "SELECT code, tag_id FROM book_tags ORDER BY code, tag_id",
        "SELECT count(*) FROM tags",
    ]
    .iter()
    .map(|sql| t.rows(sql))
    .collect()
}

#[test]
fn a_flush_fails_at_each_statement() {
    let tables = MetaData::new().with::<Book>().with::<Note>().with::<Tag>().with::<BookTag>();
    everywhere(&tables, &[], |t| {
        // 0: none of them fails; 1: the next one.
        let left = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&left);
        event::listen(&t.engine, move |_: &mut BeforeCursorExecute<'_>| {
            let is_last = counter
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1))
                == Ok(1);
            if is_last { Err(Error::new(ErrorKind::Operational, "it was time")) } else { Ok(()) }
        });
        let options = SessionOptions::new().autoflush(false);
        let mut s = Session::with_options(&t.engine, options);
        let mut of = stored(&mut s)?;
        let before = stored_rows(t)?;
        let (books, notes) = (of.books.len(), of.notes.len());
        let mut failures = 0;
        loop {
            change(&mut s, &mut of)?;
            let was = seen(&s, &of);
            left.store(failures + 1, Ordering::Relaxed);
            let flushed = s.flush();
            let ended = left.swap(0, Ordering::Relaxed) > 0;
            let Err(error) = flushed else {
                assert!(ended);
                break;
            };
            failures += 1;
            assert!(error.message().ends_with("it was time"), "{error}");
            assert_eq!(seen(&s, &of), was, "statement {failures}");
            assert_eq!(s.flush().unwrap_err().kind(), ErrorKind::PendingRollback);
            s.rollback()?;
            assert_eq!(stored_rows(t)?, before, "statement {failures}");
            of.books.truncate(books);
            of.notes.truncate(notes);
        }
        assert!(failures >= 10, "only {failures} statements");
        s.commit()?;
        assert_eq!(s.read(&of.notes[1])?.code.as_deref(), Some("b"));
        let after = stored_rows(t)?;
        assert_eq!(after[0].len(), 4, "{after:?}");
        assert_eq!(after[1].len(), 5, "{after:?}");
        assert_eq!(after[3].concat(), ["4"]);
        assert_eq!(after[0][1][1], "in the row of another");
        Ok(())
    });
}
