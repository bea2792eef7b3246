//! The committed corpus against the laws, without a fuzzer and on stable: `cargo test` in this folder.

use std::path::Path;

/// Replays a folder of the corpus.
fn replay(target: &str, check: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    let mut paths: Vec<_> = std::fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.expect("a readable folder").path())
        .collect();
    paths.sort();
    assert!(paths.len() > 10, "{} is no corpus", folder.display());
    for path in paths {
        let octets = std::fs::read(&path).expect("a readable file");
        // The name tells which file breaks a law.
        println!("{}", path.display());
        check(&octets);
    }
}

#[test]
fn every_law_holds_for_its_corpus() {
    replay("sip_message", centrala_fuzz::message::check);
    replay("sip_stream", centrala_fuzz::stream::check);
    replay("sip_uri", centrala_fuzz::uri::check);
    replay("sip_headers", centrala_fuzz::headers::check);
    replay("sip_edit", centrala_fuzz::edit::check);
    replay("sip_build", centrala_fuzz::build::check);
    replay("sip_views", centrala_fuzz::views::check);
    replay("sip_bodies", centrala_fuzz::bodies::check);
    replay("sdp", centrala_fuzz::sdp::check);
    replay("sdp_offer_answer", centrala_fuzz::offer_answer::check);
    replay("ua_endpoint", centrala_fuzz::endpoint::check);
    replay("media_packets", centrala_fuzz::media::check_packets);
    replay("media_path", centrala_fuzz::media::check_path);
}

/// Octets of a generator with a seed, so that each run is the same: what a target meets before it has a corpus.
#[test]
fn every_law_holds_for_noise() {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    for length in 0..400_usize {
        let octets: Vec<u8> = (0..length).map(|_| next().to_le_bytes()[3]).collect();
        centrala_fuzz::message::check(&octets);
        centrala_fuzz::stream::check(&octets);
        centrala_fuzz::uri::check(&octets);
        centrala_fuzz::headers::check(&octets);
        centrala_fuzz::edit::check(&octets);
        centrala_fuzz::build::check(&octets);
        centrala_fuzz::views::check(&octets);
        centrala_fuzz::bodies::check(&octets);
        centrala_fuzz::sdp::check(&octets);
        centrala_fuzz::offer_answer::check(&octets);
        centrala_fuzz::endpoint::check(&octets);
        centrala_fuzz::media::check_packets(&octets);
        centrala_fuzz::media::check_path(&octets);
    }
}
