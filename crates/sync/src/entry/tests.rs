use chaski_trust::SigningKey;
use chaski_values::{Partition, RecordId, Timestamp};
use expect_test::expect;
use proptest::prelude::*;

use super::*;
use crate::{Item, RecordChanges, Run, RunError, check_run, verify_run};

fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed(&[seed; 32])
}

fn opening(seed: u8) -> LogOpening {
    let partition: Partition = "050401".parse().unwrap();
    LogOpening::new(key(seed).verifying_key(), partition, [seed; 16])
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// `count` entries of the log of device `seed`, each signed.
pub(crate) fn log_of(seed: u8, count: u8) -> (LogOpening, Vec<StoredEntry>) {
    let opening = opening(seed);
    let mut tip = Tip::of_opening(&opening);
    let entries = (0..count)
        .map(|n| {
            let hlc = tip.hlc.next(Timestamp::from_millis(1_790_000_000_000 + i64::from(n) * 60_000).unwrap());
            let payload = RecordChanges::one(RecordId::from_bytes([n; 16]), vec![n; 40]).to_bytes();
            let author = (!n.is_multiple_of(3)).then(|| PersonId::from_bytes([n % 2; 16]));
            let entry = Entry::after(opening.log(), &tip, hlc, author, EntryKind::RecordChanges, payload).unwrap();
            tip = entry.tip();
            StoredEntry { signature: Some(entry.sign(&key(seed))), entry }
        })
        .collect();
    (opening, entries)
}

pub(crate) fn run_of(entries: &[StoredEntry]) -> Run {
    let last = entries.last().unwrap();
    Run {
        log: last.entry.log(),
        first: entries[0].entry.seq(),
        items: entries
            .iter()
            .map(|StoredEntry { entry, .. }| Item {
                hlc: entry.header().hlc,
                author: entry.header().author,
                kind: entry.header().kind,
                extension: entry.header().extension.clone(),
                payload: entry.payload().to_vec(),
            })
            .collect(),
        signature: last.signature.unwrap(),
    }
}

#[test]
fn the_opening_and_the_first_entry_never_change_a_byte() {
    let (opening, entries) = log_of(1, 2);
    expect!["840158208a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c663035303430315001010101010101010101010101010101"].assert_eq(&hex(opening.as_bytes()));
    expect!["b612c099a8b4c1ecc662c9fa6d4643db"].assert_eq(&opening.log().to_string());
    expect!["880150b612c099a8b4c1ecc662c9fa6d4643db015820b612c099a8b4c1ecc662c9fa6d4643dbd8e632284e965ea0153d784b91a9b8ad1b01a0c4506c000000f6015820ae5c9c132fd04f400e11fa3625dee6deb552b1fb2a76315641b6e1099a75c30a"].assert_eq(&hex(&entries[0].entry.header().to_bytes()));
    expect!["880150b612c099a8b4c1ecc662c9fa6d4643db0258204e91c7c77880fe2711b1d6dbff2b54dbb6cb204761289618ac352389be2a655d1b01a0c451566000005001010101010101010101010101010101015820464f2b225b91af4c058dbc783eec7f80b23a388fec53807d16c48af70caf8222"].assert_eq(&hex(&entries[1].entry.header().to_bytes()));
    expect!["421389ab9209e47fb244d2e421998557f5bca2b09fb806e8f95849ae3a29bfad"]
        .assert_eq(&entries[1].entry.hash().to_string());
    expect!["ecee616967dec817aa6b6774c359f686870d9eee464ce92d6b135af16376dd0d5b34ccc19ca9fbab03288215ad12f021b4e2614ada3af0dcc4451a0cb03d2508"].assert_eq(&hex(entries[1].signature.unwrap().as_bytes()));
}

#[test]
fn an_opening_keeps_what_a_newer_version_added() {
    let opening = opening(3);
    let mut bytes = opening.as_bytes().to_vec();
    bytes[0] = 0x85;
    bytes.extend([0x18, 0x2a]);
    let newer = LogOpening::from_bytes(&bytes).unwrap();
    assert_eq!(newer.as_bytes(), bytes);
    assert_eq!(newer.partition(), opening.partition());
    assert_ne!(newer.log(), opening.log());
}

#[test]
fn a_header_keeps_what_a_newer_version_added_under_its_hash() {
    let (opening, entries) = log_of(1, 1);
    let mut header = entries[0].entry.header().clone();
    header.extension = vec![1, 2, 3];
    assert_ne!(header.hash(), entries[0].entry.hash());
    assert_eq!(EntryHeader::from_bytes(&header.to_bytes()).unwrap(), header);
    assert_eq!(opening.log(), header.log);
}

#[test]
fn a_run_signed_at_its_end_alone_gives_back_the_same_entries() {
    let (opening, entries) = log_of(1, 9);
    let verified = verify_run(&opening, &Tip::of_opening(&opening), &run_of(&entries)).unwrap();
    assert!(verified.iter().zip(&entries).all(|(ours, theirs)| ours.entry == theirs.entry));
    let middle = verify_run(&opening, &entries[3].entry.tip(), &run_of(&entries[4..7])).unwrap();
    assert_eq!(middle.last().unwrap(), &entries[6]);
    assert_eq!(middle[0].signature, None);
}

#[test]
fn any_change_to_a_run_is_noticed() {
    let (opening, entries) = log_of(1, 3);
    let start = Tip::of_opening(&opening);
    let refused = |change: fn(&mut Run)| {
        let mut run = run_of(&entries);
        change(&mut run);
        assert!(matches!(verify_run(&opening, &start, &run), Err(RunError::BadSignature { .. })));
    };
    refused(|run| run.items[0].payload[5] ^= 1);
    refused(|run| run.items[1].author = None);
    refused(|run| run.items[1].hlc = Hlc::from_u64(7));
    refused(|run| run.items[1].kind = EntryKind::Unknown(99));
    refused(|run| run.items[1].extension = vec![0]);
    refused(|run| run.items.swap(0, 1));
    refused(|run| {
        run.items.pop();
    });
}

#[test]
fn what_is_held_already_is_left_out() {
    let (opening, entries) = log_of(1, 6);
    let tip = entries[3].entry.tip();
    let held = |seq: u64| entries.get(seq as usize - 1).map(|stored| stored.entry.hash());
    let check = |from: usize, to: usize| check_run(&opening, &tip, held, &run_of(&entries[from..to])).unwrap();
    assert_eq!((check(1, 6).new.len(), check(1, 6).known), (2, 3));
    assert_eq!((check(4, 6).new.len(), check(4, 6).known), (2, 0));
    assert_eq!((check(0, 4).new.len(), check(0, 4).known), (0, 4));
    let gap = check_run(&opening, &tip, held, &run_of(&entries[5..6])).unwrap_err();
    assert_eq!(gap, RunError::Gap { log: opening.log(), first: 6, held: 4 });
}

#[test]
fn a_cloned_device_that_went_on_is_a_fork_with_its_proof() {
    let (opening, entries) = log_of(1, 4);
    let clone_tip = entries[1].entry.tip();
    let other = Entry::after(opening.log(), &clone_tip, clone_tip.hlc, None, EntryKind::Setting, vec![1]).unwrap();
    let branch = [StoredEntry { signature: Some(other.sign(&key(1))), entry: other }];
    let held = |seq: u64| entries.get(seq as usize - 1).map(|stored| stored.entry.hash());
    let error = check_run(&opening, &entries[3].entry.tip(), held, &run_of(&branch)).unwrap_err();
    let RunError::Fork(fork) = error else { panic!("{error}") };
    assert_eq!((fork.seq, fork.ours), (3, entries[2].entry.hash()));
    assert_eq!(fork.theirs, branch);
}

#[test]
fn a_kind_of_a_newer_version_is_carried_all_the_same() {
    let opening = opening(5);
    let tip = Tip::of_opening(&opening);
    let entry =
        Entry::after(opening.log(), &tip, Hlc::from_u64(1), None, EntryKind::from_code(4_000), vec![0xff; 9]).unwrap();
    let stored = StoredEntry { signature: Some(entry.sign(&key(5))), entry };
    let verified = verify_run(&opening, &tip, &run_of(std::slice::from_ref(&stored))).unwrap();
    assert_eq!(verified, [stored]);
    assert_eq!(verified[0].entry.header().kind, EntryKind::Unknown(4_000));
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_survived(bytes: Vec<u8>) {
        let _ = EntryHeader::from_bytes(&bytes);
        let _ = LogOpening::from_bytes(&bytes);
        let _ = RecordChanges::from_bytes(&bytes);
    }

    #[test]
    fn damaged_headers_are_survived_and_never_alias(at in 0usize..140, with: u8) {
        let header = log_of(1, 1).1[0].entry.header().clone();
        let mut bytes = header.to_bytes();
        if let Some(byte) = bytes.get_mut(at) {
            *byte = with;
        }
        if let Ok(read) = EntryHeader::from_bytes(&bytes) {
            prop_assert_eq!(read.to_bytes(), bytes);
        }
    }
}
