//! The dry run: what a plan would do, before anything is done.
