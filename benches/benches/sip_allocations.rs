//! How often and how much SIP libraries allocate per message, as lines of tab-separated values: job, library,
//! allocations (reallocations count), octets. Counting slows allocation down, so that nothing is timed here.

#![expect(clippy::print_stdout, reason = "it prints a table")]

mod peers;

use std::alloc::System;

use centrala_benches::{Job, Task, corpus, floor_task};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn main() {
    let messages = corpus::datagrams();
    count(&mut floor_task(&messages));
    for job in Job::ALL {
        peers::tasks(job, &messages).iter_mut().for_each(count);
    }
}

fn count(task: &mut Task) {
    // Whatever is made once and for all is made by the first pass.
    task.prepare(1);
    task.run();
    task.prepare(1);
    let region = Region::new(ALLOCATOR);
    task.run();
    let change = region.change();
    let tenths = |sum: usize| {
        let tenths = sum * 10 / task.messages.len().max(1);
        format!("{}.{}", tenths / 10, tenths % 10)
    };
    let allocations = tenths(change.allocations + change.reallocations);
    println!("{}\t{}\t{allocations}\t{}", task.job, task.who, tenths(change.bytes_allocated));
}
