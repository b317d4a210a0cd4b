//! A hub in a process of its own, killed in the middle of its work.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use chaski_hub::Hub;
use chaski_sync::Outcome;
use chaski_trust::Role;
use tokio::net::TcpListener;

use crate::tablet::Tablet;
use crate::world::World;

const FOLDER: &str = "CHASKI_TEST_HUB_FOLDER";
const LISTEN: &str = "CHASKI_TEST_HUB_LISTEN";

/// Not a test by itself: what the child process runs.
#[tokio::test(flavor = "multi_thread")]
async fn child_serves() {
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let listener = TcpListener::bind(std::env::var(LISTEN).unwrap()).await.unwrap();
    let hub = Hub::open(Path::new(&folder)).unwrap();
    println!("serving on {}", listener.local_addr().unwrap());
    hub.serve(listener, std::future::pending()).await.unwrap();
}

struct Process {
    child: Child,
    address: SocketAddr,
}

impl Process {
    fn start(folder: &Path) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "killed::child_serves", "--nocapture"])
            .env(FOLDER, folder)
            .env(LISTEN, "127.0.0.1:0")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let address = lines.find_map(|line| line.unwrap().split("serving on ").nth(1).map(str::to_owned));
        Self { child, address: address.unwrap().trim().parse().unwrap() }
    }

    /// As `kill -9` does.
    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_is_there_after_a_kill() {
    let mut world = World::new().await;
    let mut rosa = Tablet::enrol(&world, &world.ticket(Role::Agent, 0).clone()).await;
    let mut victor = Tablet::enrol(&world, &world.ticket(Role::Agent, 1).clone()).await;
    world.stop().await;
    let place = world.hub_folder();
    for round in 0..5 {
        let process = Process::start(&place);
        world.address = process.address;
        let record = rosa.begin(world.form().form.as_str(), world.form().version);
        rosa.answer(record, "obs", &round.to_string());
        assert_eq!(rosa.sync(&world).await.summary.outcome, Outcome::Complete);
        // Acknowledged; perhaps not applied to any document yet.
        process.kill();

        let process = Process::start(&place);
        world.address = process.address;
        let got = victor.sync(&world).await;
        assert_eq!(got.summary.outcome, Outcome::Complete);
        assert_eq!(victor.text(record, "obs"), Some(round.to_string()));
        process.kill();
    }
    let hub = Hub::open(&place).unwrap();
    hub.settle().unwrap();
    assert_eq!(hub.documents_hash().unwrap(), rosa.documents_hash());
    assert!(hub.log_verify().unwrap().iter().all(|log| log.problem.is_none()));
    assert_eq!(hub.set_aside(), None);
}
