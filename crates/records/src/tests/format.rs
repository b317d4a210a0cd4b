use expect_test::{Expect, expect};

use super::*;

fn hex(bytes: &[u8]) -> String {
    let line = |line: &[u8]| line.iter().map(|byte| format!("{byte:02x}")).collect::<String>() + "\n";
    bytes.chunks(32).map(line).collect()
}

fn check(bytes: &[u8], expected: Expect) {
    expected.assert_eq(&hex(bytes));
}

fn every_kind() -> Vec<(&'static str, Scalar)> {
    vec![
        ("_t", Scalar::text("form")),
        ("_p", Scalar::text("050401")),
        ("q/A/bool", Scalar::Bool(true)),
        ("q/A/bytes", Scalar::Bytes(vec![0, 255])),
        ("q/A/int", Scalar::Int(-1_000_000)),
        ("q/A/no", Scalar::Bool(false)),
        ("q/A/null", Scalar::Null),
        ("q/A/text", Scalar::text("Quispe Mamani")),
        ("q/A/time", Scalar::Time(at(123))),
    ]
}

/// These bytes are signed, sent and stored for ever: if one of them changes, a new version of the format is due.
#[test]
fn the_bytes_of_changes_are_frozen() {
    let mut a = record();
    let first = put(&mut a, 1, &every_kind());
    check(
        first.as_bytes(),
        expect![[r#"
        856f4a834c337c93019f01001001010101010101010101010101010101010180
        d8c1a28c34000006154434014202560b5722700277025f70025f7408712f412f
        626f6f6c09712f412f627974657307712f412f696e7406712f412f6e6f08712f
        412f6e756c6c08712f412f7465787408712f412f74696d650909017766460227
        340100d60169303530343031666f726d00ffc0fb42517569737065204d616d61
        6e69fbd8c1a28c340900
    "#]],
    );
    expect!["4c337c93be9d2b9cdfc54a72af9d60f5f0726387402c3c74ed3a0dc0084f1b9b"].assert_eq(&first.hash().to_string());

    let mut b = record();
    b.apply(&first).unwrap();
    put(&mut a, 1, &[("q/A/int", Scalar::Int(5))]);
    let apart = put(&mut b, 2, &[("q/A/int", Scalar::Int(6))]);
    a.apply(&apart).unwrap();
    let join = put(&mut a, 1, &[("q/A/int", Scalar::Int(6)), ("q/A/text", Scalar::text("Quispe"))]);
    check(
        join.as_bytes(),
        expect![[r#"
        856f4a836dc8081601a801022e3c9936b20e2bc9906140143c2b135fa4462d74
        6874b75523e3aea2ce66a3cd69e6d42b52284219b0430967df8c8a1fb9c5d320
        45bde36ea029d08aa7af11281001010101010101010101010101010101030b8b
        d8c1a28c34000110020202020202020202020202020202020815123401420256
        0357077003710473047e07712f412f696e7408712f412f746578740202017e14
        66065175697370657e02017d0001007d0a007e
    "#]],
    );
}

/// Every replica of one version lays a record out in these bytes. They may change with the engine: they are a cache.
#[test]
fn the_bytes_of_a_saved_record_are_known() {
    let mut a = record();
    put(&mut a, 1, &every_kind());
    check(
        a.save(),
        expect![[r#"
        856f4a836699a41100de01011001010101010101010101010101010101014c33
        7c93be9d2b9cdfc54a72af9d60f5f0726387402c3c74ed3a0dc0084f1b9b0601
        02030213022307400256020815442102230234014202560b57228001027f007f
        017f097f80d8c1a28c347f007f0777025f70025f7408712f412f626f6f6c0971
        2f412f627974657307712f412f696e7406712f412f6e6f08712f412f6e756c6c
        08712f412f7465787408712f412f74696d650900090109090177664602273401
        00d60169303530343031666f726d00ffc0fb42517569737065204d616d616e69
        fbd8c1a28c34090000
    "#]],
    );
}

#[test]
fn the_header_says_what_was_written() {
    let mut a = record();
    let first = put(&mut a, 1, &every_kind());
    let second = put(&mut a, 2, &[("q/A/int", Scalar::Int(5))]);
    let read = RawChange::parse(second.as_bytes()).unwrap();
    assert_eq!(read, second);
    assert_eq!((read.log(), read.seq(), read.start(), read.operations()), (log(2), 1, 10, 1));
    assert_eq!(read.deps(), [first.hash()]);
    assert_eq!(read.at(), at(9));
    assert_eq!(read.check_log(log(2)), Ok(()));
    assert_eq!(read.check_log(log(1)), Err(Refusal::ForeignActor { expected: log(1), found: log(2) }));
    let engine = Change::try_from(second.as_bytes()).unwrap();
    assert_eq!(&engine.hash().0, second.hash().as_bytes());
    let shape = second.check_shape().unwrap();
    assert_eq!(
        shape.puts(),
        [Put { key: key("q/A/int"), scalar: Scalar::Int(5), preds: vec![OpId { counter: 5, log: log(1) }] }]
    );
}
