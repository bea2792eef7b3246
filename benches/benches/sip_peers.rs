//! SIP libraries side by side, for criterion's reports. Its functions run one after the other: for ratios on a
//! machine that others use as well, see `sip_ratios`.

mod peers;

use std::time::Duration;

use centrala_benches::{Job, Task, corpus, floor_task};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};

fn sip(c: &mut Criterion) {
    let messages = corpus::datagrams();
    measure(c, "floor", &mut [floor_task(&messages)]);
    for job in [Job::Split, Job::SplitTyped, Job::PrintEdited] {
        measure(c, job.name(), &mut peers::tasks(job, &messages));
    }
}

/// One iteration is a pass over all messages.
fn measure(c: &mut Criterion, name: &str, tasks: &mut [Task]) {
    let mut group = c.benchmark_group(name);
    group.measurement_time(Duration::from_secs(2)).warm_up_time(Duration::from_millis(500));
    for task in tasks {
        let octets: usize = task.messages.iter().map(bytes::Bytes::len).sum();
        group.throughput(Throughput::Bytes(octets.try_into().unwrap_or(u64::MAX)));
        let label = format!("{}, {} of {}", task.who, task.messages.len(), corpus::COUNT);
        let task = std::cell::RefCell::new(task);
        group.bench_function(label, |b| {
            b.iter_batched(
                || task.borrow_mut().prepare(1),
                |()| task.borrow_mut().run(),
                BatchSize::PerIteration,
            );
        });
    }
    group.finish();
}

criterion_group!(sip_peers, sip);
criterion_main!(sip_peers);
