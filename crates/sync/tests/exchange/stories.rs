use chaski_sync::*;
use chaski_trust::SigningKey;
use chaski_values::Partition;

use crate::world::*;

/// A programme with a hub, Rosa's tablet and Julio's, both of Huanta.
fn huanta() -> (Programme, Hub, Tablet, Tablet) {
    let mut programme = Programme::new();
    let hub = programme.hub(100);
    let rosa = programme.tablet(&hub, 1, &[HUANTA]);
    let julio = programme.tablet(&hub, 2, &[HUANTA]);
    (programme, hub, rosa, julio)
}

fn sync_soundly(programme: &Programme, tablet: &mut Tablet, hub: &mut Hub) -> Summary {
    let summary = sync(programme, tablet, hub, &mut Link::sound());
    assert_eq!(summary.outcome, Outcome::Complete, "{summary:?}");
    summary
}

fn assert_same(tablet: &Tablet, hub: &Hub) {
    for partition in &tablet.serves {
        assert!(tablet.store.contents(*partition) == hub.store.contents(*partition), "{partition} differs");
    }
}

#[test]
fn rosa_and_julio_work_without_signal_and_meet_at_the_hub() {
    let (programme, mut hub, mut rosa, mut julio) = huanta();
    hub.publish(EntryKind::Form, b"visita".repeat(50));
    for n in 0..20 {
        rosa.save(HUANTA, &format!("rosa {n}"));
        julio.save(HUANTA, &format!("julio {n}"));
    }
    let first = sync_soundly(&programme, &mut rosa, &mut hub);
    assert_eq!((first.rounds, first.progress.sent.entries, first.new), (1, 20, 1));
    let second = sync_soundly(&programme, &mut julio, &mut hub);
    assert_eq!((second.rounds, second.progress.sent.entries, second.new), (1, 20, 21));
    let third = sync_soundly(&programme, &mut rosa, &mut hub);
    assert_eq!((third.rounds, third.progress.sent.entries, third.new), (1, 0, 20));
    assert_same(&rosa, &hub);
    assert_same(&julio, &hub);
    assert_eq!(third.hub_time, Some(at(1)));
}

#[test]
fn progress_counts_up_to_what_was_announced() {
    let (programme, mut hub, mut rosa, mut julio) = huanta();
    for n in 0..30 {
        rosa.save(HUANTA, &format!("rosa {n}"));
        julio.save(HUANTA, &format!("julio {n}"));
    }
    sync_soundly(&programme, &mut rosa, &mut hub);
    let mut link = Link::sound();
    let progress = sync(&programme, &mut julio, &mut hub, &mut link).progress;
    assert_eq!((progress.to_send, progress.sent.entries), (30, 30));
    assert_eq!((progress.to_receive, progress.received.entries), (30, 30));
    assert_eq!((progress.sent.bytes, progress.received.bytes), (link.up as u64, link.down as u64));
}

#[test]
fn what_rosa_wrote_reaches_julio_with_one_signature_and_can_be_passed_on() {
    let (mut programme, mut hub, mut rosa, mut julio) = huanta();
    for n in 0..5 {
        rosa.save(HUANTA, &format!("rosa {n}"));
    }
    sync_soundly(&programme, &mut rosa, &mut hub);
    sync_soundly(&programme, &mut julio, &mut hub);
    // Another hub, to which Julio goes before Rosa does.
    let mut office = programme.hub(101);
    julio.acknowledged = Vector::default();
    sync_soundly(&programme, &mut julio, &mut office);
    assert_eq!(office.store.contents(district(HUANTA)), rosa.store.contents(district(HUANTA)));
}

#[test]
fn an_entry_of_a_newer_version_is_relayed_untouched() {
    let (programme, mut hub, mut rosa, mut julio) = huanta();
    rosa.save_payload(HUANTA, EntryKind::Unknown(700), vec![1, 2, 3]);
    rosa.save(HUANTA, "rosa");
    sync_soundly(&programme, &mut rosa, &mut hub);
    sync_soundly(&programme, &mut julio, &mut hub);
    assert_same(&julio, &hub);
    assert_eq!(julio.store.count(district(HUANTA)), 2);
}

#[test]
fn the_hub_comes_back_from_last_weeks_backup_and_the_tablets_bring_what_it_forgot() {
    let (programme, mut hub, mut rosa, mut julio) = huanta();
    rosa.save(HUANTA, "lunes");
    sync_soundly(&programme, &mut rosa, &mut hub);
    let backup = hub.store.clone();
    for n in 0..10 {
        rosa.save(HUANTA, &format!("martes {n}"));
        julio.save(HUANTA, &format!("jueves {n}"));
    }
    sync_soundly(&programme, &mut rosa, &mut hub);
    sync_soundly(&programme, &mut julio, &mut hub);
    let before = hub.store.contents(district(HUANTA));

    hub.store = backup;
    let summary = sync_soundly(&programme, &mut julio, &mut hub);
    assert_eq!(summary.rounds, 2, "the first shows what the hub forgot, the second brings it");
    assert_eq!(hub.store.contents(district(HUANTA)), before, "Rosa's work too, from Julio's tablet");
    sync_soundly(&programme, &mut rosa, &mut hub);
}

#[test]
fn a_tablet_restored_from_a_backup_is_told_to_stop_and_given_what_it_lost() {
    let (programme, mut hub, mut rosa, _) = huanta();
    rosa.save(HUANTA, "antes");
    sync_soundly(&programme, &mut rosa, &mut hub);
    let backup = rosa.clone();
    rosa.save(HUANTA, "después");
    sync_soundly(&programme, &mut rosa, &mut hub);

    let mut restored = backup;
    let summary = sync(&programme, &mut restored, &mut hub, &mut Link::sound());
    let Outcome::Frozen { log, theirs: Frozen::Ahead(head), .. } = summary.outcome else { panic!("{summary:?}") };
    assert_eq!((log, head.seq), (rosa.log(HUANTA), 2));
    assert_same(&restored, &hub);
}

#[test]
fn a_cloned_tablet_that_went_on_is_frozen_and_both_branches_are_kept() {
    let (programme, mut hub, mut rosa, _) = huanta();
    rosa.save(HUANTA, "uno");
    sync_soundly(&programme, &mut rosa, &mut hub);
    let mut clone = rosa.clone();
    rosa.save(HUANTA, "dos, en la tableta");
    sync_soundly(&programme, &mut rosa, &mut hub);
    clone.save(HUANTA, "dos, en la copia");
    clone.save(HUANTA, "tres, en la copia");

    let summary = sync(&programme, &mut clone, &mut hub, &mut Link::sound());
    let Outcome::Frozen { log, theirs: Frozen::Forked { seq }, .. } = summary.outcome else { panic!("{summary:?}") };
    assert_eq!((log, seq), (rosa.log(HUANTA), 2));
    let [fork] = hub.store.forks.as_slice() else { panic!("the hub keeps the proof") };
    assert_eq!((fork.seq, fork.theirs.len()), (2, 2));
    assert_same(&rosa, &hub);

    // With as many entries as the hub has, it is the heads that differ.
    let mut even = clone.clone();
    even.push = Push::AfterVector;
    let mut hub_of_two = hub.clone();
    rosa.save(HUANTA, "tres, en la tableta");
    sync_soundly(&programme, &mut rosa, &mut hub_of_two);
    let summary = sync(&programme, &mut even, &mut hub_of_two, &mut Link::sound());
    assert!(matches!(summary.outcome, Outcome::Frozen { theirs: Frozen::Forked { seq: 3 }, .. }), "{summary:?}");
}

#[test]
fn another_devices_fork_is_told_and_the_rest_goes_on() {
    let (programme, mut hub, mut rosa, mut julio) = huanta();
    rosa.save(HUANTA, "uno");
    let mut clone = rosa.clone();
    rosa.save(HUANTA, "dos");
    clone.save(HUANTA, "otro dos");
    let mut office = hub.clone();
    sync_soundly(&programme, &mut rosa, &mut hub);
    sync_soundly(&programme, &mut clone, &mut office);
    sync_soundly(&programme, &mut julio, &mut hub);
    julio.save(HUANTA, "julio");
    let summary = sync(&programme, &mut julio, &mut office, &mut Link::sound());
    assert_eq!(summary.outcome, Outcome::Complete);
    let forked = Problem { log: rosa.log(HUANTA), code: ProblemCode::Forked, seq: 2 };
    assert_eq!(summary.problems, [forked].into());
    assert_eq!(office.store.count(district(HUANTA)), 3, "Julio's own entry arrived");
}

#[test]
fn a_tablet_gets_no_other_district() {
    let (mut programme, mut hub, mut rosa, _) = huanta();
    let mut ana = programme.tablet(&hub, 3, &[ANCO]);
    rosa.save(HUANTA, "secreto de huanta");
    sync_soundly(&programme, &mut rosa, &mut hub);
    ana.serves.insert(district(HUANTA));
    ana.save(HUANTA, "ana se mete");
    ana.save(ANCO, "ana en lo suyo");
    let summary = sync(&programme, &mut ana, &mut hub, &mut Link::sound());
    assert_eq!(summary.denied, [(district(HUANTA), Denied::Everything)].into());
    assert_eq!(ana.store.count(district(HUANTA)), 1, "only her own");
    assert_eq!(hub.store.count(district(HUANTA)), 1, "only Rosa's");
    assert_eq!(hub.store.count(district(ANCO)), 1);
}

#[test]
fn late_work_from_a_former_district_is_taken_and_nothing_given() {
    let (mut programme, mut hub, mut rosa, mut julio) = huanta();
    julio.save(HUANTA, "julio");
    sync_soundly(&programme, &mut julio, &mut hub);
    rosa.save(HUANTA, "trabajo tardío");
    programme.reassign(&hub, &mut rosa, 1, &[ANCO]);
    let summary = sync_soundly(&programme, &mut rosa, &mut hub);
    assert_eq!(summary.denied, [(district(HUANTA), Denied::Receiving)].into());
    assert_eq!((rosa.store.count(district(HUANTA)), hub.store.count(district(HUANTA))), (1, 2));
    assert_eq!(rosa.acknowledged.partition(district(HUANTA)).unwrap().0.len(), 1);
}

#[test]
fn a_stranger_an_impostor_and_a_revoked_tablet_are_refused_by_code() {
    let (mut programme, mut hub, mut rosa, mut julio) = huanta();
    let mut refused = |tablet: &mut Tablet, programme: &Programme, expected: Refusal| {
        let before = hub.store.contents(district(HUANTA));
        tablet.save(HUANTA, "a ver");
        let summary = sync(programme, tablet, &mut hub, &mut Link::sound());
        assert_eq!(summary.outcome, Outcome::Refused(expected));
        assert_eq!(hub.store.contents(district(HUANTA)), before, "nothing is stored");
    };
    let other_programme_hub = Hub { key: SigningKey::from_seed(&[77; 32]), store: Store::default(), budget: 1 };
    let certificate = programme.certify(&other_programme_hub, 9, &[HUANTA], at(100));
    refused(&mut Tablet::new(9, certificate, &[HUANTA]), &programme, Refusal::Uncertified);

    let mut impostor = rosa.clone();
    impostor.certificate = julio.certificate.clone();
    impostor.key = SigningKey::from_seed(&[66; 32]);
    refused(&mut impostor, &programme, Refusal::Uncertified);

    programme.revoke(&julio);
    refused(&mut julio, &programme, Refusal::Revoked);
    sync_soundly(&programme, &mut rosa, &mut hub);
}

#[test]
fn an_expired_certificate_is_named_as_such() {
    let mut programme = Programme::new();
    let mut hub = programme.hub(100);
    let certificate = programme.certify(&hub, 1, &[HUANTA], at(0));
    let mut rosa = Tablet::new(1, certificate, &[HUANTA]);
    rosa.save(HUANTA, "uno");
    let summary = sync(&programme, &mut rosa, &mut hub, &mut Link::sound());
    assert_eq!(summary.outcome, Outcome::Refused(Refusal::CertificateExpired));
}

#[test]
fn a_hub_that_forgot_the_tablet_asks_for_its_certificate_once() {
    let mut programme = Programme::new();
    let mut hub = programme.hub(100);
    let certificate = programme.certify(&hub, 1, &[HUANTA], at(500));
    let mut rosa = Tablet::new(1, certificate, &[HUANTA]);
    rosa.save(HUANTA, "uno");
    let known = rosa.vector();
    rosa.acknowledged = Vector([(Partition::Programme, PartitionVector::default())].into());
    let summary = sync_soundly(&programme, &mut rosa, &mut hub);
    assert_eq!(summary.rounds, 2);
    assert_eq!(rosa.acknowledged, known);
}

#[test]
fn a_hub_of_another_time_is_refused_with_both_ranges() {
    let (programme, hub, mut rosa, _) = huanta();
    let mut server = hub.server(&programme);
    let answer = serve(&mut Store::default(), &mut server, ServerEvent::Received(b"chsk\x07\x09".to_vec()));
    assert_eq!(&answer[..7], b"chsk\x00\x01\x01");

    let mut client = rosa.client(&programme, &hub);
    rosa.save(HUANTA, "uno");
    client.step(at(1), ClientEvent::Round(rosa.round()));
    let effects = client.step(at(1), ClientEvent::Received(b"chsk\x00\x07\x09".to_vec()));
    let [ClientEffect::Done(summary)] = effects.as_slice() else { panic!("{effects:?}") };
    let theirs = Versions { least: 7, most: 9 };
    assert_eq!(summary.outcome, Outcome::Refused(Refusal::Version { theirs, ours: Versions::OURS }));
}

#[test]
fn a_wrong_hub_is_found_out_on_both_sides() {
    let (mut programme, mut hub, mut rosa, _) = huanta();
    let office = programme.hub(101);
    rosa.save(HUANTA, "uno");
    // The request was meant for the office.
    let mut client = rosa.client(&programme, &office);
    let mut server = hub.server(&programme);
    let mut answer = Vec::new();
    for effect in client.step(at(1), ClientEvent::Round(rosa.round())) {
        if let ClientEffect::Send(bytes) = effect {
            answer.extend(serve(&mut hub.store, &mut server, ServerEvent::Received(bytes)));
        }
    }
    let effects = client.step(at(1), ClientEvent::Received(answer));
    let [ClientEffect::Done(summary)] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!(summary.outcome, Outcome::Refused(Refusal::WrongHub));
}

#[test]
fn a_long_absence_is_caught_up_in_bounded_exchanges() {
    let (programme, mut hub, mut rosa, mut julio) = huanta();
    let mut dice = Dice(7);
    for _ in 0..120 {
        rosa.save_payload(HUANTA, EntryKind::RecordChanges, dice.bytes(2_000));
        julio.save_payload(HUANTA, EntryKind::RecordChanges, dice.bytes(2_000));
    }
    rosa.budget = 50_000;
    hub.budget = 40_000;
    let mut link = Link::sound();
    let summary = sync(&programme, &mut rosa, &mut hub, &mut link);
    assert_eq!((summary.outcome.clone(), summary.rounds), (Outcome::Complete, 4), "{summary:?}");
    let summary = sync(&programme, &mut julio, &mut hub, &mut link);
    assert_eq!(summary.outcome, Outcome::Complete);
    assert!((5..=8).contains(&summary.rounds), "{}", summary.rounds);
    assert_same(&julio, &hub);
}

#[test]
fn after_a_cut_nothing_is_sent_twice() {
    let (programme, mut hub, mut rosa, _) = huanta();
    let mut dice = Dice(11);
    for _ in 0..40 {
        rosa.save_payload(HUANTA, EntryKind::RecordChanges, dice.bytes(2_000));
    }
    let mut whole = Link::sound();
    sync(&programme, &mut rosa.clone(), &mut hub.clone(), &mut whole);
    let mut first = Link::cut_after(whole.up / 2);
    let summary = sync(&programme, &mut rosa, &mut hub, &mut first);
    assert_eq!(summary.outcome, Outcome::Interrupted);
    let arrived = hub.store.count(district(HUANTA));
    assert!(arrived > 10, "{arrived} entries came before the cut");
    let mut second = Link::sound();
    let summary = sync(&programme, &mut rosa, &mut hub, &mut second);
    assert_eq!((summary.outcome, summary.rounds), (Outcome::Complete, 2));
    assert_eq!(summary.progress.sent.entries as usize, 40 - arrived);
    // At most one frame and the greetings were for nothing.
    assert!(first.up + second.up < whole.up + 18_000, "{} + {} of {}", first.up, second.up, whole.up);
}

#[test]
fn a_full_disk_at_the_hub_is_said_and_at_the_tablet_kept_in_mind() {
    let (programme, hub, mut rosa, _) = huanta();
    rosa.save(HUANTA, "uno");
    let mut server = hub.server(&programme);
    let mut client = rosa.client(&programme, &hub);
    let mut answer = Vec::new();
    let mut effects = client.step(at(1), ClientEvent::Round(rosa.round()));
    let Some(ClientEffect::Load(wanted)) = effects.pop() else { panic!() };
    effects.extend(client.step(at(1), ClientEvent::Loaded(rosa.store.load(&wanted))));
    for effect in effects {
        let ClientEffect::Send(bytes) = effect else { continue };
        for effect in server.step(at(1), ServerEvent::Received(bytes)) {
            if let ServerEffect::Ingest(_) = effect {
                for effect in server.step(at(1), ServerEvent::StoreFailed) {
                    if let ServerEffect::Send(bytes) = effect {
                        answer.extend(bytes);
                    }
                }
            }
        }
    }
    let effects = client.step(at(1), ClientEvent::Received(answer));
    let Some(ClientEffect::Done(summary)) = effects.last() else { panic!("{effects:?}") };
    assert_eq!(summary.outcome, Outcome::Refused(Refusal::Unavailable));
    assert_eq!(summary.next_push(), Push::AfterVector);
}

#[test]
fn a_busy_hub_says_when_to_come_back() {
    let (programme, hub, mut rosa, _) = huanta();
    let mut client = rosa.client(&programme, &hub);
    client.step(at(1), ClientEvent::Round(rosa.round()));
    let busy = Refusal::Busy { retry_after_seconds: 30 };
    let effects = client.step(at(1), ClientEvent::Received(refusal_response(&busy)));
    let [ClientEffect::Done(summary)] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!(summary.outcome, Outcome::Refused(busy));
}
