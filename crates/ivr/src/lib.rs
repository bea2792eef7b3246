//! Menus of an automatic attendant: a graph, and its conversation.
