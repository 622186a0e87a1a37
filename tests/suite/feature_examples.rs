//! For each part of SQL that a database may lack, a statement that needs it.

use aludel::sql::schema::{
    AddConstraint, CheckConstraint, CreateEnumType, CreateIndex, CreateSchema, CreateSequence,
    CreateTable, CreateTableAs, CreateView, Deferrable, DropEnumType, DropIndex, DropSchema,
    DropSequence, DropTable, DropView, ExcludeConstraint, ForeignKey, Identity, Index,
    IndexElement, Sequence,
};
use aludel::sql::{
    AnyColumn, ClauseElement, DateField, Executable, Feature, FrameExclusion, RowLock, all_, any_,
    array_of, constraint, cube, explain, grouping_sets, rollup, tablesample, window,
};
use aludel::{
    Column, Connection, MetaData, Result, Table, func, literal, select, text, tuple_, types, values,
};

/// A statement whose type does not matter.
pub(crate) trait Statement {
    fn clause(&self) -> &dyn ClauseElement;

    fn run(&self, conn: &mut Connection) -> Result<()>;
}

impl<E: Executable> Statement for E {
    fn clause(&self) -> &dyn ClauseElement {
        self
    }

    fn run(&self, conn: &mut Connection) -> Result<()> {
        conn.execute(self.untyped()).map(|_| ())
    }
}

/// A statement, what must be there before, and what takes away what it made.
pub(crate) struct Example {
    pub(crate) before: Vec<Box<dyn Statement>>,
    pub(crate) statement: Box<dyn Statement>,
    pub(crate) after: Vec<Box<dyn Statement>>,
}

/// The tables of the examples.
pub(crate) struct Tables {
    pub(crate) metadata: MetaData,
    parent: Table,
    child: Table,
    /// Of names that must be unique on the server.
    unique: String,
}

impl Tables {
    pub(crate) fn new(unique: &str) -> Result<Self> {
        let metadata = MetaData::new();
        let parent = [
            Column::new("id", types::Integer).primary_key().autoincrement(false),
            Column::new("a", types::Integer),
            Column::new("b", types::Integer),
            Column::new("name", types::String(40)).unique(),
            Column::new("doc", types::Json),
            Column::new("at", types::DateTime),
        ];
        let parent = Table::new("feature_parent", &metadata, parent)?;
        let child = [
            Column::new("id", types::Integer).primary_key().autoincrement(false),
            Column::new("parent_id", types::Integer)
                .foreign_key(ForeignKey::new("feature_parent.id").named("fk_feature")),
        ];
        let child = Table::new("feature_child", &metadata, child)?;
        Ok(Self { metadata, parent, child, unique: unique.to_owned() })
    }

    fn p(&self, name: &str) -> Result<AnyColumn> {
        self.parent.c(name)
    }

    fn c(&self, name: &str) -> Result<AnyColumn> {
        self.child.c(name)
    }

    /// A statement that needs this.
    pub(crate) fn example(&self, feature: Feature, is_mysql: bool) -> Result<Example> {
        let found = match self.query(feature)? {
            None => self.expression(feature)?,
            found => found,
        };
        let found = match found {
            None => self.change(feature)?,
            found => found,
        };
        if let Some(statement) = found {
            return Ok(Example { before: Vec::new(), statement, after: Vec::new() });
        }
        match self.definition(feature, is_mysql)? {
            Some(example) => Ok(example),
            None => self.index(feature),
        }
    }

    #[allow(clippy::too_many_lines, reason = "it is a list")]
    fn query(&self, feature: Feature) -> Result<Option<Box<dyn Statement>>> {
        let id = || self.p("id");
        let all = || self.parent.select();
        let joined = || Ok::<_, aludel::Error>(select(id()?).select_from(&self.parent));
        Ok(Some(match feature {
            Feature::DistinctOn => boxed(all().distinct_on(self.p("a")?)),
            Feature::DistinctOrder => {
                boxed(select(self.p("a")?).distinct().order_by(self.p("a")? + 1))
            }
            Feature::RightJoin => {
                boxed(select(self.c("id")?).select_from(&self.parent).right_join(&self.child))
            }
            Feature::FullJoin => boxed(joined()?.full_join(&self.child)),
            Feature::Lateral => {
                let of_row = select(self.c("id")?).where_(self.c("parent_id")?.eq(id()?));
                let of_row = of_row.correlate([&self.parent]).subquery("l").lateral();
                boxed(joined()?.cross_join(&of_row))
            }
            Feature::TableFunctions => {
                let g = func::call("json_each", r#"{"a": 1}"#).table_valued("g", ["key", "value"]);
                boxed(select(g.c("key")?))
            }
            Feature::WithOrdinality => {
                let g = func::call("generate_series", (1, 3)).with_ordinality("g", ["v", "n"]);
                boxed(select(g.c("n")?))
            }
            Feature::TableSample => {
                let some = tablesample(&self.parent, "s", func::call("bernoulli", 10));
                boxed(select(some.c("id")?))
            }
            Feature::ValuesTable => {
                let v = values(["n"], [(1,), (2,)]).subquery("v");
                boxed(select(v.c("n")?))
            }
            Feature::ExpressionLimit => {
                let most = select(func::max(self.c("id")?)).no_correlate().scalar_subquery();
                boxed(all().limit(func::coalesce(most, 1)))
            }
            Feature::FetchFirst => boxed(all().order_by(id()?).fetch(1)),
            Feature::FetchWithTies => boxed(all().order_by(id()?).fetch_with_ties(1)),
            Feature::FetchPercent => boxed(all().order_by(id()?).fetch_percent(10)),
            Feature::ForUpdate => boxed(all().with_for_update()),
            Feature::ForShare => boxed(all().with_lock(RowLock::share())),
            Feature::ForKeyShare => boxed(all().with_lock(RowLock::key_share())),
            Feature::LockOf => boxed(all().with_lock(RowLock::update().of(&self.parent))),
            Feature::LockNowait => boxed(all().with_lock(RowLock::update().nowait())),
            Feature::LockSkipLocked => boxed(all().with_lock(RowLock::update().skip_locked())),
            Feature::Intersect => boxed(select(id()?).intersect(select(self.c("id")?))),
            Feature::IntersectAll => boxed(select(id()?).except_all(select(self.c("id")?))),
            Feature::NestedSetOperands => {
                let ids = select(id()?).union(select(self.c("id")?));
                boxed(ids.union_all(select(self.c("parent_id")?).order_by(self.c("id")?).limit(1)))
            }
            Feature::RecursiveCte => {
                let n = select(literal(1).label("n")).untyped().cte("n");
                let next = select(n.c("n")? + 1).where_(n.c("n")?.lt(5)).untyped();
                boxed(select(n.union_all(next).c("n")?))
            }
            Feature::Cte => boxed(select(select(id()?).cte("x").c("id")?)),
            Feature::MaterializedCte => {
                boxed(select(select(id()?).cte("x").materialized().c("id")?))
            }
            Feature::GroupingSets => {
                let sets = grouping_sets((self.p("a")?, ()));
                boxed(select(func::count()).select_from(&self.parent).group_by((sets, cube(id()?))))
            }
            Feature::Rollup => {
                let counted = select((self.p("a")?, func::count()));
                boxed(counted.group_by(rollup(self.p("a")?)))
            }
            Feature::OrderedRollup => {
                let counted = select((self.p("a")?, func::count().label("n")));
                boxed(counted.group_by(rollup(self.p("a")?)).order_by("n"))
            }
            _ => return Ok(None),
        }))
    }

    #[allow(clippy::too_many_lines, reason = "it is a list")]
    fn expression(&self, feature: Feature) -> Result<Option<Box<dyn Statement>>> {
        let id = || self.p("id");
        let name = || self.p("name");
        let doc = || self.p("doc");
        let ids = || Ok::<_, aludel::Error>(select(id()?));
        let over = |window| Ok::<_, aludel::Error>(select(func::sum(id()?).over(window)));
        Ok(Some(match feature {
            Feature::CaseInsensitiveLike => boxed(ids()?.where_(name()?.ilike("a%"))),
            Feature::Regexp => boxed(ids()?.where_(name()?.regexp_match("a.c"))),
            Feature::RegexpReplace => boxed(select(name()?.regexp_replace("a.c", "x"))),
            Feature::RegexpFlags => boxed(ids()?.where_(name()?.regexp_match_with("a.c", "i"))),
            Feature::FullTextMatch => {
                // MySQL wants an index of this kind, which the table has not: a compiled text will do.
                boxed(ids()?.where_(name()?.match_("fat")))
            }
            Feature::RowValues => boxed(ids()?.where_(tuple_((id()?, name()?)).gt((1, "a")))),
            Feature::Arrays => boxed(select(array_of([1, 2]))),
            Feature::QuantifiedComparison => {
                boxed(ids()?.where_(id()?.ge(all_(select(self.c("id")?)))))
            }
            Feature::QuantifiedArray => boxed(ids()?.where_(id()?.eq(any_(vec![1, 2])))),
            Feature::Json => boxed(select(doc()?.json("a").as_string())),
            Feature::JsonContainment => {
                let doc = doc()?.cast_as(types::JsonB);
                boxed(ids()?.where_(doc.json_contains(literal("{}").cast_as(types::JsonB))))
            }
            Feature::JsonPathQueries => {
                boxed(ids()?.where_(doc()?.cast_as(types::JsonB).path_exists("$.a")))
            }
            Feature::JsonChange => boxed(select(doc()?.json_remove("a"))),
            Feature::BitwiseXor => boxed(select(id()?.bitwise_xor(3))),
            Feature::Filter => boxed(select(func::sum(id()?).filter(id()?.gt(1)))),
            Feature::WithinGroup => {
                boxed(select(func::percentile_cont(0.5).within_group(id()?.asc())))
            }
            Feature::AggregateOrderBy => {
                boxed(select(func::aggregate_strings(name()?, ",").order_by(id()?)))
            }
            Feature::AggregateStrings => boxed(select(func::aggregate_strings(name()?, ","))),
            Feature::ArrayAggregate => boxed(select(func::array_agg(id()?.cast::<i64>()))),
            Feature::JsonAggregate => boxed(select(func::json_agg(id()?))),
            Feature::Statistics => boxed(select(func::stddev_pop(id()?.cast::<i64>()))),
            Feature::Windows => boxed(over(window())?),
            Feature::NamedWindows => boxed(over(window().order_by(id()?).named("w"))?),
            Feature::GroupsFrame => boxed(over(window().order_by(id()?).groups(-1..=1))?),
            Feature::RangeOffsetFrame => boxed(over(window().order_by(id()?).range(-1..=1))?),
            Feature::FrameExclusion => {
                boxed(over(window().order_by(id()?).rows(-1..=1).exclude(FrameExclusion::Ties))?)
            }
            Feature::Collations => {
                let name = name()?.collate("C");
                boxed(ids()?.order_by(name))
            }
            Feature::Extract => boxed(select(func::extract(DateField::Week, self.p("at")?))),
            _ => return Ok(None),
        }))
    }

    fn change(&self, feature: Feature) -> Result<Option<Box<dyn Statement>>> {
        let id = || self.p("id");
        let (table, child) = (&self.parent, &self.child);
        let row = |n: i32| Ok::<_, aludel::Error>(table.insert().values(id()?.set(n)));
        let set = || Ok::<_, aludel::Error>(table.update().values(self.p("a")?.set(1)));
        Ok(Some(match feature {
            Feature::DataModifyingCte => {
                let gone = child.delete().returning(self.c("id")?).cte("gone");
                boxed(select(gone.c("id")?))
            }
            Feature::CteInDml => {
                let x = select(self.c("id")?).cte("x");
                boxed(table.delete().where_(id()?.in_(select(x.c("id")?))))
            }
            Feature::InsertReturning => boxed(row(900)?.returning(id()?)),
            Feature::UpdateReturning => boxed(set()?.returning(id()?)),
            Feature::DeleteReturning => boxed(child.delete().returning(self.c("id")?)),
            Feature::OnConflict => boxed(row(901)?.on_conflict_do_nothing(id()?)),
            Feature::ConflictConstraint => {
                boxed(row(902)?.on_conflict_do_nothing(constraint("pk_feature_parent")))
            }
            Feature::OnDuplicateKeyUpdate => {
                boxed(row(903)?.on_duplicate_key_update(self.p("a")?.set(1)))
            }
            Feature::InsertedRowName => {
                let row = row(904)?.values(self.p("a")?.set(2));
                boxed(row.upsert_columns(id()?, self.p("a")?))
            }
            Feature::DefaultInValues => {
                let rows =
                    [(id()?.set(910), self.p("a")?.set(1)), (id()?.set(911), self.p("b")?.set(2))];
                boxed(table.insert().rows(rows))
            }
            Feature::UpdateFrom => {
                let update = table.update().values(self.p("a")?.set(self.c("id")?)).from(child);
                boxed(update.where_(id()?.eq(self.c("parent_id")?)))
            }
            Feature::DeleteUsing => {
                let delete = child.delete().using(table);
                boxed(delete.where_(id()?.eq(self.c("parent_id")?)))
            }
            Feature::ExplainAnalyze => boxed(explain(select(id()?)).analyze()),
            Feature::ExplainAnalyzeChanges => boxed(explain(set()?).analyze()),
            Feature::ChangedTableInUpdate => {
                let least = select(func::min(id()?)).scalar_subquery();
                boxed(set()?.where_(id()?.eq(least)))
            }
            Feature::ChangedTableInDelete => {
                boxed(child.delete().where_(self.c("id")?.in_(select(func::min(self.c("id")?)))))
            }
            Feature::ChangedTableInDeleteUsing => {
                let delete = child.delete().using(table).where_(id()?.eq(self.c("parent_id")?));
                boxed(delete.where_(self.c("id")?.in_(select(func::min(self.c("id")?)))))
            }
            Feature::MergedChangedTable => {
                let rows = select(id()?).subquery("before");
                let update = set()?.from(&rows);
                boxed(update.where_(id()?.eq(rows.c("id")?)))
            }
            Feature::ChangedTableInInsert => {
                let least = select(func::min(self.p("a")?)).scalar_subquery();
                boxed(table.insert().values((id()?.set(910), self.p("b")?.set(least))))
            }
            Feature::ChangedTableInReturning => {
                boxed(row(911)?.returning((id()?, select(func::min(id()?)).scalar_subquery())))
            }
            Feature::DmlLimit => boxed(child.delete().order_by(self.c("id")?).limit(1)),
            _ => return Ok(None),
        }))
    }
}

impl Tables {
    fn definition(&self, feature: Feature, is_mysql: bool) -> Result<Option<Example>> {
        let unique = |what: &str| format!("{what}_{}", self.unique);
        let ids = || Ok::<_, aludel::Error>(select(self.p("id")?));
        let view = || Ok::<_, aludel::Error>(CreateView::new("feature_view", ids()?));
        let drop_view = || DropView::new("feature_view").if_exists();
        let table = |column: Column| {
            let key = Column::new("id", types::Integer).primary_key().autoincrement(false);
            Table::new("feature_table", &MetaData::new(), [key, column])
        };
        let created = |table: Table| made(CreateTable::new(&table), DropTable::new(&table));
        let number = || Column::new("n", types::Integer);
        let check = || CheckConstraint::new("a < 1000").named("ck_feature");
        Ok(Some(match feature {
            Feature::Schemas => {
                let name = unique("feature");
                made(CreateSchema::new(name.clone()), DropSchema::new(name))
            }
            Feature::DropCascade => Example {
                before: vec![boxed(view()?)],
                statement: boxed(DropView::new("feature_view").cascade()),
                after: Vec::new(),
            },
            Feature::Sequences => {
                let sequence = Sequence::new("feature_sequence");
                made(CreateSequence::new(&sequence), DropSequence::new(&sequence))
            }
            Feature::IdentityColumns => created(table(number().identity(Identity::new()))?),
            Feature::EnumTypes | Feature::NativeEnums => {
                let mood = types::Enum("feature_mood", ["sad", "fine"]).native();
                let types::Type::Enum(of) = &mood else { unreachable!("it is one") };
                if feature == Feature::EnumTypes {
                    return Ok(Some(made(CreateEnumType::new(of), DropEnumType::new(of))));
                }
                let mut example = created(table(Column::new("mood", mood.clone()))?);
                // MySQL has the type in the column alone.
                if !is_mysql {
                    example.before.push(boxed(CreateEnumType::new(of)));
                    example.after.push(boxed(DropEnumType::new(of)));
                }
                example
            }
            Feature::VirtualColumns => created(table(number().computed_virtual("id + 1"))?),
            Feature::ExclusionConstraints => {
                let exclude = ExcludeConstraint::new([("n", "=")]).using("btree");
                let built = Table::builder("feature_table").columns([number()]).constraint(exclude);
                created(built.build(&MetaData::new())?)
            }
            Feature::DeferrableConstraints => {
                let key = ForeignKey::new("feature_parent.id").named("fk_deferred");
                let key = key.deferrable(Deferrable::InitiallyDeferred);
                created(table(number().foreign_key(key))?)
            }
            Feature::AlterConstraints => made(
                AddConstraint::new(&self.parent, check()),
                aludel::sql::schema::DropConstraint::new(&self.parent, check()),
            ),
            Feature::MaterializedViews => made(
                view()?.materialized(),
                DropView::new("feature_view").materialized().if_exists(),
            ),
            Feature::ReplaceView => made(view()?.or_replace(), drop_view()),
            Feature::ViewIfNotExists => made(view()?.if_not_exists(), drop_view()),
            Feature::TemporaryViews => made(view()?.temporary(), drop_view()),
            Feature::TemporaryTables => Example {
                before: Vec::new(),
                statement: boxed(CreateTableAs::new("feature_temporary", ids()?).temporary()),
                after: vec![boxed(text("DROP TABLE feature_temporary"))],
            },
            _ => return Ok(None),
        }))
    }

    fn index(&self, feature: Feature) -> Result<Example> {
        let on_a = || Index::new(["a"]).named("ix_feature");
        let on = |element: IndexElement| Index::new([element]).named("ix_feature");
        let index = match feature {
            Feature::PartialIndexes => on_a().where_("a > 5"),
            Feature::ExpressionIndexes => on(IndexElement::expression("lower(name)")),
            Feature::IndexMethods => on_a().using("btree"),
            Feature::IndexInclude => on_a().include(["b"]),
            Feature::IndexKinds => Index::new(["name"]).named("ix_feature").kind("FULLTEXT"),
            Feature::IndexPrefixes => on(IndexElement::new("name").length(3)),
            Feature::IndexNulls => on(IndexElement::new("a").nulls_first()),
            Feature::OperatorClasses => on(IndexElement::new("a").operator_class("int4_ops")),
            Feature::IndexIfExists => {
                return Ok(Example {
                    before: Vec::new(),
                    statement: boxed(DropIndex::new(&self.parent, &on_a()).if_exists()),
                    after: Vec::new(),
                });
            }
            Feature::ConcurrentIndexes => {
                let index = on_a();
                let drop = DropIndex::new(&self.parent, &index);
                return Ok(made(CreateIndex::new(&self.parent, &index).concurrently(), drop));
            }
            other => panic!("{other:?} has no example"),
        };
        Ok(made(CreateIndex::new(&self.parent, &index), DropIndex::new(&self.parent, &index)))
    }
}

/// What makes something, and takes it away again.
fn made(make: impl Statement + 'static, take_away: impl Statement + 'static) -> Example {
    Example { before: Vec::new(), statement: boxed(make), after: vec![boxed(take_away)] }
}

fn boxed(statement: impl Statement + 'static) -> Box<dyn Statement> {
    Box::new(statement)
}
