//! The side of lambdeck that does I/O.

pub mod events;
