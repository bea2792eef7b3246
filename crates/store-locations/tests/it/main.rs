//! The store on a real disk, on one that fails and forgets, and in a process that is killed; beside the one in memory.

#[cfg(test)]
mod conformance;
#[cfg(test)]
mod damage;
#[cfg(test)]
mod faulty;
#[cfg(test)]
mod kill;
#[cfg(test)]
mod power;
#[cfg(test)]
mod real;
#[cfg(test)]
mod session;
#[cfg(test)]
mod support;
