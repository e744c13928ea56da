//! The slice by its effects: what is started, what is dropped.
