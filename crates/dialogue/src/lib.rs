//! Spoken conversations as values: the Dialogue seam, its runner, its laws and their enumerator.
