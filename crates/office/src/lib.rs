//! The compiled company: people, groups, menus, entries, and the one routing function.
