//! Ids: the places of people, groups, menus … in the tables of one [`Office`](crate::Office).
//!
//! An id means something to the office that gave it. Another office answers `None`, or somebody
//! else: a call keeps the office in which it began.

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident,)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u32);

        impl $name {
            pub(crate) fn at(index: usize) -> Self {
                // A source of at most `MAX_SOURCE_LEN` bytes has fewer entries than that.
                Self(u32::try_from(index).unwrap_or(u32::MAX))
            }

            /// Returns the place in the office's table, in the order of its file.
            #[must_use]
            pub const fn index(self) -> usize {
                self.0 as usize
            }
        }
    )*};
}

ids! {
    /// Names a [`Person`](crate::Person).
    PersonId,
    /// Names a [`Group`](crate::Group).
    GroupId,
    /// Names a [`Menu`](crate::Menu).
    MenuId,
    /// Names an [`Announcement`](crate::Announcement).
    AnnouncementId,
    /// Names a [`Mailbox`](crate::Mailbox).
    MailboxId,
    /// Names an [`Entry`](crate::Entry).
    EntryId,
    /// Names a [`Trunk`](crate::Trunk).
    TrunkId,
}
