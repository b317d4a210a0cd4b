use expect_test::expect;
use proptest::prelude::*;

use super::*;
use crate::entry::tests::{log_of, run_of};
use crate::{StoredEntry, Tip, verify_run};

fn district() -> Partition {
    "050401".parse().unwrap()
}

fn frame_of(seed: u8, count: u8) -> Frame {
    Frame { partition: district(), runs: vec![run_of(&log_of(seed, count).1)] }
}

/// One for all tests: making one takes a while.
fn codec() -> &'static Codec {
    static CODEC: std::sync::OnceLock<Codec> = std::sync::OnceLock::new();
    CODEC.get_or_init(Codec::new)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn a_frame_never_changes_a_byte() {
    expect!["8701663035303430310101818700014980b083c59868c0a90742000042000142010142404040587e820181825000000000000000000000000000000000582800000000000000000000000000000000000000000000000000000000000000000000000000000000820181825001010101010101010101010101010101582801010101010101010101010101010101010101010101010101010101010101010101010101010101"].assert_eq(&hex(&frame_of(1, 2).to_body().text));
    expect!["010160b612c099a8b4c1ecc662c9fa6d4643db01010101010101010101010101010101ecee616967dec817aa6b6774c359f686870d9eee464ce92d6b135af16376dd0d5b34ccc19ca9fbab03288215ad12f021b4e2614ada3af0dcc4451a0cb03d250828b52ffd20a6d501007402874980b083c59868c0a90742000042000142010142404040587e8201818250005828000158280106c04029d705dc02a094b0dbf5e6932bc5"].assert_eq(&hex(&codec().encode(&frame_of(1, 2), Effort::Thorough)));
}

#[test]
fn a_frame_of_several_logs_round_trips() {
    let codec = codec();
    let mut frame = frame_of(1, 7);
    frame.runs.push(run_of(&log_of(2, 3).1));
    frame.runs.push(run_of(&log_of(1, 9).1[7..]));
    frame.runs[1].items[1].extension = vec![7];
    frame.runs[1].items[2].hlc = Hlc::from_parts(3, 65_535);
    assert_eq!(Frame::from_body(&frame.to_body()).unwrap(), frame);
    assert_eq!(codec.decode(&codec.encode(&frame, Effort::Thorough)).unwrap(), frame);
}

#[test]
fn a_bomb_is_refused_before_it_grows() {
    let codec = codec();
    let mut bomb = vec![1, 0, 0];
    bomb.extend(zstd::bulk::compress(&vec![0; 64 << 20], 19).unwrap());
    assert!(bomb.len() < 16 * 1024);
    assert_eq!(codec.decode(&bomb).unwrap_err().to_string(), "the frame does not decompress to at most 1048576 bytes");
}

#[test]
fn newer_formats_and_dictionaries_are_named() {
    let codec = codec();
    assert_eq!(codec.decode(&[2, 1, 0]).unwrap_err(), FrameError::Format { found: 2, known: 1 });
    assert_eq!(codec.decode(&[1, 9, 0]).unwrap_err(), FrameError::Dictionary(9));
    assert_eq!(codec.decode(&[]).unwrap_err(), FrameError::Malformed(Malformed::Syntax { what: WHAT }));
}

/// Entries whose payloads hardly compress, so that frames fill.
fn heavy_log(seed: u8, count: usize, size: usize) -> (crate::LogOpening, Vec<StoredEntry>) {
    let (opening, first) = log_of(seed, 1);
    let mut entries = first;
    let mut noise = 0x2545_f491_4f6c_dd1d_u64 + u64::from(seed);
    for _ in 1..count {
        let tip = entries.last().unwrap().entry.tip();
        let payload = (0..size)
            .map(|_| {
                noise ^= noise << 13;
                noise ^= noise >> 7;
                noise ^= noise << 17;
                noise as u8
            })
            .collect();
        let entry = crate::Entry::after(opening.log(), &tip, tip.hlc, None, EntryKind::RecordChanges, payload).unwrap();
        let key = chaski_trust::SigningKey::from_seed(&[seed; 32]);
        entries.push(StoredEntry { signature: Some(entry.sign(&key)), entry });
    }
    (opening, entries)
}

fn pack_all(entries: &[StoredEntry]) -> Vec<Packed> {
    let codec = codec();
    let mut packer = Packer::new(district(), Effort::Thorough);
    packer.add(entries.iter().cloned());
    std::iter::from_fn(|| packer.next(codec)).collect()
}

#[test]
fn frames_fill_to_the_target_and_chain_on() {
    let (opening, entries) = heavy_log(4, 300, 500);
    let packed = pack_all(&entries);
    let codec = codec();
    let mut tip = Tip::of_opening(&opening);
    let mut count = 0;
    for (at, frame) in packed.iter().enumerate() {
        assert!(frame.bytes.len() <= limits::FRAME_TARGET_BYTES);
        assert!(at + 1 == packed.len() || frame.bytes.len() > limits::FRAME_TARGET_BYTES * 9 / 10);
        let decoded = codec.decode(&frame.bytes).unwrap();
        assert_eq!(decoded.entries(), frame.entries);
        for run in &decoded.runs {
            let verified = verify_run(&opening, &tip, run).unwrap();
            count += verified.len();
            tip = verified.last().unwrap().entry.tip();
        }
    }
    assert_eq!((count, tip), (300, entries.last().unwrap().entry.tip()));
}

#[test]
fn a_relay_cuts_only_where_it_has_a_signature() {
    let (_, mut entries) = heavy_log(4, 90, 500);
    for (at, stored) in entries.iter_mut().enumerate() {
        if (at + 1) % 40 != 0 {
            stored.signature = None;
        }
    }
    let packed = pack_all(&entries);
    // Each signed segment of 40 is over the target by itself; the last 10 have no signature to travel under.
    assert_eq!(packed.iter().map(|frame| frame.entries).collect::<Vec<_>>(), [40, 40]);
    assert!(packed.iter().all(|frame| frame.bytes.len() > limits::FRAME_TARGET_BYTES));
}

#[test]
fn an_entry_over_the_target_travels_alone() {
    let (_, small) = log_of(2, 3);
    let (_, large) = heavy_log(4, 2, 200_000);
    let entries: Vec<_> = small.iter().chain(&large).cloned().collect();
    let packed = pack_all(&entries);
    assert_eq!(packed.iter().map(|frame| frame.entries).collect::<Vec<_>>(), [4, 1]);
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_survived(bytes: Vec<u8>) {
        let _ = Frame::from_body(&Body { text: bytes.clone(), noise: vec![0; 300] });
        let _ = codec().decode(&bytes);
        let mut framed = vec![1, 1, 0];
        framed.extend(bytes);
        let _ = codec().decode(&framed);
    }

    #[test]
    fn damaged_bodies_are_survived(at: prop::sample::Index, with: u8, cut: prop::sample::Index) {
        let mut body = frame_of(1, 5).to_body();
        let at = at.index(body.text.len());
        body.text[at] = with;
        let _ = Frame::from_body(&body);
        body.text.truncate(cut.index(body.text.len()));
        let _ = Frame::from_body(&body);
    }
}
