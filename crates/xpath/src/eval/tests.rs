use proptest::prelude::*;

use super::scene::{Indexed, Scene, scene};
use super::*;
use crate::{Aggregate, Path, Slot, Standing, Start, parse};

fn check(scene: &Scene, cases: &[(&str, &str)]) {
    for (expression, expected) in cases {
        let expr = parse(expression).map_err(|error| format!("{expression}: {error}")).unwrap();
        let found = evaluate_text(&expr, scene).map_or_else(|error| format!("! {error}"), |text| text.to_string());
        assert_eq!(found, *expected, "{expression}");
    }
}

fn roster() -> Scene {
    scene(
        "data
 sexo: 1
 dia: 2026-05-31
 fila
  nombre: Ana
  edad: 30
  vaca
   litros: 5
  vaca
   litros: 7
 fila
  nombre: Luz
  edad: 8
  vaca
   litros: 9
 fila
  nombre: José
  edad:
distritos
 root
  item
   name: 050401
   provincia: 0504
   label: Huanta
  item
   name: 050402
   provincia: 0504
   label: Ayahuanco
  item
   name: 050101
   provincia: 0501
   label: Ayacucho",
    )
}

#[test]
fn choice_and_truth() {
    check(
        &roster(),
        &[
            ("if(1 = 1, 'a', 'b')", "a"),
            ("if('', frobnicate, 'b')", "b"),
            ("coalesce('', 'b')", "b"),
            ("coalesce(0, 'b')", "0"),
            ("coalesce(/data/fila[3]/edad, 'none')", "none"),
            ("boolean-from-string('1')", "true"),
            ("boolean-from-string('yes')", "false"),
            ("not(/data/nada)", "true"),
            ("checklist(1, 2, true(), false(), true())", "true"),
            ("checklist(-1, 1, true(), true())", "false"),
            ("checklist(-2, -0.5, true(), true())", "true"),
            ("checklist('', 1, true())", "false"),
            ("weighted-checklist(5, 5, 1 = 1, 5, 1 = 2, 3)", "true"),
            ("weighted-checklist(-3, -3, 1 = 1, 5)", "true"),
            ("regex('12345678', '[0-9]{8}')", "true"),
            ("regex('x12345678', '[0-9]{8}')", "false"),
            ("regex('abc', concat('a', 'b', 'c'))", "true"),
            (
                "regex('a', '(?=a)a')",
                "! the pattern `(?=a)a` cannot be used: lookahead and lookbehind are not supported; combine two regex() with `and`",
            ),
            ("true() or 1 div ''", "true"),
            ("1 = 1 = true()", "true"),
        ],
    );
}

#[test]
fn select_questions_and_lookups() {
    check(
        &roster(),
        &[
            ("selected('si no', 'no')", "true"),
            ("selected('', '')", "true"),
            ("count-selected(' a  b ')", "2"),
            ("selected-at('a b', 1)", "b"),
            ("selected-at('a b', -1)", ""),
            ("selected-at('a b', -0.5)", "a"),
            ("selected-at('a b', 1.9)", "b"),
            ("jr:choice-name(/data/sexo, '/data/sexo')", "Mujer"),
            ("jr:choice-name('9', '/data/sexo')", ""),
            ("jr:itext('saludo')", "Buenos días"),
            ("pulldata('distritos', 'nombre', 'ubigeo', '050401')", "Huanta"),
            ("pulldata('distritos', 'nombre', 'ubigeo', 'x')", ""),
            ("pulldata('distritos', 'x', 'ubigeo', 'x')", "! there is no column `x` in `distritos`"),
            ("extract-signed('signed:hola', 'key')", "hola"),
            ("extract-signed('signed:hola', 'other')", ""),
            ("instance('distritos')/root/item[name = '050402']/label", "Ayahuanco"),
            ("instance('nada')/root", "! there is no list or file named `nada`"),
        ],
    );
}

#[test]
fn nodes_and_repeats() {
    check(
        &roster(),
        &[
            ("count(/data/fila)", "3"),
            ("count(/data/fila[edad > 10])", "1"),
            ("count-non-empty(/data/fila/edad)", "2"),
            ("sum(/data/fila/vaca/litros)", "21"),
            ("sum(/data/nada)", "0"),
            ("max(/data/fila/vaca/litros)", "9"),
            ("min(/data/fila/vaca/litros, 2)", "2"),
            ("min(/data/nada)", "NaN"),
            ("max(/data/fila/edad)", "NaN"),
            ("join(', ', /data/fila/nombre)", "Ana, Luz, José"),
            ("join('-', 1, 'b', /data/sexo)", "1-b-1"),
            ("concat(/data/fila/nombre)", "AnaLuzJosé"),
            ("/data/fila[2]/nombre", "Luz"),
            ("/data/fila[last()]/nombre", "José"),
            ("/data/fila[position() = 2]/nombre", "Luz"),
            ("//fila[2]/nombre", "Luz"),
            ("count(//litros)", "3"),
            ("count(//litros[. > 5])", "2"),
            ("position(/data/fila[3])", "3"),
            ("indexed-repeat(/data/fila/nombre, /data/fila, 2)", "Luz"),
            ("indexed-repeat(/data/fila/nombre, /data/fila, 4)", ""),
            ("indexed-repeat(/data/fila/nombre, /data/fila, 1.5)", ""),
            ("indexed-repeat(/data/fila/nombre, /data/fila, 0)", ""),
            ("indexed-repeat(/data/fila/vaca/litros, /data/fila, 1, /data/fila/vaca, 2)", "7"),
            ("name(/data/*[2])", "dia"),
            ("count(/data/fila/preceding-sibling::fila)", "2"),
            ("(/data/fila[1]/nombre | /data/fila[1]/edad)[2]", "30"),
            (
                "/data/fila/nombre",
                "! one value is needed, but there are several: `/data/fila[1]/nombre` and `/data/fila[2]/nombre`; use indexed-repeat, sum, join or count",
            ),
            ("${x}", "! `${x}` was not resolved to a question"),
        ],
    );
    check(
        &roster().from("edad", 2),
        &[("../nombre", "Luz"), ("position(..)", "2"), ("current()/../nombre", "Luz"), (".", "8")],
    );
}

#[test]
fn text() {
    check(
        &roster(),
        &[
            ("string-length('año')", "3"),
            ("substr('camión', 1, 3)", "am"),
            ("substr('camión', -2)", "ón"),
            ("substr('camión', -2.5)", "ón"),
            ("substr('camión', -0.5, 2.9)", "ca"),
            ("substr('camión', 4, 2)", ""),
            ("substr('camión', '')", "camión"),
            ("substring('12345', 1.5, 2.6)", "234"),
            ("substring('12345', 0 div 0)", ""),
            ("substring('12345', -42, 1 div 0)", "12345"),
            ("substring-before('a/b', '/')", "a"),
            ("substring-after('a/b', '/')", "b"),
            ("normalize-space('  a  b ')", "a b"),
            ("translate('peña', 'ñe', 'n')", "pna"),
            ("contains('abc', 'b')", "true"),
            ("starts-with('abc', 'b')", "false"),
            ("ends-with('abc', 'c')", "true"),
            ("digest('abc', 'SHA-256', 'hex')", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            ("digest('abc', 'MD5')", "kAFQmDzST7DWlj99KOF/cg=="),
            (
                "digest('abc', string('CRC'))",
                "! `digest` cannot use `CRC`: write MD5, SHA-1, SHA-256, SHA-384 or SHA-512",
            ),
            ("base64-decode('aG9sYQ==')", "hola"),
            ("base64-decode('!')", ""),
            ("base64-decode(' aG9s YQ')", "hola"),
            ("base64-decode('aG9sYQ=')", ""),
            ("base64-decode('aG9sYQ===')", ""),
            ("string-length(uuid())", "36"),
            ("string-length(uuid(8))", "8"),
            ("uuid(string('x'))", "! `uuid` cannot use `x`: give a length from 0 to 10000"),
        ],
    );
}

#[test]
fn numbers() {
    check(
        &roster(),
        &[
            ("int(-1.9)", "-1"),
            ("int('')", "NaN"),
            ("floor(-1.1)", "-2"),
            ("ceiling(1.1)", "2"),
            ("abs(-3)", "3"),
            ("pow(2, 10)", "1024"),
            ("pow(1, '')", "NaN"),
            ("pow(-1, 1 div 0)", "NaN"),
            ("pow('', 0)", "1"),
            ("round(1 div 0)", "Infinity"),
            ("round(-1 div 0, 2)", "-Infinity"),
            ("round(1, '')", "NaN"),
            ("sqrt(9)", "3"),
            ("exp10(2)", "100"),
            ("log10(1000)", "3"),
            ("5 mod -3", "2"),
            ("-5 mod 3", "-2"),
            ("1 div 0", "Infinity"),
            ("number(true()) + 1", "2"),
            ("atan2(0, 1)", "0"),
            ("random() < 1", "true"),
        ],
    );
}

#[test]
fn dates() {
    check(
        &roster(),
        &[
            ("format-date(/data/dia, '%d/%m/%Y')", "31/05/2026"),
            ("format-date('2026-05-01', '%e %b %y %n %a %%')", "1 May 26 5 Fri %"),
            ("format-date-time(now(), '%H:%M:%S.%3 %h')", "09:30:00.000 9"),
            ("format-date('', '%Y')", ""),
            ("date('2026-5-3')", "2026-05-03"),
            ("date(string('ayer'))", ""),
            ("date(1)", "1970-01-01T19:00:00.000-05:00"),
            ("date-time('2026-05-31T14:30:00Z')", "2026-05-31T09:30:00.000-05:00"),
            ("decimal-time('06:00:00.000-05:00')", "0.25"),
            ("decimal-time('12:00')", "0.5"),
            ("decimal-time('mediodía')", "NaN"),
            ("difference-in-months('2026-01-31', '2026-02-28')", "0"),
            ("difference-in-months('2025-05-31', today())", "12"),
            ("difference-in-months('2026-05-31', '2026-03-15')", "-2"),
            ("int((today() - date('1990-06-01')) div 365.25)", "35"),
        ],
    );
}

#[test]
fn places() {
    let square = "'0 0 0 0;0 1 0 0;1 1 0 0;1 0 0 0;0 0 0 0'";
    check(
        &roster(),
        &[
            ("distance('0 0;0 90')", "10018696.05"),
            ("distance('0 0', '0 90')", "10018696.05"),
            ("area('0 0;0 1')", "0"),
            ("area('')", "NaN"),
            ("distance('95 0;0 0')", "NaN"),
            (&format!("geofence('0.5 0.5 0 0', {square})"), "true"),
            (&format!("geofence('1.5 0.5 0 0', {square})"), "false"),
            (&format!("geofence(string(''), {square})"), "false"),
        ],
    );
}

#[test]
fn an_absolute_path_in_a_list_filter_is_about_the_record() {
    check(
        &scene("data\n p: 0501\nlista\n item\n  name: 0501\n  label: Huamanga\n item\n  name: 0504\n  label: Huanta"),
        &[("instance('lista')/item[name = /data/p]/label", "Huamanga")],
    );
}

#[test]
fn a_seed_gives_the_same_order_everywhere() {
    let names: String = (1..=6).map(|n| format!("item: {n}\n")).collect();
    check(
        &scene(&names),
        &[
            ("join(' ', randomize(/item, 42))", "1 6 3 2 4 5"),
            ("join(' ', randomize(/item, '42'))", "1 6 3 2 4 5"),
            ("join(' ', randomize(/item, -42))", "5 4 1 6 2 3"),
            ("join(' ', randomize(/item, 1.1))", "2 6 5 1 3 4"),
            ("join(' ', randomize(/item, ''))", "3 2 5 1 6 4"),
            ("count(randomize(/item))", "6"),
            ("count(randomize(/item, 'texto'))", "6"),
        ],
    );
}

#[test]
fn a_slot_answers_for_its_path() {
    let scene = roster();
    let rows = Value::Nodes(scene.named("fila"));
    let ages = Value::Nodes(scene.named("edad"));
    let scene =
        scene.slot_is(0, Value::text("Huanta")).slot_is(1, rows).slot_is(2, ages).slot_is(3, Value::Nodes(vec![]));
    let mut expr =
        parse("concat(${d}, count(${f}), join('-', ${e}), count(/data/fila[edad = 30]), string(${n}))").unwrap();
    expr.map_paths(&mut |path: &Path, standing| match (&path.start, standing) {
        (Start::Question(name), Standing::Outer) => "dfen".find(&**name).map(|at| Slot(u32::try_from(at).unwrap())),
        _ => None,
    });
    assert_eq!(evaluate_text(&expr, &scene).unwrap().as_ref(), "Huanta330-8-1");
}

#[test]
fn a_relative_path_in_a_predicate_is_not_offered() {
    let mut offered = Vec::new();
    let mut expr = parse("/data/fila[edad > ${min} and current()/../x = 1 and /data/y = ../z]/nombre + w").unwrap();
    expr.map_paths(&mut |path, standing| {
        offered.push(format!("{path} {standing:?}"));
        None
    });
    assert_eq!(
        offered,
        [
            "/data/fila[edad > ${min} and current()/../x = 1 and /data/y = ../z]/nombre Outer",
            "${min} Predicate",
            "current()/../x Predicate",
            "/data/y Predicate",
            "w Outer",
        ]
    );
}

#[test]
fn a_maintained_total_is_not_counted_anew() {
    let mut scene = roster().slot_is(0, Value::Nodes(vec![]));
    scene.totals.insert((Aggregate::Sum, Slot(0)), 41.0);
    scene.totals.insert((Aggregate::Position, Slot(0)), 7.0);
    for (expression, expected) in [("sum(${x}) + 1", 42.0), ("position(${x})", 7.0), ("count(${x})", 0.0)] {
        let mut expr = parse(expression).unwrap();
        expr.map_paths(&mut |_, _| Some(Slot(0)));
        assert_eq!(evaluate_number(&expr, &scene).unwrap(), expected, "{expression}");
    }
    assert_eq!(scene.tree.walks.get(), 0);
}

#[test]
fn an_index_gives_the_same_choices_without_walking_the_list() {
    let expr = parse("instance('distritos')/root/item[provincia = '0504'][2]/label").unwrap();
    let scene = roster();
    assert_eq!(evaluate_text(&expr, &scene).unwrap().as_ref(), "Ayahuanco");
    let without = scene.tree.walks.replace(0);
    scene.tree.index.set(Indexed::Yes);
    assert_eq!(evaluate_text(&expr, &scene).unwrap().as_ref(), "Ayahuanco");
    assert!(scene.tree.walks.get() < without);
}

#[test]
fn work_is_bounded() {
    let many: String = (0..400).map(|_| "a\n b\n").collect();
    let expr = parse("count(//*[count(//*[count(//*) > 0]) > 0])").unwrap();
    assert!(matches!(evaluate_number(&expr, &scene(&many)), Err(EvalError::TooMuchWork { .. })));
}

#[test]
fn work_is_counted_whatever_it_is_spent_on() {
    let rows = "\n fila\n  nombre: Ana".repeat(300);
    let scene = scene(&format!("data\n largo: {}{rows}", "ab".repeat(30_000)));
    let long_condition = format!("count(//*[1{}])", " and 1".repeat(40_000));
    let read_often = format!("join('', 0{})", ", string-length(/data/largo)".repeat(5_000));
    let random = format!("join('', 0{})", ", string-length(uuid(10000))".repeat(2_000));
    for expression in [
        long_condition.as_str(),
        read_often.as_str(),
        random.as_str(),
        "count(//*[regex(., concat('([a-z]{1,200}|[0-9]{1,200})', '{1,9}'))])",
        "regex(/data/largo, '[ab]*a[ab]{4000}c')",
        "count(//*[translate('aaaaaaaaaa', /data/largo, '') = ''])",
        "count(//*[. = //*[. = //*]])",
    ] {
        let found = evaluate_text(&parse(expression).unwrap(), &scene);
        let shown: String = expression.chars().take(60).collect();
        assert!(matches!(found, Err(EvalError::TooMuchWork { .. })), "{shown}: {found:?}");
    }
}

#[test]
fn the_deepest_expression_fits_a_small_stack() {
    let run = || {
        let scene = scene("a: 1");
        for (open, middle, close) in [
            ("if(1, ", "1", ", 2)"),
            ("(1 + ", "1", ")"),
            ("/a[", "1", "]"),
            ("concat(1, ", "1", ")"),
            ("not(", "1", ")"),
            ("coalesce('', ", "1", ")"),
            ("-(0 or ", "1", ")"),
            ("count(a | a[", "1", "])"),
        ] {
            let deepest = (1..200)
                .rev()
                .find_map(|depth| parse(&format!("{}{middle}{}", open.repeat(depth), close.repeat(depth))).ok());
            evaluate(&deepest.unwrap(), &scene).unwrap();
        }
    };
    std::thread::Builder::new().stack_size(2 << 20).spawn(run).unwrap().join().unwrap();
}

fn expressions() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec![
        "1",
        "-2.5",
        "''",
        "'a b'",
        "'2026-05-31'",
        "1e300",
        "/data/sexo",
        "/data/fila",
        "/data/fila/edad",
        "//litros",
        ".",
        "today()",
        "now()",
        "true()",
        "pi()",
        "'0 0;1 1;0 1;0 0'",
        "'[a-z]+'",
        "(0 div 0)",
        "(1 div 0)",
    ])
    .prop_map(str::to_owned);
    leaf.prop_recursive(4, 40, 4, |inner| {
        let functions: Vec<&'static Function> = Function::ALL.iter().collect();
        prop_oneof![
            (inner.clone(), prop::sample::select(vec!["+", "=", "<", "and", "div", "mod", "|", "!="]), inner.clone())
                .prop_map(|(left, operator, right)| format!("({left} {operator} {right})")),
            (prop::sample::select(functions), prop::collection::vec(inner.clone(), 0..5))
                .prop_map(|(function, arguments)| format!("{function}({})", arguments.join(", "))),
            (inner.clone(), inner).prop_map(|(path, test)| format!("({path})[{test}]")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn any_expression_can_be_evaluated_and_gives_the_same_twice(text in expressions()) {
        if let Ok(expr) = parse(&text) {
            let run = || {
                let mut scene = roster();
                scene.several = Several::First;
                format!("{:?}", evaluate(&expr, &scene))
            };
            prop_assert_eq!(run(), run());
            let kept = evaluate_text(&expr, &roster());
            let _ = kept.map(|text| text.len());
        }
    }
}
