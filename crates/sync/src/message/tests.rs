use chaski_values::DeviceId;
use expect_test::expect;
use proptest::prelude::*;

use super::*;
use crate::PartitionVector;
use crate::entry::tests::log_of;
use crate::wire::Versions;

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn key() -> SigningKey {
    SigningKey::from_seed(&[5; 32])
}

fn time() -> Timestamp {
    Timestamp::from_millis(1_790_000_000_000).unwrap()
}

fn log(n: u8) -> LogId {
    LogId::from_bytes([n; 16])
}

fn huanta() -> Partition {
    "050401".parse().unwrap()
}

fn vector() -> Vector {
    let heads = PartitionVector([(log(1), Head { seq: 300, hash: [0xaa; 16] })].into());
    Vector([(Partition::Programme, PartitionVector::default()), (huanta(), heads)].into())
}

fn hello() -> Hello {
    Hello {
        hub: DeviceId::from_bytes([1; 16]),
        device: DeviceId::from_bytes([2; 16]),
        nonce: [3; 16],
        time: time(),
        vector: vector(),
        certificate: None,
    }
}

fn welcome() -> Welcome {
    let difference = [(log(1), None), (log(2), Some(Head { seq: 5, hash: [0xbb; 16] }))].into();
    Welcome {
        time: time(),
        differences: [(huanta(), difference)].into(),
        denied: [(Partition::Programme, Denied::Receiving)].into(),
        problems: vec![Problem { log: log(1), code: ProblemCode::Gap, seq: 9 }],
        entries: 1_000,
    }
}

fn acknowledgement() -> Acknowledgement {
    Acknowledgement {
        hub: DeviceId::from_bytes([1; 16]),
        device: DeviceId::from_bytes([2; 16]),
        nonce: [3; 16],
        time: time(),
        vectors: vector().0.iter().map(|(partition, heads)| (*partition, heads.hash())).collect(),
        welcome: Hash32::from_bytes([4; 32]),
    }
}

#[test]
fn messages_never_change_a_byte() {
    expect!["82587887015001010101010101010101010101010101500202020202020202020202020202020250030303030303030303030303030303031b000001a0c4506c00846970726f6772616d6d65806630353034303183500101010101010101010101010101010119012c50aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaf65840088bb3b9e6b46748319627e8d65bfd77134191bf2a78a04ae120a82b620ad3b8f9eb2c6af8bf679ade9089abf646a452bb3b01148d42a5224b8cc7fdaab2be07"].assert_eq(&hex(&hello().sign(&key())));
    expect!["82586d86011b000001a0c4506c00826630353034303186500101010101010101010101010101010100f650020202020202020202020202020202020550bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb826970726f6772616d6d650183500101010101010101010101010101010101091903e8584006060606060606060606060606060606060606060606060606060606060606060606060606060606060606060606060606060606060606060606060606060606"].assert_eq(&hex(&welcome().to_bytes(|_| Signature::from_bytes([6; 64]))));
    expect!["87015001010101010101010101010101010101500202020202020202020202020202020250030303030303030303030303030303031b000001a0c4506c00846970726f6772616d6d6558202009c6cfed27f2e334f51ef23491dcdc65d4992b6904eb9e11ba22669a6ecb82663035303430315820a17d726457225c5e44f335562211da05784792d1bd7dd3da1e3fcc94dee6b1da58200404040404040404040404040404040404040404040404040404040404040404"].assert_eq(&hex(&acknowledgement().to_bytes()));
    let end = End { rest: Rest::More, problems: Vec::new() };
    expect!["8301f580"].assert_eq(&hex(&end.to_bytes()));
    let introduction = Introduction { opening: log_of(1, 0).0, certificate: None };
    expect!["8301583c840158208a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c663035303430315001010101010101010101010101010101f6"].assert_eq(&hex(&introduction.to_bytes()));
    expect!["83010a181e"].assert_eq(&hex(&Refusal::Busy { retry_after_seconds: 30 }.to_bytes()));
}

#[test]
fn messages_come_back() {
    let signed = SignedHello::from_bytes(&hello().sign(&key())).unwrap();
    assert_eq!(signed.hello, hello());
    assert!(signed.is_signed_by(&key().verifying_key()));
    assert!(!signed.is_signed_by(&SigningKey::from_seed(&[6; 32]).verifying_key()));

    let mut told = None;
    let bytes = welcome().to_bytes(|hash| {
        told = Some(hash);
        Signature::from_bytes([6; 64])
    });
    let (read, hash, signature) = Welcome::from_bytes(&bytes).unwrap();
    assert_eq!((read, Some(hash), signature), (welcome(), told, Signature::from_bytes([6; 64])));

    let introduction = Introduction { opening: log_of(1, 0).0, certificate: None };
    assert_eq!(Introduction::from_bytes(&introduction.to_bytes()).unwrap(), introduction);
    for end in
        [End { rest: Rest::Nothing, problems: welcome().problems }, End { rest: Rest::More, problems: Vec::new() }]
    {
        assert_eq!(End::from_bytes(&end.to_bytes()).unwrap(), end);
    }
}

#[test]
fn every_refusal_comes_back_with_its_own_code() {
    let refusals = [
        Refusal::Malformed,
        Refusal::TooLarge,
        Refusal::WrongHub,
        Refusal::CertificateNeeded,
        Refusal::Uncertified,
        Refusal::CertificateExpired,
        Refusal::Revoked,
        Refusal::BadSignature,
        Refusal::Busy { retry_after_seconds: 7 },
        Refusal::Unavailable,
        Refusal::Unknown(77),
    ];
    let mut codes = std::collections::BTreeSet::new();
    for refusal in refusals {
        assert!(codes.insert(refusal.code()));
        assert_eq!(Refusal::from_bytes(&refusal.to_bytes()).unwrap(), refusal);
    }
    let version = Refusal::Version { theirs: Versions { least: 2, most: 3 }, ours: Versions::OURS };
    assert!(codes.insert(version.code()));
}

#[test]
fn fields_of_a_newer_version_are_read_past() {
    let mut bytes = Refusal::Busy { retry_after_seconds: 30 }.to_bytes();
    bytes[0] += 1;
    bytes.extend([0x82, 0x01, 0x61, 0x78]);
    assert_eq!(Refusal::from_bytes(&bytes).unwrap(), Refusal::Busy { retry_after_seconds: 30 });
}

#[test]
fn an_acknowledgement_holds_for_exactly_what_it_says() {
    let signature = acknowledgement().sign(&key());
    assert!(acknowledgement().is_signed_by(&key().verifying_key(), &signature));
    let mut other = acknowledgement();
    other.nonce[0] ^= 1;
    assert!(!other.is_signed_by(&key().verifying_key(), &signature));
    let mut other = acknowledgement();
    other.time = other.time.plus_millis(1);
    assert!(!other.is_signed_by(&key().verifying_key(), &signature));
    let mut other = acknowledgement();
    other.vectors.pop_last();
    assert!(!other.is_signed_by(&key().verifying_key(), &signature));
}

fn read_all(bytes: &[u8]) {
    let _ = SignedHello::from_bytes(bytes);
    let _ = Welcome::from_bytes(bytes);
    let _ = Introduction::from_bytes(bytes);
    let _ = End::from_bytes(bytes);
    let _ = Refusal::from_bytes(bytes);
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_survived(bytes: Vec<u8>) {
        read_all(&bytes);
    }

    #[test]
    fn damaged_messages_are_survived(at: prop::sample::Index, with: u8, cut: prop::sample::Index) {
        for mut bytes in [hello().sign(&key()), welcome().to_bytes(|_| Signature::from_bytes([6; 64]))] {
            let at = at.index(bytes.len());
            bytes[at] = with;
            read_all(&bytes);
            bytes.truncate(cut.index(bytes.len()));
            read_all(&bytes);
        }
    }
}
