//! Everything that takes time: the runner that owns every task, the Gate before AWS, the jobs,
//! and the files that the product keeps.

pub mod access;
pub mod activity;
mod bucket;
pub mod clock;
pub mod configure;
pub mod discovery;
pub mod events;
pub mod export;
pub mod functions;
pub mod gate;
pub mod highlight;
pub mod import;
pub mod invoke;
mod jobs;
pub mod journal;
pub mod kept;
pub mod leases;
pub mod look;
pub mod prepare;
pub mod queue_write;
pub mod queues;
pub mod reading;
pub mod redrive;
pub mod runner;
pub mod save;
pub mod tailer;
