//! Hubs that are away, strangers, slow, or cut off in the middle: the tablet goes on working, says so, and catches up.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use chaski_device::Device;
use chaski_device::view::{Place, SyncState};
use chaski_tests::office::Office;
use chaski_tests::story::PROJECT;
use chaski_tests::story::forms::{VISIT, begin_visit, choice, text};
use chaski_tests::tablet::Tablet;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

struct Scene {
    office: Office,
    tablet: Tablet,
    _folder: TempDir,
}

impl Scene {
    /// A hub and one enrolled tablet that has everything published.
    async fn set() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let office = Office::found(&folder.path().join("hub")).await.unwrap();
        let mut tablet = Tablet::new("Tableta de Rosa", &folder.path().join("tablet")).unwrap();
        tablet.enrol(&office.ticket_of("Rosa").unwrap(), office.url()).await.unwrap();
        tablet.connect();
        tablet.until("the forms", |device| device.home().is_ok_and(|home| home.forms.len() == 3)).await.unwrap();
        Self { office, tablet, _folder: folder }
    }

    fn port(&self) -> u16 {
        self.office.url().rsplit(':').next().unwrap().parse().unwrap()
    }

    /// The tablet's hub is now at another port of this machine.
    fn move_hub(&self, port: u16) {
        self.tablet.with(|device| device.set_hub_address(&format!("https://127.0.0.1:{port}"))).unwrap();
    }

    /// A visit that no hub has yet.
    fn visit(&self) -> String {
        let record = self.tablet.start(VISIT, PROJECT).unwrap().record;
        begin_visit(&self.tablet, &record).unwrap();
        self.tablet.leave(&record).unwrap();
        record
    }

    async fn until_safe(&self, record: &str) {
        let here = record.to_owned();
        let safe = move |device: &mut Device| {
            device.record(&here, None).is_ok_and(|record| record.card.place == Place::Centre)
        };
        self.tablet.until("its work at the centre", safe).await.unwrap();
    }

    async fn until_problem(&self, state: SyncState, codes: &'static [&'static str]) {
        let seen = move |device: &mut Device| {
            device.sync_view().is_ok_and(|view| {
                view.state == state && view.problem.as_deref().is_some_and(|code| codes.contains(&code))
            })
        };
        self.tablet.until("the word for it", seen).await.unwrap();
    }
}

/// Serves every connection with `serve`, until dropped.
struct Server {
    port: u16,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve<F: Future<Output = ()> + Send + 'static>(with: impl Fn(TcpStream) -> F + Send + 'static) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let task = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(with(stream));
        }
    });
    Server { port, task }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_that_is_away_is_said_and_work_goes_on() {
    let mut scene = Scene::set().await;
    scene.office.stop().await.unwrap();
    let visit = scene.visit();
    scene.until_problem(SyncState::Offline, &["hub_unreachable", "hub_cut"]).await;
    assert_eq!(scene.tablet.record(&visit).unwrap().card.place, Place::Tablet);
    scene.office.start().await.unwrap();
    scene.until_safe(&visit).await;
    let well =
        |device: &mut Device| device.sync_view().is_ok_and(|view| view.unsent.entries == 0 && view.problem.is_none());
    scene.tablet.until("the word that all is well again", well).await.unwrap();
    let view = scene.tablet.sync_view().unwrap();
    // A night without signal is one line of the log, not a thousand.
    let lines = view.log.iter().filter(|event| event.code.starts_with("hub_")).count();
    assert!(lines <= 2, "{:?}", view.log);
}

#[tokio::test(flavor = "multi_thread")]
async fn rubbish_in_the_hubs_place_is_not_believed() {
    let scene = Scene::set().await;
    let rubbish = serve(|mut stream| async move {
        let mut asked = [0; 512];
        let _ = stream.read(&mut asked).await;
        let _ = stream.write_all(&[0x16; 4096]).await;
    })
    .await;
    scene.move_hub(rubbish.port);
    let visit = scene.visit();
    scene.until_problem(SyncState::Offline, &["hub_unreachable", "hub_cut"]).await;
    scene.tablet.with(|device| device.open_record(&visit, None)).unwrap();
    scene.tablet.answer(&visit, "A/tipo", choice("superv")).unwrap();
    scene.tablet.leave(&visit).unwrap();
    scene.move_hub(scene.port());
    scene.until_safe(&visit).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_programmes_hub_is_refused_by_its_key() {
    let scene = Scene::set().await;
    let folder = tempfile::tempdir().unwrap();
    let other = Office::found(&folder.path().join("hub")).await.unwrap();
    scene.move_hub(other.url().rsplit(':').next().unwrap().parse().unwrap());
    let visit = scene.visit();
    scene.until_problem(SyncState::Refused, &["hub_not_ours"]).await;
    assert_eq!(scene.tablet.record(&visit).unwrap().card.place, Place::Tablet, "nothing was given to a stranger");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_is_cut_again_and_again_still_gets_everything_across() {
    let scene = Scene::set().await;
    let hub = scene.port();
    // Each connection carries a little more than the one before, and is then cut.
    let allowance = Arc::new(AtomicUsize::new(1_000));
    let counted = Arc::clone(&allowance);
    let proxy = serve(move |stream| cut(stream, hub, counted.fetch_add(600, Ordering::Relaxed))).await;
    scene.move_hub(proxy.port);
    let mut visits = Vec::new();
    for _ in 0..12 {
        visits.push(scene.visit());
    }
    for visit in &visits {
        scene.until_safe(visit).await;
    }
    let connections = (allowance.load(Ordering::Relaxed) - 1_000) / 600;
    assert!(connections > 2, "everything went through in {connections} connections: nothing was cut");
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_who_answers_does_not_wait_for_a_slow_hub() {
    let scene = Scene::set().await;
    let hub = scene.port();
    let proxy = serve(move |stream| slow(stream, hub)).await;
    scene.move_hub(proxy.port);
    let visit = scene.visit();
    let record = scene.tablet.start(VISIT, PROJECT).unwrap().record;
    let mut worst = Duration::ZERO;
    for number in 0..30 {
        let started = Instant::now();
        scene.tablet.answer(&record, "A/tipo", choice(if number % 2 == 0 { "prog" } else { "verif" })).unwrap();
        worst = worst.max(started.elapsed());
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
    assert!(worst < Duration::from_secs(2), "an answer took {worst:?} while a slow hub was answering");
    scene.tablet.leave(&record).unwrap();
    scene.until_safe(&visit).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_answer_is_refused_and_what_was_saved_stands() {
    let scene = Scene::set().await;
    let record = scene.tablet.start(VISIT, PROJECT).unwrap().record;
    scene.tablet.answer(&record, "A/tipo", choice("prog")).unwrap();
    assert!(scene.tablet.answer(&record, "A/no_existe", text("x")).is_err());
    assert!(scene.tablet.answer(&record, "A/fecha", text("ayer")).is_err(), "a text is no date");
    let kept = scene.tablet.record(&record).unwrap();
    let lines: Vec<_> = kept.sections.iter().flat_map(|section| &section.lines).collect();
    assert!(lines.iter().any(|line| line.path == "A/tipo" && line.display == "Programada"), "{lines:?}");
}

/// Carries bytes both ways until `allowance` of them came, then cuts.
async fn cut(mut near: TcpStream, hub: u16, allowance: usize) {
    let Ok(mut far) = TcpStream::connect(("127.0.0.1", hub)).await else { return };
    let (mut up, mut down) = (vec![0; 1024], vec![0; 1024]);
    let mut carried = 0;
    while carried < allowance {
        tokio::select! {
            read = near.read(&mut up) => match read {
                Ok(length @ 1..) if far.write_all(&up[..length]).await.is_ok() => carried += length,
                _ => return,
            },
            read = far.read(&mut down) => match read {
                Ok(length @ 1..) if near.write_all(&down[..length]).await.is_ok() => carried += length,
                _ => return,
            },
        }
    }
}

/// Carries bytes both ways, 512 of them every twentieth of a second.
async fn slow(mut near: TcpStream, hub: u16) {
    let Ok(mut far) = TcpStream::connect(("127.0.0.1", hub)).await else { return };
    let (mut up, mut down) = (vec![0; 512], vec![0; 512]);
    loop {
        tokio::time::sleep(Duration::from_millis(50)).await;
        tokio::select! {
            read = near.read(&mut up) => match read {
                Ok(length @ 1..) if far.write_all(&up[..length]).await.is_ok() => {}
                _ => return,
            },
            read = far.read(&mut down) => match read {
                Ok(length @ 1..) if near.write_all(&down[..length]).await.is_ok() => {}
                _ => return,
            },
        }
    }
}
