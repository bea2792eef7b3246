//! The binary from outside: strangers, real peers, and the end of a process.
//!
//! Tests that need other programs are ignored by default; continuous integration runs them.

#[cfg(test)]
mod baresip;
#[cfg(test)]
mod centrala;
#[cfg(test)]
mod check;
#[cfg(test)]
mod floods;
#[cfg(test)]
mod graph;
#[cfg(test)]
mod injection;
#[cfg(test)]
mod kamailio;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod lamps;
#[cfg(test)]
mod locations;
#[cfg(test)]
mod losses;
#[cfg(test)]
mod pcap;
#[cfg(test)]
mod peer_process;
#[cfg(test)]
mod recordings;
#[cfg(test)]
mod scenario;
#[cfg(test)]
mod sipp;
#[cfg(test)]
mod sipvicious;
#[cfg(test)]
mod strangers;
#[cfg(test)]
mod tcp;
#[cfg(test)]
mod termination;
