//! What a process has cost so far, by the system's own account.

use std::fs;

use jiff::SignedDuration;
use nix::{time::clock_getcpuclockid, unistd::Pid};

/// The process of this number.
pub(crate) fn process(id: u32) -> Pid {
    Pid::from_raw(i32::try_from(id).expect("a process's number"))
}

/// Its processor time: to the nanosecond, and up to this moment even while it runs.
pub(crate) fn processor(id: Pid) -> SignedDuration {
    let clock = clock_getcpuclockid(id).and_then(nix::time::ClockId::now).expect("it lives");
    SignedDuration::new(clock.tv_sec(), i32::try_from(clock.tv_nsec()).expect("less than a second"))
}

/// The most memory that was resident, in MiB.
pub(crate) fn peak(id: Pid) -> f64 {
    let status = fs::read_to_string(format!("/proc/{id}/status")).expect("it lives");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("the system tells");
    let kib: f64 = line.trim().trim_end_matches(" kB").parse().expect("a number");
    kib / 1024.0
}
