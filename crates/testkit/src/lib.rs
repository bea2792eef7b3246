//! Test equipment: a virtual clock, a seeded lossy network, a disk that forgets.
