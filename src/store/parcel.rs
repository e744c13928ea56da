//! Values that are too large to copy or compare.

use std::sync::Arc;

/// A value that is handed on whole and compared by identity.
#[derive(Debug)]
pub struct Parcel<T>(pub Arc<T>);

impl<T> Parcel<T> {
    /// Packs a value.
    pub fn new(value: T) -> Self {
        Self(Arc::new(value))
    }
}

impl<T> Clone for Parcel<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> PartialEq for Parcel<T> {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}
