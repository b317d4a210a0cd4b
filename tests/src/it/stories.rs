//! The story of two tablets, played ten times through the real device, link and hub.

use chaski_tests::story::{Silently, play};

/// Races show in repetition: each time the sockets, timers and disks are a little different.
const TIMES: usize = 10;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_tablets_record_without_signal_and_a_hub_merges_them() {
    for time in 1..=TIMES {
        let folder = tempfile::tempdir().unwrap();
        if let Err(broken) = play(folder.path(), &mut Silently).await {
            panic!("time {time}: {broken}");
        }
    }
}
