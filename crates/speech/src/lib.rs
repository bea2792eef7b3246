//! Phrases become audio: wording, voices and a prompt cache.
