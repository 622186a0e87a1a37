//! What keeps statements of other crates out.

use super::schema::{
    AddConstraint, CreateEnumType, CreateIndex, CreateSchema, CreateSequence, CreateTable,
    CreateTableAs, CreateView, Ddl, DropConstraint, DropEnumType, DropIndex, DropSchema,
    DropSequence, DropTable, DropView, RefreshMaterializedView, SetComment,
};
use super::{
    CompoundSelect, Delete, Explain, Insert, IntoRows, Select, SessionSelect, Text, TextualSelect,
    Untyped, Update, Values, WithOptions,
};

/// The key of a statement must determine its SQL, which this crate proves of its own.
pub trait Sealed {}

impl<S> Sealed for Select<S> {}
impl Sealed for SessionSelect {}
impl<S> Sealed for CompoundSelect<S> {}
impl<I> Sealed for TextualSelect<I> {}
impl<I> Sealed for Values<I> {}
impl<T, S> Sealed for Insert<T, S> {}
impl<T, S> Sealed for Update<T, S> {}
impl<T, S> Sealed for Delete<T, S> {}
impl Sealed for Text {}
impl Sealed for CreateTable {}
impl Sealed for DropTable {}
impl Sealed for CreateIndex {}
impl Sealed for SetComment {}
impl Sealed for DropIndex {}
impl Sealed for AddConstraint {}
impl Sealed for DropConstraint {}
impl Sealed for Ddl {}
impl Sealed for CreateSchema {}
impl Sealed for DropSchema {}
impl Sealed for CreateView {}
impl Sealed for DropView {}
impl Sealed for RefreshMaterializedView {}
impl Sealed for CreateTableAs {}
impl Sealed for CreateSequence {}
impl Sealed for DropSequence {}
impl Sealed for CreateEnumType {}
impl Sealed for DropEnumType {}
impl<E: Sealed> Sealed for Untyped<E> {}
impl<E: Sealed, T> Sealed for IntoRows<E, T> {}
impl<E: Sealed> Sealed for Explain<E> {}
impl<E: Sealed> Sealed for WithOptions<E> {}
impl<E: Sealed + ?Sized> Sealed for &E {}
