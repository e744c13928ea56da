//! A redrive against the simulator of SQS, under tokio's paused clock.

mod again;
mod called;
mod crash;
mod faults;
mod kit;
mod pace;
mod parts;
mod paths;
mod review;
mod silence;
