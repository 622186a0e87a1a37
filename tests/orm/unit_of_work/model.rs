//! Random programs against a naive model: what objects say after each call, and what the database has after each flush.

use std::collections::{BTreeMap, BTreeSet};

use aludel::orm::{Item, Many, One, Ref, Session};
use aludel::{Auto, Engine, Mapped, MetaData, RawSql, Result, create_engine};

#[derive(Debug, Mapped)]
#[aludel(table = "parents")]
struct Parent {
    #[aludel(primary_key)]
    id: Auto<i64>,
    #[aludel(back = parent, order_by(id))]
    children: Many<Child>,
    #[aludel(secondary = ParentTag::table(), back = parents, order_by(id))]
    tags: Many<Tag>,
}

#[derive(Debug, Mapped)]
#[aludel(table = "children")]
struct Child {
    #[aludel(primary_key)]
    id: Auto<i64>,
    n: i64,
    #[aludel(foreign_key = "parents.id")]
    parent_id: Option<i64>,
    #[aludel(back = children)]
    parent: One<Parent>,
}

#[derive(Debug, Mapped)]
#[aludel(table = "tags")]
struct Tag {
    #[aludel(primary_key)]
    id: Auto<i64>,
    #[aludel(secondary = ParentTag::table(), back = tags, order_by(id))]
    parents: Many<Parent>,
}

#[derive(Debug, Mapped)]
#[aludel(table = "parent_tags")]
struct ParentTag {
    #[aludel(primary_key, foreign_key = "parents.id")]
    parent_id: i64,
    #[aludel(primary_key, foreign_key = "tags.id")]
    tag_id: i64,
}

/// What there is, by the numbers of the keys below.
#[derive(Debug, Clone, Default, PartialEq)]
struct World {
    parents: BTreeSet<usize>,
    tags: BTreeSet<usize>,
    /// The value of each child, and its parent.
    children: BTreeMap<usize, (i64, Option<usize>)>,
    pairs: BTreeSet<(usize, usize)>,
}

#[derive(Debug, Default)]
struct Keys {
    parents: Vec<Ref<Parent>>,
    children: Vec<Ref<Child>>,
    tags: Vec<Ref<Tag>>,
}

struct Program {
    random: u64,
    world: World,
    committed: World,
    keys: Keys,
    log: Vec<String>,
}

impl Program {
    fn below(&mut self, limit: usize) -> usize {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        usize::try_from(self.random % limit.max(1) as u64).unwrap()
    }

    fn one_of(&mut self, of: &[usize]) -> Option<usize> {
        let at = self.below(of.len());
        of.get(at).copied()
    }

    fn parent(&mut self) -> Option<usize> {
        let all: Vec<usize> = self.world.parents.iter().copied().collect();
        self.one_of(&all)
    }

    fn child(&mut self) -> Option<usize> {
        let all: Vec<usize> = self.world.children.keys().copied().collect();
        self.one_of(&all)
    }

    fn tag(&mut self) -> Option<usize> {
        let all: Vec<usize> = self.world.tags.iter().copied().collect();
        self.one_of(&all)
    }

    fn some_of(&mut self, all: &[usize]) -> Vec<usize> {
        all.iter().copied().filter(|_| self.below(2) == 0).collect()
    }

    fn children_of(&self, parent: usize) -> BTreeSet<usize> {
        let of = self.world.children.iter().filter(|(_, child)| child.1 == Some(parent));
        of.map(|(number, _)| *number).collect()
    }

    fn run(&mut self, s: &mut Session, steps: usize, depth: usize) -> Result<()> {
        for _ in 0..steps {
            self.step(s, depth)?;
            self.compare(s)?;
        }
        Ok(())
    }

    fn step(&mut self, s: &mut Session, depth: usize) -> Result<()> {
        match self.below(24) {
            0 => self.add_parent(s),
            1 => self.add_child(s),
            2 => self.add_tag(s),
            3 | 4 => self.push_child(s),
            5 => self.remove_child(s),
            6 | 7 => self.link_parent(s),
            8 => self.assign_children(s),
            9 => self.assign_parent(s),
            10 | 11 => self.push_tag(s),
            12 => self.remove_tag(s),
            13 => self.assign_tags(s),
            14 => self.edit_child(s),
            15 | 16 => self.load(s),
            17 => self.delete(s),
            18 => {
                self.log.push("flush".into());
                s.flush()?;
                self.compare_database(s)
            }
            19 if depth < 3 => self.nested(s, depth),
            20 if depth == 0 => {
                self.log.push("commit".into());
                s.commit()?;
                self.committed = self.world.clone();
                self.compare_database(s)
            }
            21 => {
                self.log.push("expire_all, flushed".into());
                s.flush()?;
                s.expire_all()
            }
            _ => Ok(()),
        }
    }

    fn add_parent(&mut self, s: &mut Session) -> Result<()> {
        if self.world.parents.len() > 4 {
            return Ok(());
        }
        let number = self.keys.parents.len();
        self.log.push(format!("add p{number}"));
        let parent = Parent { id: Auto::unset(), children: Many::default(), tags: Many::default() };
        self.keys.parents.push(s.add(parent)?);
        self.world.parents.insert(number);
        Ok(())
    }

    fn add_child(&mut self, s: &mut Session) -> Result<()> {
        if self.world.children.len() > 6 {
            return Ok(());
        }
        let number = self.keys.children.len();
        let parent = self.parent().filter(|_| number.is_multiple_of(2));
        self.log.push(format!("add c{number} of {parent:?}"));
        let to = parent.map_or(One::default(), |parent| One::to(&self.keys.parents[parent]));
        let child = Child { id: Auto::unset(), n: 0, parent_id: None, parent: to };
        self.keys.children.push(s.add(child)?);
        self.world.children.insert(number, (0, parent));
        Ok(())
    }

    fn add_tag(&mut self, s: &mut Session) -> Result<()> {
        if self.world.tags.len() > 3 {
            return Ok(());
        }
        let number = self.keys.tags.len();
        self.log.push(format!("add t{number}"));
        self.keys.tags.push(s.add(Tag { id: Auto::unset(), parents: Many::default() })?);
        self.world.tags.insert(number);
        Ok(())
    }

    fn push_child(&mut self, s: &mut Session) -> Result<()> {
        let (Some(p), Some(c)) = (self.parent(), self.child()) else { return Ok(()) };
        self.log.push(format!("push p{p} c{c}"));
        s.push(&self.keys.parents[p], Parent::c.children, &self.keys.children[c])?;
        self.world.children.get_mut(&c).unwrap().1 = Some(p);
        Ok(())
    }

    fn remove_child(&mut self, s: &mut Session) -> Result<()> {
        let Some(c) = self.child() else { return Ok(()) };
        let Some(p) = self.world.children[&c].1 else { return Ok(()) };
        self.log.push(format!("remove p{p} c{c}"));
        s.remove(&self.keys.parents[p], Parent::c.children, &self.keys.children[c])?;
        self.world.children.get_mut(&c).unwrap().1 = None;
        Ok(())
    }

    fn link_parent(&mut self, s: &mut Session) -> Result<()> {
        let (Some(c), p) = (self.child(), self.parent()) else { return Ok(()) };
        let p = p.filter(|_| self.below(4) > 0);
        self.log.push(format!("link c{c} {p:?}"));
        let to = p.map(|p| &self.keys.parents[p]);
        s.link(&self.keys.children[c], Child::c.parent, to)?;
        self.world.children.get_mut(&c).unwrap().1 = p;
        Ok(())
    }

    fn assign_children(&mut self, s: &mut Session) -> Result<()> {
        let Some(p) = self.parent() else { return Ok(()) };
        let all: Vec<usize> = self.world.children.keys().copied().collect();
        let chosen = self.some_of(&all);
        self.log.push(format!("assign p{p} children {chosen:?}"));
        let children = chosen.iter().map(|c| Item::from(&self.keys.children[*c])).collect();
        let parent = s.edit(&self.keys.parents[p])?;
        let was_loaded = parent.children.is_loaded();
        parent.children = children;
        for (number, child) in &mut self.world.children {
            if chosen.contains(number) {
                child.1 = Some(p);
            } else if child.1 == Some(p) {
                child.1 = None;
            }
        }
        self.settle(s, p, was_loaded)
    }

    fn assign_parent(&mut self, s: &mut Session) -> Result<()> {
        let (Some(c), Some(p)) = (self.child(), self.parent()) else { return Ok(()) };
        let p = Some(p).filter(|_| self.below(4) > 0);
        self.log.push(format!("assign c{c} parent {p:?}"));
        let to = p.map(|p| &self.keys.parents[p]);
        s.edit(&self.keys.children[c])?.parent = to.into();
        self.world.children.get_mut(&c).unwrap().1 = p;
        match self.parent() {
            Some(p) => self.settle(s, p, true),
            None => Ok(()),
        }
    }

    /// A call that changes nothing: what was assigned is told to the other sides. What was in a collection that was not
    /// loaded is found by the flush.
    fn settle(&mut self, s: &mut Session, p: usize, was_loaded: bool) -> Result<()> {
        s.add(&self.keys.parents[p])?;
        if was_loaded { Ok(()) } else { s.flush() }
    }

    fn push_tag(&mut self, s: &mut Session) -> Result<()> {
        let (Some(p), Some(t)) = (self.parent(), self.tag()) else { return Ok(()) };
        // What is there already, and may be known by neither side, would be inserted twice.
        if self.world.pairs.contains(&(p, t)) {
            return Ok(());
        }
        self.log.push(format!("push p{p} t{t}"));
        let (parent, tag) = (&self.keys.parents[p], &self.keys.tags[t]);
        if self.random.is_multiple_of(2) {
            s.push(parent, Parent::c.tags, tag)?;
        } else {
            s.push(tag, Tag::c.parents, parent)?;
        }
        self.world.pairs.insert((p, t));
        Ok(())
    }

    fn remove_tag(&mut self, s: &mut Session) -> Result<()> {
        let Some((p, t)) = self.world.pairs.iter().next().copied() else { return Ok(()) };
        self.log.push(format!("remove p{p} t{t}"));
        let by_parent = self.below(2) == 0;
        let (parent, tag) = (&self.keys.parents[p], &self.keys.tags[t]);
        if by_parent {
            s.remove(parent, Parent::c.tags, tag)?;
        } else {
            s.remove(tag, Tag::c.parents, parent)?;
        }
        self.world.pairs.remove(&(p, t));
        Ok(())
    }

    fn assign_tags(&mut self, s: &mut Session) -> Result<()> {
        let Some(p) = self.parent() else { return Ok(()) };
        let all: Vec<usize> = self.world.tags.iter().copied().collect();
        let chosen = self.some_of(&all);
        self.log.push(format!("assign p{p} tags {chosen:?}"));
        let tags = chosen.iter().map(|t| Item::from(&self.keys.tags[*t])).collect();
        let parent = s.edit(&self.keys.parents[p])?;
        let was_loaded = parent.tags.is_loaded();
        parent.tags = tags;
        self.world.pairs.retain(|pair| pair.0 != p);
        self.world.pairs.extend(chosen.iter().map(|t| (p, *t)));
        self.settle(s, p, was_loaded)
    }

    fn edit_child(&mut self, s: &mut Session) -> Result<()> {
        let Some(c) = self.child() else { return Ok(()) };
        let n = i64::try_from(self.below(5)).unwrap();
        self.log.push(format!("edit c{c} {n}"));
        s.edit(&self.keys.children[c])?.n = n;
        self.world.children.get_mut(&c).unwrap().0 = n;
        Ok(())
    }

    fn load(&mut self, s: &mut Session) -> Result<()> {
        let choice = self.below(3);
        self.log.push(format!("load {choice}"));
        if let (0, Some(p)) = (choice, self.parent()) {
            s.load(&self.keys.parents[p], Parent::c.children)?;
            s.load(&self.keys.parents[p], Parent::c.tags)?;
        } else if let (1, Some(c)) = (choice, self.child()) {
            s.load(&self.keys.children[c], Child::c.parent)?;
        } else if let Some(t) = self.tag() {
            s.load(&self.keys.tags[t], Tag::c.parents)?;
        }
        Ok(())
    }

    fn delete(&mut self, s: &mut Session) -> Result<()> {
        // What has no row is not deleted, and collections that have a deleted object are loaded anew.
        s.flush()?;
        match self.below(3) {
            0 => {
                let Some(p) = self.parent() else { return Ok(()) };
                self.log.push(format!("delete p{p}"));
                s.delete(&self.keys.parents[p])?;
                self.world.parents.remove(&p);
                self.world.pairs.retain(|pair| pair.0 != p);
                for child in self.world.children.values_mut().filter(|of| of.1 == Some(p)) {
                    child.1 = None;
                }
            }
            1 => {
                let Some(c) = self.child() else { return Ok(()) };
                self.log.push(format!("delete c{c}"));
                s.delete(&self.keys.children[c])?;
                self.world.children.remove(&c);
            }
            _ => {
                let Some(t) = self.tag() else { return Ok(()) };
                self.log.push(format!("delete t{t}"));
                s.delete(&self.keys.tags[t])?;
                self.world.tags.remove(&t);
                self.world.pairs.retain(|pair| pair.1 != t);
            }
        }
        s.flush()?;
        s.expire_all()?;
        self.compare_database(s)
    }

    fn nested(&mut self, s: &mut Session, depth: usize) -> Result<()> {
        let steps = 1 + self.below(8);
        self.log.push("begin_nested (".into());
        let before = self.world.clone();
        let mut nested = s.begin_nested()?;
        self.run(&mut nested, steps, depth + 1)?;
        if self.below(2) == 0 {
            self.log.push(") commit".into());
            return nested.commit();
        }
        self.log.push(") rollback".into());
        nested.rollback()?;
        self.world = before;
        Ok(())
    }

    /// What is known of each relationship is as the model says, on both sides.
    fn compare(&self, s: &mut Session) -> Result<()> {
        for p in &self.world.parents {
            let key = &self.keys.parents[*p];
            let parent = s.peek(key).unwrap();
            if s.is_expired(key) {
                continue;
            }
            if let Some(children) = parent.children.get() {
                let expected = self.children_of(*p);
                let expected: Vec<_> = expected.iter().map(|c| &self.keys.children[*c]).collect();
                assert!(same(children, &expected), "p{p} has {children:?}, not {expected:?}");
            }
            if let Some(tags) = parent.tags.get() {
                let expected = self.world.pairs.iter().filter(|pair| pair.0 == *p);
                let expected: Vec<_> = expected.map(|pair| &self.keys.tags[pair.1]).collect();
                assert!(same(tags, &expected), "p{p} has {tags:?}, not {expected:?}");
            }
        }
        for (c, (n, parent)) in &self.world.children {
            let key = &self.keys.children[*c];
            let child = s.peek(key).unwrap();
            if s.is_expired(key) {
                continue;
            }
            assert_eq!(child.n, *n, "of c{c}");
            if child.parent.is_loaded() {
                let expected = parent.map(|p| &self.keys.parents[p]);
                assert_eq!(child.parent.get(), expected, "of c{c}");
            }
        }
        for t in &self.world.tags {
            let key = &self.keys.tags[*t];
            let tag = s.peek(key).unwrap();
            if let (false, Some(parents)) = (s.is_expired(key), tag.parents.get()) {
                let expected = self.world.pairs.iter().filter(|pair| pair.1 == *t);
                let expected: Vec<_> = expected.map(|pair| &self.keys.parents[pair.0]).collect();
                assert!(same(parents, &expected), "t{t} has {parents:?}, not {expected:?}");
            }
        }
        Ok(())
    }

    /// The database has what the model has.
    fn compare_database(&self, s: &mut Session) -> Result<()> {
        let id = |key: &Ref<Parent>, s: &Session| s.peek(key).unwrap().id.get().copied().unwrap();
        let ids: BTreeMap<usize, i64> =
            self.world.parents.iter().map(|p| (*p, id(&self.keys.parents[*p], s))).collect();
        let children: Vec<(i64, i64, Option<i64>)> = self
            .world
            .children
            .iter()
            .map(|(c, (n, p))| {
                let id = s.peek(&self.keys.children[*c]).unwrap().id.get().copied().unwrap();
                (id, *n, p.map(|p| ids[&p]))
            })
            .collect();
        let mut pairs: Vec<(i64, i64)> = self
            .world
            .pairs
            .iter()
            .map(|(p, t)| (ids[p], s.peek(&self.keys.tags[*t]).unwrap().id.get().copied().unwrap()))
            .collect();
        pairs.sort_unstable();
        let conn = s.connection()?;
        let sql = "SELECT id, n, parent_id FROM children ORDER BY id";
        let rows = conn.exec_driver_sql(RawSql::new(sql.to_owned()), ())?.all()?;
        let read = |row: &aludel::Row| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
        let mut children = children;
        children.sort_unstable();
        assert_eq!(rows.iter().map(read).collect::<Result<Vec<_>>>()?, children);
        let sql = "SELECT parent_id, tag_id FROM parent_tags ORDER BY 1, 2";
        let rows = conn.exec_driver_sql(RawSql::new(sql.to_owned()), ())?.all()?;
        let read = |row: &aludel::Row| Ok((row.get(0)?, row.get(1)?));
        assert_eq!(rows.iter().map(read).collect::<Result<Vec<_>>>()?, pairs);
        Ok(())
    }
}

fn same<T>(keys: &[Ref<T>], expected: &[&Ref<T>]) -> bool {
    keys.len() == expected.len() && expected.iter().all(|key| keys.contains(key))
}

fn engine() -> Result<Engine> {
    let engine = create_engine("sqlite://")?;
    let tables = MetaData::new().with::<Parent>().with::<Child>().with::<Tag>().with::<ParentTag>();
    engine.begin(|conn| tables.create_all(conn))?;
    Ok(engine)
}

fn seeded(seed: u64) -> Program {
    Program {
        random: seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1,
        world: World::default(),
        committed: World::default(),
        keys: Keys::default(),
        log: Vec::new(),
    }
}

// conforms: E027, E028
#[test]
fn random_programs() -> Result<()> {
    let seeds = std::env::var("ALUDEL_TEST_SEEDS").ok().and_then(|seeds| seeds.parse().ok());
    for seed in 1..=seeds.unwrap_or(150) {
        let engine = engine()?;
        let mut s = Session::new(&engine);
        let mut program = seeded(seed);
        let run = std::panic::AssertUnwindSafe(|| -> Result<()> {
            for _ in 0..6 {
                program.run(&mut s, 15, 0)?;
                if program.below(2) == 0 {
                    program.log.push("commit".into());
                    s.commit()?;
                    program.committed = program.world.clone();
                } else {
                    program.log.push("rollback".into());
                    s.rollback()?;
                    program.world = program.committed.clone();
                }
                program.compare_database(&mut s)?;
                program.compare(&mut s)?;
                program.log.push("round".into());
            }
            Ok(())
        });
        match std::panic::catch_unwind(run) {
            Ok(Ok(())) => {}
            failed => panic!("seed {seed}: {failed:?}\n{}", program.log.join("\n")),
        }
    }
    Ok(())
}
