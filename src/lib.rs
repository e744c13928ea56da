//! lambdeck
pub mod domain;
