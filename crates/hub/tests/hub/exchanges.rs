use chaski_hub::{Hub, HubEvent, Invitee, NewPerson};
use chaski_store::RecordFilter;
use chaski_sync::{EntryKind, Outcome};
use chaski_trust::{Names, Role};

use crate::tablet::Tablet;
use crate::world::{HUANTA, World, noise};

#[tokio::test(flavor = "multi_thread")]
async fn two_tablets_and_the_hub_come_to_hold_the_same() {
    let mut world = World::new().await;
    let mut rosa = Tablet::enrol(&world, &world.ticket(Role::Agent, 0).clone()).await;
    let mut victor = Tablet::enrol(&world, &world.ticket(Role::Agent, 1).clone()).await;
    let visit = rosa.begin(world.form().form.as_str(), world.form().version);
    rosa.sync(&world).await;
    victor.sync(&world).await;

    // Both edit the same visit without a signal: another question each, and one that both touch.
    rosa.answer(visit, "obs", "de Rosa");
    rosa.answer(visit, "uno", "1");
    victor.answer(visit, "obs", "de Víctor");
    victor.answer(visit, "dos", "2");
    for tablet in [&mut rosa, &mut victor] {
        assert_eq!(tablet.sync(&world).await.summary.outcome, Outcome::Complete);
    }
    assert_eq!(rosa.sync(&world).await.summary.outcome, Outcome::Complete);

    world.hub.settle().unwrap();
    let hub = world.hub.record(visit).unwrap().unwrap();
    assert_eq!(hub.conflicts().len(), 1);
    assert_eq!(rosa.text(visit, "dos").as_deref(), Some("2"));
    assert_eq!(victor.text(visit, "uno").as_deref(), Some("1"));
    let hash = world.hub.documents_hash().unwrap();
    assert_eq!((rosa.documents_hash(), victor.documents_hash()), (hash, hash));
    assert_eq!(world.hub.quarantine().unwrap(), []);
    let rows = world.hub.records(&RecordFilter::default()).unwrap();
    assert_eq!((rows.len(), rows[0].project.as_ref().unwrap().as_str()), (1, "NR-050401-01"));
    assert!(world.hub.devices().unwrap().iter().all(|device| device.visit.is_some()));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn records_are_settled_in_the_background() {
    let mut world = World::new().await;
    let mut rosa = Tablet::enrol(&world, &world.ticket(Role::Agent, 0).clone()).await;
    let visit = rosa.begin(world.form().form.as_str(), world.form().version);
    rosa.sync(&world).await;
    world.hears(|event| matches!(event, HubEvent::Settled { .. })).await;
    assert!(world.hub.record(visit).unwrap().is_some());
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_to_sync_takes_one_round_and_at_most_1200_bytes() {
    let mut world = World::new().await;
    let mut rosa = Tablet::enrol(&world, &world.ticket(Role::Agent, 0).clone()).await;
    rosa.begin(world.form().form.as_str(), world.form().version);
    rosa.sync(&world).await;
    rosa.sync(&world).await;
    let session = rosa.sync(&world).await;
    assert_eq!((session.summary.outcome, session.summary.rounds), (Outcome::Complete, 1));
    println!("nothing to sync: {} bytes with all headers", session.bytes);
    assert!(session.bytes <= 1_200, "{} bytes", session.bytes);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_history_comes_in_several_exchanges() {
    let mut world = World::new().await;
    let mut rosa = Tablet::enrol(&world, &world.ticket(Role::Agent, 0).clone()).await;
    let mut victor = Tablet::enrol(&world, &world.ticket(Role::Agent, 1).clone()).await;
    let visit = rosa.begin(world.form().form.as_str(), world.form().version);
    // Random text, so that it does not compress: some megabytes.
    for number in 0..10 {
        rosa.answer(visit, &format!("n{number}"), &noise(240_000));
    }
    let sent = rosa.sync(&world).await;
    assert_eq!(sent.summary.outcome, Outcome::Complete);
    assert!(sent.summary.rounds > 1);
    assert_eq!(victor.sync(&world).await.summary.outcome, Outcome::Complete);
    world.hub.settle().unwrap();
    assert_eq!(world.hub.documents_hash().unwrap(), victor.documents_hash());
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_may_write_is_kept_and_not_applied() {
    let mut world = World::new().await;
    let mut rosa = Tablet::enrol(&world, &world.ticket(Role::Agent, 0).clone()).await;
    let visit = rosa.begin(world.form().form.as_str(), world.form().version);
    let stranger = chaski_values::PersonId::from_bytes([9; 16]);
    rosa.person = stranger;
    rosa.answer(visit, "obs", "de nadie");
    rosa.append(EntryKind::Setting, b"{}".to_vec(), Some(stranger));
    rosa.sync(&world).await;
    world.hub.settle().unwrap();
    let quarantine = world.hub.quarantine().unwrap();
    assert_eq!(quarantine.len(), 2);
    assert!(world.hub.record(visit).unwrap().unwrap().values().keys().all(|key| key.as_str() != "q/T/obs"));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_verifies_and_a_rebuild_gives_the_same_documents() {
    let mut world = World::new().await;
    let mut rosa = Tablet::enrol(&world, &world.ticket(Role::Agent, 0).clone()).await;
    for number in 0..5 {
        let record = rosa.begin(world.form().form.as_str(), world.form().version);
        rosa.answer(record, "obs", &number.to_string());
    }
    rosa.sync(&world).await;
    world.stop().await;
    world.hub.settle().unwrap();
    let hash = world.hub.documents_hash().unwrap();
    let hub = Hub::open(&world.hub_folder()).unwrap();
    let mut told = Vec::new();
    let rebuilt = hub.rebuild(|done, of| told.push((done, of))).unwrap();
    assert_eq!((rebuilt.records, told.last()), (5, Some(&(5, 5))));
    assert_eq!(hub.documents_hash().unwrap(), hash);
    let logs = hub.log_verify().unwrap();
    assert_eq!(logs.len(), 2);
    assert!(logs.iter().all(|log| log.problem.is_none()), "{logs:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_tablets_at_once_come_to_hold_the_same() {
    let tablets: usize = std::env::var("CHASKI_TEST_TABLETS").ok().and_then(|text| text.parse().ok()).unwrap_or(12);
    const RECORDS: usize = 10;
    let world = World::new().await;
    let mut crowd = Vec::new();
    for number in 0..tablets {
        let names = Names::new(&format!("Agente {number}"), "Quispe", None).unwrap();
        let new = NewPerson { names, role: Role::Agent, districts: vec![HUANTA.parse().unwrap()], association: None };
        let invited =
            world.hub.invite(&Invitee::New(new), &chaski_hub::Terms::default(), &world.report.offline).unwrap();
        crowd.push(Tablet::enrol(&world, &invited.ticket).await);
    }
    let world_of_all = std::sync::Arc::new(world);
    let mut sessions = tokio::task::JoinSet::new();
    for mut tablet in crowd {
        let world = std::sync::Arc::clone(&world_of_all);
        sessions.spawn(async move {
            for number in 0..RECORDS {
                let record = tablet.begin(world.form().form.as_str(), world.form().version);
                tablet.answer(record, "obs", &number.to_string());
            }
            let began = std::time::Instant::now();
            let session = tablet.sync(&world).await;
            assert_eq!(session.summary.outcome, Outcome::Complete);
            (tablet, began.elapsed())
        });
    }
    let mut crowd = Vec::new();
    let mut took = Vec::new();
    while let Some(joined) = sessions.join_next().await {
        let (tablet, time) = joined.unwrap();
        crowd.push(tablet);
        took.push(time);
    }
    took.sort();
    println!("{tablets} tablets at once: half within {:?}, all within {:?}", took[tablets / 2], took[tablets - 1]);
    let mut world = std::sync::Arc::into_inner(world_of_all).unwrap();
    world.hub.settle().unwrap();
    let hash = world.hub.documents_hash().unwrap();
    assert_eq!(world.hub.records(&RecordFilter::default()).unwrap().len(), tablets * RECORDS);
    let last = crowd.last_mut().unwrap();
    last.sync(&world).await;
    assert_eq!(last.documents_hash(), hash);
    assert_eq!(world.hub.quarantine().unwrap(), []);
    world.stop().await;
}
