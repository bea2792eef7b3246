//! What the proof of a plan costs, by its size.

use std::{hint::black_box, sync::Arc};

use centrala_office::Office;
use centrala_plan::{Budget, Lengths, Proof};
use centrala_testkit::company::large_office;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

fn plan(c: &mut Criterion) {
    let mut group = c.benchmark_group("plan");
    group.sample_size(10);
    for nodes in [100_usize, 1_000, 10_000] {
        let source = large_office(nodes);
        group.throughput(Throughput::Elements(nodes as u64));
        group.bench_function(BenchmarkId::new("read", nodes), |b| {
            b.iter(|| Office::compile(black_box(&source), "large.toml").is_ok());
        });
        let Ok(office) = Office::compile(&source, "large.toml") else { continue };
        let office = Arc::new(office);
        let lengths = Lengths::default();
        group.bench_function(BenchmarkId::new("prove", nodes), |b| {
            b.iter(|| {
                Proof::of(black_box(&office), &Budget::default(), &|it| lengths.of_phrase(it))
                    .findings
                    .len()
            });
        });
    }
    group.finish();
}

criterion_group!(benches, plan);
criterion_main!(benches);
