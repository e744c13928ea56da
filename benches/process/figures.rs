//! What the kernel says about a process: processor time, memory, switches. Linux only; elsewhere
//! the figures are absent.

use std::{fs, time::Duration};

/// One thread of a live process.
pub struct Thread {
    /// Its number.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Time on a processor.
    pub cpu: Duration,
    /// How often it gave up the processor by itself.
    pub switches: u64,
}

/// The threads of a live process.
pub fn threads(pid: u32) -> Option<Vec<Thread>> {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).ok()?;
    // A thread may end while it is looked at.
    Some(tasks.flatten().filter_map(|task| thread(&task)).collect())
}

fn thread(task: &fs::DirEntry) -> Option<Thread> {
    // The first word is the time on a processor in nanoseconds (kernel: sched-stats).
    let schedule = fs::read_to_string(task.path().join("schedstat")).ok()?;
    let status = fs::read_to_string(task.path().join("status")).ok()?;
    Some(Thread {
        id: task.file_name().to_string_lossy().into_owned(),
        name: field(&status, "Name")?.to_owned(),
        cpu: Duration::from_nanos(schedule.split(' ').next()?.parse().ok()?),
        switches: field(&status, "voluntary_ctxt_switches")?.parse().ok()?,
    })
}

/// User and system time of the children of this process that have ended and were waited for, in
/// steps of a clock tick (10 ms): sum over several.
pub fn cpu_of_children() -> Option<Duration> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // After the name, which may contain anything, `cutime` and `cstime` are words 13 and 14
    // (proc_pid_stat(5): fields 16 and 17).
    let words: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = words.get(13)?.parse::<u64>().ok()? + words.get(14)?.parse::<u64>().ok()?;
    Some(Duration::from_millis(ticks * 10))
}

/// A memory figure of `/proc/PID/status` (`VmRSS`, `VmHWM`) in MB of 1,000,000 bytes.
pub fn memory(pid: u32, name: &str) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let kib: f64 = field(&status, name)?.trim_end_matches(" kB").parse().ok()?;
    Some(kib * 1024.0 / 1e6)
}

fn field<'a>(status: &'a str, name: &str) -> Option<&'a str> {
    status
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
        .map(str::trim)
}
