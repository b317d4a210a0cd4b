//! The traps of ODK XPath that concern expressions, one test each, named after the trap. Those about forms alone (a
//! choice filtered away, a repeat count lowered, values kept while not relevant) are tested where forms are.

use super::scene::{PERU, Scene, scene};
use crate::{
    EvalError, Function, Moment, Slot, Value, evaluate, evaluate_boolean, evaluate_number, evaluate_text, parse,
    references,
};

fn text(expression: &str, scene: &Scene) -> String {
    evaluate_text(&parse(expression).unwrap(), scene).unwrap().to_string()
}

fn truth(expression: &str, scene: &Scene) -> bool {
    evaluate_boolean(&parse(expression).unwrap(), scene).unwrap()
}

fn number(expression: &str, scene: &Scene) -> f64 {
    evaluate_number(&parse(expression).unwrap(), scene).unwrap()
}

/// The expression with `${x}` resolved to slot 0.
fn slotted(expression: &str) -> crate::Expr {
    let mut expr = parse(expression).unwrap();
    expr.map_paths(&mut |_, _| Some(Slot(0)));
    expr
}

#[test]
fn trap_01_blank_is_not_a_number_and_never_zero() {
    let scene = scene("data\n blank:").slot_is(0, Value::blank());
    for (expression, expected) in [
        ("${x} = 0", false),
        ("${x} < 5", false),
        ("${x} >= 0", false),
        ("${x} != 5", true),
        ("${x} = ''", true),
        ("${x}", false),
        ("number(${x}) = number(${x})", false),
    ] {
        assert_eq!(evaluate_boolean(&slotted(expression), &scene).unwrap(), expected, "{expression}");
    }
    assert!(evaluate_number(&slotted("${x} + 1"), &scene).unwrap().is_nan());
    assert!(!truth("/data/blank = 0", &scene));
    assert!(number("/data/blank * 2", &scene).is_nan());
    assert!(number("sum(/data/blank)", &scene).is_nan());
}

#[test]
fn trap_02_nan_stored_is_an_empty_text() {
    let scene = scene("data");
    let nan = evaluate(&parse("1 + ''").unwrap(), &scene).unwrap();
    assert_eq!(&*nan.to_text(), "NaN");
    assert_eq!(&*nan.to_stored_text(), "");
    assert!(nan.is_blank());
    assert_eq!(&*Value::<usize>::Number(0.0).to_stored_text(), "0");
}

#[test]
fn trap_03_false_stored_and_read_back_is_true_in_if() {
    let stored = evaluate(&parse("false()").unwrap(), &scene("data")).unwrap().to_stored_text();
    let scene = scene("data").slot_is(0, Value::Text(stored));
    assert_eq!(&*evaluate_text(&slotted("if(${x}, 'yes', 'no')"), &scene).unwrap(), "yes");
    assert_eq!(&*evaluate_text(&slotted("if(${x} = 'true', 'yes', 'no')"), &scene).unwrap(), "no");
    assert!(!evaluate_boolean(&slotted("boolean-from-string(${x})"), &scene).unwrap());
}

#[test]
fn trap_04_a_date_compares_with_a_date_text_as_dates() {
    let scene = scene("data\n dia: 2026-05-31");
    for (expression, expected) in [
        ("today() = '2026-05-31'", true),
        ("'2026-05-31' = today()", true),
        ("/data/dia = today()", true),
        ("/data/dia >= '2026-05-31'", true),
        ("/data/dia < '2026-06-01'", true),
        ("date('2026-05-31') = '2026-05-31T00:00:00.000-05:00'", true),
        ("'2026-05-31' = '2026-05-31T05:00:00Z'", true),
        ("today() + 1 = '2026-06-01'", true),
        ("today() != 'mañana'", true),
        ("today() = 'mañana'", false),
        ("now() > today()", true),
        ("'2026-05-31' = '2026-06-01'", false),
    ] {
        assert_eq!(truth(expression, &scene), expected, "{expression}");
    }
}

#[test]
fn trap_05_decimal_date_time_of_a_date_is_midnight_in_the_pinned_zone() {
    let scene = scene("data");
    assert_eq!(number("decimal-date-time('1970-01-01')", &scene), 5.0 / 24.0);
    assert_eq!(number("decimal-date-time('1970-01-01T00:00:00Z')", &scene), 0.0);
    assert_eq!(number("number(date('1970-01-02'))", &scene), 1.0 + 5.0 / 24.0);
    assert_eq!(text("date(decimal-date-time('2026-05-31') + 1)", &scene), "2026-06-01");
    assert_eq!(number("today() - date('2026-05-01')", &scene), 30.0);
}

#[test]
fn trap_06_a_half_rounds_up_also_below_zero() {
    let scene = scene("data");
    for (expression, expected) in [
        ("round(-2.5)", -2.0),
        ("round(2.5)", 3.0),
        ("round(-2.51)", -3.0),
        ("round(-0.4)", 0.0),
        ("round(2.15, 1)", 2.2),
        ("round(1.005, 2)", 1.01),
        ("round(12345.12345, -3)", 12000.0),
        ("round(1e300, 2)", 1e300),
        ("round(5, 1e9)", 5.0),
        ("round(5, -1e9)", 0.0),
    ] {
        assert_eq!(number(expression, &scene), expected, "{expression}");
    }
    assert!(number("round('')", &scene).is_nan());
}

#[test]
fn trap_07_numbers_are_equal_only_when_they_are_the_same() {
    let scene = scene("data");
    assert!(!truth("0.1 + 0.2 = 0.3", &scene));
    assert!(truth("round(0.1 + 0.2, 2) = 0.3", &scene));
    assert!(truth("17 = '17.0000'", &scene));
    assert!(!truth("'17' = '17.0'", &scene));
}

#[test]
fn trap_08_no_comma_decimals_and_exponents_are_read() {
    let scene = scene("data");
    assert!(number("number('12,5')", &scene).is_nan());
    assert_eq!(number("number('1.25e2')", &scene), 125.0);
    assert_eq!(number("1.25e2 + 1E-1", &scene), 125.1);
}

#[test]
fn trap_09_a_number_as_text_never_has_an_exponent() {
    let scene = scene("data");
    assert_eq!(text("100000000000 * 100000000000", &scene), "10000000000000000000000");
    assert_eq!(text("1 div 10000000", &scene), "0.0000001");
    assert_eq!(text("concat(0.5 - 0.5)", &scene), "0");
    assert_eq!(text("-0", &scene), "0");
}

#[test]
fn trap_13_several_nodes_where_one_value_is_needed_is_an_error_naming_both() {
    let scene = scene("data\n fila\n  edad: 3\n fila\n  edad: 5");
    let refused = evaluate_text(&parse("/data/fila/edad + 1").unwrap(), &scene).unwrap_err();
    let EvalError::Several { first, second, .. } = &refused else { panic!("{refused}") };
    assert_eq!((first.as_str(), second.as_str()), ("/data/fila[1]/edad", "/data/fila[2]/edad"));
    assert_eq!(number("sum(/data/fila/edad)", &scene), 8.0);
    assert!(truth("/data/fila/edad = 5", &scene));
    let scene = scene.from("fila", 2);
    assert_eq!(number("edad + 1", &scene), 6.0);
}

#[test]
fn trap_14_places_count_from_one_in_position_and_from_zero_in_selected_at_and_substr() {
    let scene = scene("data\n fila\n fila\n fila").from("fila", 2);
    assert_eq!(number("position(.)", &scene), 2.0);
    assert_eq!(number("position(..)", &scene), 1.0);
    assert_eq!(text("selected-at('a b c', 0)", &scene), "a");
    assert_eq!(text("selected-at('a b c', 3)", &scene), "");
    assert_eq!(text("substr('hola', 0, 2)", &scene), "ho");
    assert_eq!(text("substring('hola', 1, 2)", &scene), "ho");
    assert!(truth("selected(' a  b ', ' b ')", &scene));
    assert!(!truth("selected('ab', 'a')", &scene));
    let own = |expression: &str| references(&parse(expression).unwrap()).iter().any(|one| one.is_own_value());
    assert!(own(". > 5"));
    assert!(!own("../x > 5"));
    assert!(!own("../x[. > 5] = 1"));
}

#[test]
fn trap_15_what_is_asked_of_the_clock_or_chance_is_known_and_once_keeps_what_is_stored() {
    for (expression, volatile) in [
        ("now()", true),
        ("concat('x', uuid())", true),
        ("random() > 0.5", true),
        ("once(today())", true),
        ("randomize(a)", true),
        ("randomize(a, 7)", false),
        ("${x} + 1", false),
    ] {
        assert_eq!(parse(expression).unwrap().is_volatile(), volatile, "{expression}");
    }
    assert!(parse("once(uuid())").unwrap().calls(Function::Once));
    let stored = scene("data\n id: 41").from("id", 1);
    assert_eq!(text("once(uuid())", &stored), "41");
    let empty = scene("data\n id:").from("id", 1);
    assert_eq!(text("once(uuid())", &empty).len(), 36);
    assert_eq!(text("now()", &empty), "2026-05-31T09:30:00.000-05:00");
    assert_eq!(text("today()", &empty), Moment::parse("2026-05-31", PERU).unwrap().to_string());
}
