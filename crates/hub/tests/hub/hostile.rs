use std::time::{Duration, Instant};

use chaski_hub::HubEvent;
use chaski_sync::{Outcome, Refusal};
use chaski_trust::Role;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::client::{connect, head, parse, post, read_answer, request};
use crate::tablet::Tablet;
use crate::world::{World, impatient, noise};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_request_is_refused_with_its_reason() {
    let mut world = World::new().await;
    let at = world.address;
    let health = request(at, "GET", "/v1/health", b"", "").await;
    assert_eq!(health.status, 200);
    assert!(!health.headers.contains("date:") && !health.headers.contains("server:"), "{}", health.headers);
    for (method, path, body, status, code) in [
        ("GET", "/", &b""[..], 404, "not_found"),
        ("GET", "/v1/sync", b"", 405, "method_not_allowed"),
        ("POST", "/v1/enrol", b"", 400, "enrol_malformed"),
        ("POST", "/v1/enrol", b"\xff\x00garbage", 400, "enrol_malformed"),
        ("POST", "/v1/enrol", &[0x82; 100_000], 413, "too_large"),
        ("GET", "/v1/console/devices", b"", 401, "console_token"),
    ] {
        let answer = request(at, method, path, body, "").await;
        assert_eq!((answer.status, answer.code().as_str()), (status, code), "{method} {path}");
    }
    world.stop().await;
}

/// What the hub said to a body, as a tablet reads it.
async fn refusal(world: &mut World, body: &[u8]) -> &'static str {
    let answer = post(world.address, "/v1/sync", body).await;
    assert_eq!(answer.status, 200);
    assert!(!answer.body.is_empty());
    match world.hears(|event| matches!(event, HubEvent::ExchangeRefused { .. })).await {
        HubEvent::ExchangeRefused { code, .. } => code,
        other => panic!("{other:?}"),
    }
}

/// Where a greeting's body begins: after the preamble, its kind, and a length of two bytes.
const GREETING_AT: usize = 9;

#[tokio::test(flavor = "multi_thread")]
async fn a_malformed_or_oversized_exchange_is_refused_in_the_protocols_words() {
    let mut world = World::new().await;
    let mut rosa = Tablet::enrol(&world, &world.ticket(Role::Agent, 0).clone()).await;
    rosa.begin(world.form().form.as_str(), world.form().version);
    let honest = rosa.request(&mut rosa.client());

    assert_eq!(refusal(&mut world, b"GET / HTTP/1.1").await, Refusal::Malformed.code());
    assert_eq!(refusal(&mut world, &honest[..honest.len() / 2]).await, Refusal::Malformed.code());
    // A greeting that says it has a gigabyte.
    let mut bomb = honest[..8].to_vec();
    bomb.extend([0xff; 64]);
    let code = refusal(&mut world, &bomb).await;
    assert!([Refusal::Malformed.code(), Refusal::TooLarge.code()].contains(&code), "{code}");
    // Nine megabytes after an honest beginning.
    let mut flood = honest[..honest.len() / 2].to_vec();
    flood.resize(9 << 20, 0);
    let code = refusal(&mut world, &flood).await;
    assert!([Refusal::Malformed.code(), Refusal::TooLarge.code()].contains(&code), "{code}");

    // Each byte of the greeting matters: beside its preamble, kind and length it is all under the device's signature.
    let greeting =
        GREETING_AT + usize::from(honest[GREETING_AT - 2] & 0x7f) + (usize::from(honest[GREETING_AT - 1]) << 7);
    assert!(greeting < honest.len() && honest[GREETING_AT - 2] & 0x80 != 0, "a length of two bytes");
    for at in [0, 1, 4].into_iter().chain((GREETING_AT..greeting).step_by(37)) {
        let mut spoilt = honest.clone();
        spoilt[at] ^= 0x55;
        refusal(&mut world, &spoilt).await;
    }
    assert_eq!(rosa.sync(&world).await.summary.outcome, Outcome::Complete);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_too_slow_is_let_go() {
    let mut world = World::within(impatient()).await;
    // Headers that never end.
    let (mut stream, _) = connect(world.address).await;
    stream.write_all(b"POST /v1/sync HTTP/1.1\r\nhost: a\r\n").await.unwrap();
    let began = Instant::now();
    let mut rest = Vec::new();
    let _ = stream.read_to_end(&mut rest).await;
    assert!(began.elapsed() < Duration::from_secs(10));

    // A connection that says nothing.
    let (mut stream, _) = connect(world.address).await;
    let _ = stream.read_to_end(&mut rest).await;

    // No TLS at all.
    let mut stream = tokio::net::TcpStream::connect(world.address).await.unwrap();
    let _ = stream.read_to_end(&mut rest).await;

    // A body that never comes.
    let (mut stream, key) = connect(world.address).await;
    stream.write_all(head("POST", "/v1/sync", 1_000, "connection: close\r\n").as_bytes()).await.unwrap();
    let answer = read_answer(&mut stream, key).await;
    assert_eq!((answer.status, answer.code().as_str()), (408, "too_slow"));

    // A body that comes a byte at a time.
    let (stream, key) = connect(world.address).await;
    let (mut reading, mut writing) = tokio::io::split(stream);
    let trickle = tokio::spawn(async move {
        let _ = writing.write_all(head("POST", "/v1/enrol", 4_000, "connection: close\r\n").as_bytes()).await;
        let mut tick = tokio::time::interval(Duration::from_millis(50));
        while writing.write_all(b"x").await.is_ok() && writing.flush().await.is_ok() {
            tick.tick().await;
        }
    });
    let mut raw = Vec::new();
    let _ = reading.read_to_end(&mut raw).await;
    assert_eq!(parse(&raw, key).code(), "too_slow");
    trickle.abort();
    assert_eq!(request(world.address, "GET", "/v1/health", b"", "").await.status, 200);
    world.stop().await;
}

/// A greeting that comes fast enough and never ends: whoever has not shown who they are by then is let go.
#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_has_little_time() {
    let limits = chaski_hub::ServeLimits { acquaintance: Duration::from_secs(1), ..impatient() };
    let mut world = World::within(limits).await;
    let mut rosa = Tablet::enrol(&world, &world.ticket(Role::Agent, 0).clone()).await;
    let honest = rosa.request(&mut rosa.client());
    let (mut stream, _) = connect(world.address).await;
    let mut begun = honest[..6].to_vec();
    begun.extend([1, 0xa0, 0xc2, 0x1e]);
    stream.write_all(head("POST", "/v1/sync", 600_000, "").as_bytes()).await.unwrap();
    stream.write_all(&begun).await.unwrap();
    let (began, mut sent) = (Instant::now(), 0);
    let mut tick = tokio::time::interval(Duration::from_millis(50));
    while stream.write_all(&[0x41; 2_000]).await.is_ok() && stream.flush().await.is_ok() {
        sent += 2_000;
        assert!(sent < 450_000, "it was never let go");
        tick.tick().await;
    }
    assert!(began.elapsed() >= Duration::from_millis(900), "{:?}", began.elapsed());
    assert_eq!(rosa.sync(&world).await.summary.outcome, Outcome::Complete);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_before_a_cut_stands() {
    let mut world = World::new().await;
    let mut rosa = Tablet::enrol(&world, &world.ticket(Role::Agent, 0).clone()).await;
    rosa.sync(&world).await;
    let visit = rosa.begin(world.form().form.as_str(), world.form().version);
    for number in 0..8 {
        rosa.answer(visit, &format!("n{number}"), &noise(20_000));
    }
    let body = rosa.request(&mut rosa.client());
    let before = world.hub.count_entries().unwrap();
    let (mut stream, _) = connect(world.address).await;
    stream.write_all(head("POST", "/v1/sync", body.len(), "").as_bytes()).await.unwrap();
    stream.write_all(&body[..body.len() * 3 / 4]).await.unwrap();
    stream.flush().await.unwrap();
    // Frames are taken in while the request still comes.
    world.hears(|event| matches!(event, HubEvent::Settled { .. })).await;
    assert!(world.hub.count_entries().unwrap() > before);
    drop(stream);
    let cut = world.hears(|event| matches!(event, HubEvent::ExchangeCut { .. })).await;
    let HubEvent::ExchangeCut { new, .. } = cut else { unreachable!() };
    assert!(new > 0, "what came stands");

    let rest = rosa.sync(&world).await;
    assert_eq!(rest.summary.outcome, Outcome::Complete);
    world.hub.settle().unwrap();
    assert_eq!(world.hub.documents_hash().unwrap(), rosa.documents_hash());
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_console_reads_and_only_with_its_token() {
    let mut world = World::new().await;
    let mut rosa = Tablet::enrol(&world, &world.ticket(Role::Agent, 0).clone()).await;
    rosa.begin(world.form().form.as_str(), world.form().version);
    rosa.sync(&world).await;
    world.hub.settle().unwrap();
    let token = std::fs::read_to_string(world.hub_folder().join("keys/console.token")).unwrap();
    let get = async |path: &str, token: &str| {
        let further = format!("authorization: Bearer {token}\r\n");
        request(world.address, "GET", path, b"", &further).await
    };
    let devices: serde_json::Value = serde_json::from_slice(&get("/v1/console/devices", &token).await.body).unwrap();
    assert_eq!(devices["devices"][0]["name"], "Tableta");
    assert_eq!(devices["devices"][0]["lastSync"]["new"], 1);
    let records: serde_json::Value = serde_json::from_slice(&get("/v1/console/records", &token).await.body).unwrap();
    assert_eq!(records["records"], 1);
    assert_eq!(records["forms"][world.form().form.as_str()]["records"], 1);
    let quarantine = get("/v1/console/quarantine", &token).await;
    assert_eq!(quarantine.body, br#"{"entries":[]}"#);
    assert_eq!(get("/v1/console/devices", "other").await.status, 401);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exchange_under_way_is_finished_when_the_hub_stops() {
    let mut world = World::new().await;
    let mut rosa = Tablet::enrol(&world, &world.ticket(Role::Agent, 0).clone()).await;
    rosa.begin(world.form().form.as_str(), world.form().version);
    let mut client = rosa.client();
    let body = rosa.request(&mut client);
    let (mut stream, key) = connect(world.address).await;
    let half = body.len() / 2;
    // The hub says so when it begins to read the body.
    let expecting = "connection: close\r\nexpect: 100-continue\r\n";
    stream.write_all(head("POST", "/v1/sync", body.len(), expecting).as_bytes()).await.unwrap();
    stream.flush().await.unwrap();
    let mut continued = [0; b"HTTP/1.1 100 Continue\r\n\r\n".len()];
    stream.read_exact(&mut continued).await.unwrap();
    stream.write_all(&body[..half]).await.unwrap();
    stream.flush().await.unwrap();
    let stopping = world.tell_to_stop();
    // Nobody new is let in.
    while tokio::net::TcpStream::connect(world.address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    stream.write_all(&body[half..]).await.unwrap();
    stream.flush().await.unwrap();
    let answer = read_answer(&mut stream, key).await;
    assert_eq!(answer.status, 200);
    rosa.take(&mut client, answer.body);
    stopping.await.unwrap().unwrap();
    assert_eq!(world.hub.devices().unwrap()[0].visit.unwrap().new, 1);
}

/// Strangers that each make the hub hold as much as it lets them.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn memory_stays_bounded_and_others_are_served() {
    let mut world = World::new().await;
    let mut rosa = Tablet::enrol(&world, &world.ticket(Role::Agent, 0).clone()).await;
    let greeting = rosa.request(&mut rosa.client());
    let before = resident();
    let mut strangers = Vec::new();
    for _ in 0..100 {
        let (mut stream, _) = connect(world.address).await;
        // An honest preamble, and a greeting of half a megabyte that comes but for its last bytes.
        let mut body = greeting[..6].to_vec();
        body.extend([1, 0xa0, 0xc2, 0x1e]);
        body.resize(500_000, 0x41);
        stream.write_all(head("POST", "/v1/sync", 600_000, "").as_bytes()).await.unwrap();
        stream.write_all(&body).await.unwrap();
        stream.flush().await.unwrap();
        strangers.push(stream);
    }
    let began = Instant::now();
    assert_eq!(rosa.sync(&world).await.summary.outcome, Outcome::Complete);
    let served = began.elapsed();
    let grown = resident().saturating_sub(before);
    assert!(grown < 256 << 20, "{grown} bytes");
    assert!(served < Duration::from_secs(20), "{served:?}");
    // The hub holds what each of them sent: none was answered or let go.
    assert!(grown > 100 * 400_000, "{grown} bytes");
    for stream in &mut strangers {
        let heard = tokio::time::timeout(Duration::from_millis(1), stream.read(&mut [0])).await;
        assert!(heard.is_err(), "{heard:?}");
    }
    drop(strangers);
    world.stop().await;
}

#[cfg(target_os = "linux")]
fn resident() -> u64 {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap();
    let pages: u64 = text.split(' ').nth(1).unwrap().parse().unwrap();
    pages * 4_096
}
