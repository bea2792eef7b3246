//! What SIP libraries need per message, as ratios to the floor, in one interleaved run.
//!
//! `cargo bench -p centrala-benches --bench sip_ratios [-- [--write] [--rounds N]]`: prints a table, `--write` puts
//! it into `docs/measurements/sip-peers.md`.

#![expect(clippy::print_stdout, reason = "it prints a table")]

mod peers;

use std::{collections::BTreeMap, env, fs, process::Command};

use centrala_benches::{
    Centrala, Job, Parser, Task, corpus, floor_task,
    rounds::{self, Times},
    task,
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = env::args().collect();
    let rounds = arguments.iter().skip_while(|it| *it != "--rounds").nth(1);
    let rounds = rounds.map_or(Ok(ROUNDS), |it| it.parse())?;
    let allocations = allocations()?;
    let messages = corpus::datagrams();
    let mut pairs = vec![(floor_task(&messages), floor_task(&messages))];
    for job in Job::ALL {
        for task in peers::tasks(job, &messages) {
            let floor = floor_task(&task.messages);
            pairs.push((task, floor));
        }
    }
    let rival = |task: &Task| task.job == RACE.name() && task.who.starts_with(RIVAL);
    let rival = pairs.iter().position(|(task, _)| rival(task)).ok_or("no such rival")?;
    let common = pairs.get(rival).map_or_else(Vec::new, |(task, _)| task.messages.clone());
    pairs.push((task::<Centrala>(RACE, &common), floor_task(&common)));
    let times = rounds::run(&mut pairs, rounds);
    let rows: Vec<Row<'_>> =
        pairs.iter().zip(&times).map(|((task, _), times)| (task, times)).collect();
    let (race, rows) = rows.split_last().ok_or("no rows")?;
    let faster = rows.get(rival).map_or(f64::NAN, |(_, times)| times.ratio() / race.1.ratio());
    let text = [head(rounds)?, table(rows, &allocations), gates(rows, faster)].concat();
    println!("{text}");
    if arguments.iter().any(|it| it == "--write") {
        fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/measurements/sip-peers.md"), text)?;
    }
    Ok(())
}

type Row<'a> = (&'a Task, &'a Times);

/// Allocations and octets by job and library, from a program of its own: counting costs time.
fn allocations() -> Result<BTreeMap<String, String>, Box<dyn std::error::Error>> {
    let cargo = env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let output = Command::new(cargo)
        .args(["bench", "--quiet", "--package", "centrala-benches", "--bench", "sip_allocations"])
        .output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    let cells = |line: &str| {
        let (job, rest) = line.split_once('\t')?;
        let (who, counts) = rest.split_once('\t')?;
        Some((format!("{job} {who}"), counts.replace('\t', " | ")))
    };
    Ok(String::from_utf8(output.stdout)?.lines().filter_map(cells).collect())
}

fn head(rounds: usize) -> Result<String, Box<dyn std::error::Error>> {
    let day = String::from_utf8(Command::new("date").args(["-u", "+%F"]).output()?.stdout)?;
    Ok(format!(
        "\
# SIP messages beside peers

{}, {} messages of {} octets on average (`benches/corpus`), {rounds} interleaved rounds: the ratio is the median of
each round's time over that of the floor, which runs just before and after over the same messages. Only ratios
outlive the machine. What each job is: `Job` in `benches/src/tasks.rs`. The datagram is a `Bytes` on the heap that
is shared already; `copy+split` includes a fresh copy. A library is measured with those messages of which it reads
what we read; an edited message is a request. Reallocations count as allocations. What was not edited
needs no printing with us: `print` hands out the datagram, where others write it anew; compare `print edited`.
Made by `cargo bench -p centrala-benches --bench sip_ratios -- --write`.

",
        day.trim(),
        corpus::COUNT,
        corpus::octets() / corpus::COUNT,
    ))
}

fn table(rows: &[Row<'_>], allocations: &BTreeMap<String, String>) -> String {
    let mut text = String::from(
        "\
| job | library | to the floor | ns, median | ns, least | allocations | octets allocated | messages |
| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |
",
    );
    for (task, times) in rows {
        let counts = allocations.get(&format!("{} {}", task.job, task.who));
        text += &format!(
            "| {} | {} | {:.2} | {:.0} | {:.0} | {} | {} of {} |\n",
            task.job,
            task.who,
            times.ratio(),
            times.median(),
            times.min(),
            counts.map_or("- | -", String::as_str),
            task.messages.len(),
            corpus::COUNT,
        );
    }
    text
}

/// What was promised, and whether it is kept; `faster` is measured with the messages that both read.
fn gates(rows: &[Row<'_>], faster: f64) -> String {
    let ratio = |job: Job, who: &str| {
        let row = rows.iter().find(|(task, _)| task.job == job.name() && task.who.starts_with(who));
        row.map_or(f64::NAN, |(_, times)| times.ratio())
    };
    let mut text =
        String::from("\n| job | measured | gate | goal | |\n| --- | ---: | ---: | ---: | --- |\n");
    for (job, gate, goal) in GATES {
        let measured = ratio(job, Centrala::NAME);
        let verdict = match measured {
            it if it <= goal => "reaches the goal",
            it if it <= gate => "passes",
            _ => "FAILS",
        };
        text += &format!("| {} | {measured:.2} | {gate} | {goal} | {verdict} |\n", job.name());
    }
    let verdict = if faster >= FASTER { "passes" } else { "FAILS" };
    text += &format!(
        "| {}, times faster than {RIVAL} | {faster:.2} | {FASTER} | | {verdict} |\n",
        RACE.name(),
    );
    text
}

const ROUNDS: usize = 31;
const GATES: [(Job, f64, f64); 3] =
    [(Job::Split, 3.7, 2.5), (Job::SplitTyped, 8.0, 5.5), (Job::PrintEdited, 2.5, 1.5)];
const RACE: Job = Job::SplitTyped;
const RIVAL: &str = "rsipstack";
const FASTER: f64 = 3.0;
