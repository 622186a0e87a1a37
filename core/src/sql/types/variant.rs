//! Types that are others in some databases.

use super::super::Name;
use super::Type;

/// A type, and those that it is in some databases: [`Type::with_variant`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VariantType {
    base: Type,
    variants: Vec<(Name, Type)>,
}

impl VariantType {
    /// What it is in all other databases.
    #[must_use]
    pub fn base(&self) -> &Type {
        &self.base
    }

    /// What it is in some databases.
    pub(in crate::sql) fn variants(&self) -> &[(Name, Type)] {
        &self.variants
    }

    fn find(&self, dialect: &str) -> Option<&Type> {
        self.variants.iter().find(|(name, _)| **name == *dialect).map(|(_, ty)| ty)
    }

    /// What it is in the database whose dialect has this name.
    #[must_use]
    pub fn in_dialect(&self, dialect: &str) -> &Type {
        let similar = || (dialect == "mariadb").then(|| self.find("mysql")).flatten();
        self.find(dialect).or_else(similar).unwrap_or(&self.base)
    }

    /// The same with one more, or another.
    pub(super) fn with(ty: Type, dialect: Name, variant: Type) -> Self {
        let mut all = match ty {
            Type::Variant(of) => (*of).clone(),
            base => Self { base, variants: Vec::new() },
        };
        all.variants.retain(|(name, _)| *name != dialect);
        all.variants.push((dialect, variant));
        all
    }
}
