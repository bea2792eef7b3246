//! Taking messages: the laws in every state, and whole conversations with a store.

#[cfg(test)]
mod call;
#[cfg(test)]
mod conversations;
#[cfg(test)]
mod greetings;
#[cfg(test)]
mod laws;
