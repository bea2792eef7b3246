//! The store on a real disk, on one that fails and forgets, and in a process that is killed.

#[cfg(test)]
mod faulty;
#[cfg(test)]
mod kill;
#[cfg(test)]
mod oracle;
#[cfg(test)]
mod power;
#[cfg(test)]
mod real;
#[cfg(test)]
mod support;
