//! Kamailio, a proxy that we did not write, in front of the office.

