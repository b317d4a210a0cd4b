use chaski_records::Record;
use chaski_values::{Key, Scalar, Timestamp};
use expect_test::expect;
use proptest::prelude::*;

use super::*;

const LOG: LogId = LogId::from_bytes([7; 16]);

fn now() -> Timestamp {
    Timestamp::from_millis(1_790_000_000_123).unwrap()
}

/// Two changes to one record, the second upon the first.
fn changes() -> [RecordChange; 2] {
    let id = RecordId::new(now(), [3; 10]);
    let mut record = Record::empty(id);
    let mut commit = |at: Timestamp, text: &str| {
        let key: Key = "q/A/obs".parse().unwrap();
        let change = record.commit(LOG, at, &[(key, Scalar::text(text))]).unwrap().unwrap();
        RecordChange { record: id, change: change.as_bytes().to_vec() }
    };
    [commit(now(), "uno"), commit(now().plus_millis(-86_400_000), "dos")]
}

fn there_and_back(payload: &[u8], log: LogId, hlc: Hlc) -> Option<Vec<u8>> {
    let mut sections = Sections::default();
    pack(payload, log, hlc, &mut sections)?;
    let mut source = Source { numbers: &sections.numbers, noise: &sections.noise, payloads: &sections.payloads };
    let back = unpack(log, hlc, &mut source).unwrap();
    assert!(source.numbers.is_empty() && source.noise.is_empty() && source.payloads.is_empty());
    Some(back)
}

#[test]
fn real_changes_come_back_and_are_smaller() {
    let [first, second] = changes();
    let hlc = Hlc::ZERO.next(now());
    for changes in [vec![], vec![first.clone()], vec![second.clone()], vec![first, second]] {
        let payload = RecordChanges(changes).to_bytes();
        assert_eq!(there_and_back(&payload, LOG, hlc), Some(payload.clone()));
        for clock in [Hlc::ZERO, Hlc::from_u64(u64::MAX)] {
            assert_eq!(there_and_back(&payload, LOG, clock), Some(payload.clone()));
        }
    }
    let payload = RecordChanges(vec![changes()[0].clone()]).to_bytes();
    let mut sections = Sections::default();
    pack(&payload, LOG, hlc, &mut sections).unwrap();
    let packed = sections.numbers.len() + sections.noise.len() + sections.payloads.len();
    assert!(packed + 38 < payload.len(), "{packed} of {}", payload.len());
}

#[test]
fn packed_changes_never_change_a_byte() {
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let mut sections = Sections::default();
    let payload = RecordChanges(changes().to_vec()).to_bytes();
    pack(&payload, LOG, Hlc::ZERO.next(now()), &mut sections).unwrap();
    expect!["0200000101002200010202ffefb2522a"].assert_eq(&hex(&sections.numbers));
    expect!["73038303030303030303730383030303030303039283f0cdc938871cd98fb9328fd7e47978b693c2cf91df41c69d66ab523e150d"]
        .assert_eq(&hex(&sections.noise));
    expect!["0000061509340142025602570370027f07712f412f6f6273017f017f36756e6f7f00000008150934014202560257037002710273027f07712f412f6f6273017f017f36646f737f017f007f01"].assert_eq(&hex(&sections.payloads));
}

#[test]
fn what_would_not_come_back_is_left_as_it_is() {
    let hlc = Hlc::ZERO.next(now());
    let refused = |spoil: fn(&mut Vec<u8>)| {
        let mut change = changes()[1].clone();
        spoil(&mut change.change);
        let payload = RecordChanges(vec![change]).to_bytes();
        let mut sections = Sections::default();
        assert_eq!(pack(&payload, LOG, hlc, &mut sections), None);
        assert!(sections.numbers.is_empty() && sections.noise.is_empty() && sections.payloads.is_empty());
    };
    refused(|change| change[0] ^= 1);
    refused(|change| change[5] ^= 1);
    refused(|change| change[8] = 2);
    refused(|change| change[9] ^= 1);
    refused(|change| change.push(0));
    refused(|change| change.truncate(40));
    refused(Vec::clear);
    let payload = RecordChanges(changes().to_vec()).to_bytes();
    let other = LogId::from_bytes([8; 16]);
    assert_eq!(pack(&payload, other, hlc, &mut Sections::default()), None);
    let mut longer = payload;
    longer.push(0xf6);
    assert_eq!(pack(&longer, LOG, hlc, &mut Sections::default()), None);
}

proptest! {
    #[test]
    fn a_damaged_payload_comes_back_or_is_left(at: prop::sample::Index, with: u8, clock: u64) {
        let mut payload = RecordChanges(changes().to_vec()).to_bytes();
        let at = at.index(payload.len());
        payload[at] = with;
        if let Some(back) = there_and_back(&payload, LOG, Hlc::from_u64(clock)) {
            prop_assert_eq!(back, payload);
        }
    }

    #[test]
    fn signed_numbers_come_back(value: i64) {
        let mut bytes = Vec::new();
        write_signed(&mut bytes, value);
        prop_assert_eq!(read_signed(&bytes), Some((value, &[][..])));
    }

    #[test]
    fn arbitrary_sections_are_survived(numbers: Vec<u8>, noise: Vec<u8>, payloads: Vec<u8>, clock: u64) {
        let mut source = Source { numbers: &numbers, noise: &noise, payloads: &payloads };
        let _ = unpack(LOG, Hlc::from_u64(clock), &mut source);
    }
}
