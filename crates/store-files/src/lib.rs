//! A message store in plain files that survives a crash at any byte.
