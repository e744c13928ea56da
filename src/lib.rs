//! lambdeck
