//! What SIP libraries need per message, as ratios to the floor, in one interleaved run.
//!
//! `cargo bench -p centrala-benches --bench sip_ratios [-- [--write] [--rounds N]]`

#![expect(clippy::print_stdout, reason = "it prints a table")]

use std::env;

use bytes::Bytes;
use centrala_benches::{
    Centrala, Job, Parser, Task, corpus, floor_task,
    rounds::{self, Times},
    task,
};

fn main() {
    let arguments: Vec<String> = env::args().collect();
    let rounds = arguments
        .iter()
        .skip_while(|it| *it != "--rounds")
        .nth(1)
        .and_then(|it| it.parse().ok())
        .unwrap_or(ROUNDS);
    let messages = corpus::datagrams();
    let mut pairs = vec![(floor_task(&messages), floor_task(&messages))];
    let mut labels = vec!["floor"];
    for job in Job::ALL {
        add::<Centrala>(job, &messages, &mut pairs, &mut labels);
    }
    let table = rounds::run(&mut pairs, rounds);
    for ((times, (task, _)), label) in table.iter().zip(&pairs).zip(labels) {
        println!("{}", row(task, label, times));
    }
}

fn add<P: Parser + 'static>(
    job: Job,
    messages: &[Bytes],
    pairs: &mut Vec<(Task, Task)>,
    labels: &mut Vec<&'static str>,
) {
    let work = task::<P>(job, messages);
    let floor = floor_task(&work.messages);
    pairs.push((work, floor));
    labels.push(job.name());
}

fn row(task: &Task, job: &str, times: &Times) -> String {
    format!(
        "| {job} | {} | {:.0} | {:.0} | {:.2} | {} of {} |",
        task.who,
        times.median(),
        times.min(),
        times.ratio(),
        task.messages.len(),
        corpus::COUNT,
    )
}

const ROUNDS: usize = 31;
