//! What happens to the objects that a relationship refers to, when something happens to the one that has it.

/// Which operations go on along a relationship. The default is save-update and merge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is an operation that goes on or not")]
pub struct Cascade {
    pub(in crate::orm) save_update: bool,
    pub(in crate::orm) merge: bool,
    pub(in crate::orm) refresh_expire: bool,
    pub(in crate::orm) expunge: bool,
    pub(in crate::orm) delete: bool,
    pub(in crate::orm) delete_orphan: bool,
}

impl Cascade {
    /// The default: a value that a relationship is given comes into the session with the object, and is merged
    /// with it.
    pub const DEFAULT: Self = Self {
        save_update: true,
        merge: true,
        refresh_expire: false,
        expunge: false,
        delete: false,
        delete_orphan: false,
    };

    /// Of the words of an attribute: `"all, delete-orphan"`, `"save-update, merge, delete"`. `None`: a word is
    /// none that there is.
    ///
    /// ```
    /// use aludel::orm::Cascade;
    ///
    /// assert_eq!(Cascade::parse("save-update, merge"), Some(Cascade::DEFAULT));
    /// assert_eq!(Cascade::parse("everything"), None);
    /// ```
    #[must_use]
    pub fn parse(words: &str) -> Option<Self> {
        let mut this = Self { save_update: false, merge: false, ..Self::DEFAULT };
        for word in words.split(',').map(str::trim).filter(|word| !word.is_empty()) {
            match word {
                "save-update" => this.save_update = true,
                "merge" => this.merge = true,
                "refresh-expire" => this.refresh_expire = true,
                "expunge" => this.expunge = true,
                "delete" => this.delete = true,
                "delete-orphan" => this.delete_orphan = true,
                "none" => {}
                "all" => {
                    this = Self {
                        save_update: true,
                        merge: true,
                        refresh_expire: true,
                        expunge: true,
                        delete: true,
                        ..this
                    };
                }
                _ => return None,
            }
        }
        Some(this)
    }
}

impl Default for Cascade {
    fn default() -> Self {
        Self::DEFAULT
    }
}
