use expect_test::expect;
use proptest::prelude::*;

use super::*;

/// The program read from `text`, written out with all its parentheses that matter.
fn check(text: &str, expected: &str) {
    let expr = parse(text).map_err(|error| format!("{text}: {error}")).unwrap();
    assert_eq!(expr.to_string(), expected, "{text}");
    let again = parse(expected).unwrap();
    assert_eq!(again.to_string(), expected, "read back: {text}");
}

/// What is wrong with each text, one a line, with what it points at in brackets.
fn refusals(texts: &[&str]) -> String {
    let line = |text: &&str| {
        let error = parse(text).unwrap_err();
        format!("{text:?} {error} [{}]\n", error.span.of(text))
    };
    texts.iter().map(line).collect()
}

#[test]
fn operators_bind_as_in_xpath() {
    for (text, expected) in [
        ("1+2*3", "1 + 2 * 3"),
        ("(1+2)*3", "(1 + 2) * 3"),
        ("1-2-3", "1 - 2 - 3"),
        ("1-(2-3)", "1 - (2 - 3)"),
        ("a or b and c = d < e + f * -g | h", "a or b and c = d < e + f * -g | h"),
        ("(a or b) and c", "(a or b) and c"),
        ("a or b or c", "a or b or c"),
        ("- -1", "--1"),
        ("---1", "-1"),
        ("8 mod 3 div 2", "8 mod 3 div 2"),
        ("* * *", "* * *"),
        ("div div mod", "div div mod"),
        ("and and or", "and and or"),
        ("1or2", "1 or 2"),
        ("(1)mod2", "1 mod 2"),
        ("a-b", "a-b"),
        ("a -b", "a - b"),
        ("1e3 + .5 + 5.", "1000 + 0.5 + 5"),
    ] {
        check(text, expected);
    }
}

#[test]
fn paths_are_read() {
    for (text, expected) in [
        ("/", "/"),
        (".", "."),
        ("..", ".."),
        ("/data/x", "/data/x"),
        ("../ x", "../x"),
        ("//x", "/descendant-or-self::node()/x"),
        ("x//y", "x/descendant-or-self::node()/y"),
        ("@id", "@id"),
        ("parent::node()/child::x", "../x"),
        ("self::node()", "."),
        ("jr:meta/*/jr:*", "jr:meta/*/jr:*"),
        ("x[1][@a = 'b']/text()", "x[1][@a = 'b']/text()"),
        ("current()/../x", "current()/../x"),
        (
            "instance('c')/root/item[name = current()/../p]/label",
            "instance('c')/root/item[name = current()/../p]/label",
        ),
        ("(a | b)[2]/c", "(a | b)[2]/c"),
        ("${ edad } + ${last-saved#edad}", "${edad} + ${last-saved#edad}"),
        ("${fila}/edad", "${fila}/edad"),
        ("processing-instruction('x')", "processing-instruction('x')"),
        ("count(${fila}[edad > 5])", "count((${fila})[edad > 5])"),
        ("niñez/año", "niñez/año"),
        ("randomize(a, 1)[1]", "randomize(a, 1)[1]"),
        ("\"it's\"", "\"it's\""),
    ] {
        check(text, expected);
    }
}

#[test]
fn what_is_wrong_is_named_with_its_place_and_a_remedy() {
    let texts = [
        "cuont(${x})",
        "${a} == 1",
        "${a} && ${b}",
        "${a}/2",
        "1/2",
        "${a} AND ${b}",
        "'año",
        "selected(${a}, ‘si’)",
        "${a",
        "${a b}",
        "if(1, 2)",
        "pi(1)",
        "min()",
        "indexed-repeat(a, b, 1, c)",
        "count(1)",
        "concat('a')[1]",
        "(1",
        "1)",
        "1 2",
        "a >",
        "a > = b",
        "$a",
        "up::a",
        ".[1]",
        "a ! b",
        "5 % 2",
        "a ≥ b",
        "${a}/${b}",
        "${a} y ${b} > 1",
        "${a} in (1, 2)",
        "not ${a}",
        "not empty(${a})",
        "${a} => 3",
        ". >= 0 and <= 110",
        "${a} > 3,5",
        "if(${a};1;2)",
        "${a}^2",
        "#{a} = 1",
        "${a}＞３",
        "concat('a' ${b})",
        "SI(${a}, 1, 2)",
        "",
        " \t\n",
    ];
    expect![[r##"
        "cuont(${x})" column 1: unknown function `cuont`: did you mean `count`? [cuont]
        "${a} == 1" column 6: `==` cannot be read here: write `=` [==]
        "${a} && ${b}" column 6: `&&` cannot be read here: write `and` [&&]
        "${a}/2" column 6: found `2` where a name should be: write `div` to divide [2]
        "1/2" column 2: found `/` where an operator or the end should be: write `div` to divide [/]
        "${a} AND ${b}" column 6: found `AND` where an operator or the end should be: operators are written in small letters [AND]
        "'año" column 1: the text that begins with ' has no closing ' ['año]
        "selected(${a}, ‘si’)" column 16: `‘` cannot be read here: use straight quotes: ' or " [‘]
        "${a" column 1: the reference `${a` is not closed: write it as `${name}` [${a]
        "${a b}" column 1: `${a b}` cannot be read here: a question's name has letters, digits, `_`, `-` and `.` [${a b}]
        "if(1, 2)" column 1: `if` takes 3 arguments, but 2 are given [if]
        "pi(1)" column 1: `pi` takes no argument, but 1 is given [pi]
        "min()" column 1: `min` takes at least 1 argument, but 0 are given [min]
        "indexed-repeat(a, b, 1, c)" column 1: `indexed-repeat` takes pairs after its first arguments, and one here is alone [indexed-repeat]
        "count(1)" column 7: `count` needs a question or group in place of `1` [1]
        "concat('a')[1]" column 1: `concat('a')` is a value and has no parts: a `/` or `[` can only follow a question or group [concat('a')]
        "(1" column 3: found the end where `)` should be: close the `(` []
        "1)" column 2: found `)` where an operator or the end should be: it closes no `(`; remove it, or add the `(` [)]
        "1 2" column 3: found `2` where an operator or the end should be: write an operator before it, such as `=`, `and` or `+` [2]
        "a >" column 4: found the end where a value should be []
        "a > = b" column 5: found `=` where a value should be: a comparison is written `=`, `!=`, `<=` or `>=`, without a space inside [=]
        "$a" column 1: variables such as `$a` do not exist in forms: refer to a question as `${name}` [$a]
        "up::a" column 1: unknown axis `up` [up]
        ".[1]" column 2: found `[` where `/` or an operator should be: `.` and `..` take no predicate; write `self::node()[...]` [[]
        "a ! b" column 3: `!` cannot be read here: write `!=` or `not(...)` [!]
        "5 % 2" column 3: `%` cannot be read here: write `mod` for a remainder, or divide by 100 [%]
        "a ≥ b" column 3: `≥` cannot be read here: write `>=` [≥]
        "${a}/${b}" column 6: found `${b}` where a name should be: write `div` to divide [${b}]
        "${a} y ${b} > 1" column 6: found `y` where an operator or the end should be: write `and` [y]
        "${a} in (1, 2)" column 6: found `in` where an operator or the end should be: write a comparison for each, with `or` between them [in]
        "not ${a}" column 5: found `${a}` where an operator or the end should be: write `not(...)` around what shall not hold, and `= ''` for a blank answer [${a}]
        "not empty(${a})" column 5: found `empty` where an operator or the end should be: write `not(...)` around what shall not hold, and `= ''` for a blank answer [empty]
        "${a} => 3" column 7: found `>` where a value should be: a comparison is written `=`, `!=`, `<=` or `>=`, without a space inside [>]
        ". >= 0 and <= 110" column 12: found `<=` where a value should be: write before it what is compared: `.` for the answer in a constraint, or `${name}` [<=]
        "${a} > 3,5" column 9: found `,` where an operator or the end should be: decimals are written with a point [,]
        "if(${a};1;2)" column 8: `;` cannot be read here: write `,` between what a function takes [;]
        "${a}^2" column 5: `^` cannot be read here: write `pow(a, b)` for a power, and a pattern in quotes [^]
        "#{a} = 1" column 1: `#` cannot be read here: a question is written `${name}` [#]
        "${a}＞３" column 5: found `＞３` where an operator or the end should be: write it in letters and signs of the usual width [＞３]
        "concat('a' ${b})" column 12: found `${b}` where `,` or `)` should be: write `,` before it [${b}]
        "SI(${a}, 1, 2)" column 1: unknown function `SI`: did you mean `if`? [SI]
        "" column 1: the expression is empty []
        " \t\n" column 1: the expression is empty []
    "##]].assert_eq(&refusals(&texts));
}

#[test]
fn what_cannot_be_seen_is_named_by_its_number() {
    let fault = parse("${a}\u{200b} > 3").unwrap_err().to_string();
    assert!(
        fault.starts_with("column 5: `U+200B` cannot be read here: it is a character that cannot be seen"),
        "{fault}"
    );
}

#[test]
fn an_unknown_function_can_wait_until_it_is_called() {
    assert!(parse("0 and frobnicate()").is_err());
    assert_eq!(parse_deferring("0 and frobnicate(1)").unwrap().to_string(), "0 and frobnicate(1)");
}

#[test]
fn spans_cover_what_was_written() {
    let text = "concat( ${año} , 1 + (2) )";
    let mut spans = Vec::new();
    parse(text).unwrap().walk(&mut |part| spans.push(part.span.of(text).to_owned()));
    assert_eq!(spans, [text, "${año}", "1 + (2)", "1", "(2)"]);
}

#[test]
fn size_and_depth_are_bounded() {
    let nested: [(&str, &str, &str); 6] = [
        ("(", "1", ")"),
        ("if(1, ", "1", ", 2)"),
        ("a[", "1", "]"),
        ("-(", "1", ")"),
        ("not(", "1", ")"),
        ("1 - (", "1", ")"),
    ];
    for (open, middle, close) in nested {
        let deep = |depth: usize| format!("{}{middle}{}", open.repeat(depth), close.repeat(depth));
        assert!(parse(&deep(40)).is_ok(), "{open}");
        let fault = parse(&deep(100_000 / open.len())).unwrap_err().fault;
        assert!(matches!(fault, ParseFault::TooDeep { .. }), "{open}: {fault}");
    }
    let long = "1+".repeat(400) + "1";
    assert!(matches!(parse(&long).unwrap_err().fault, ParseFault::TooDeep { .. }));
    assert!(parse(&("1 or ".repeat(10_000) + "1")).is_ok());
    assert!(parse(&format!("concat({}1)", "1,".repeat(10_000))).is_ok());
    assert!(parse(&("-".repeat(100_000) + "1")).is_ok());
    assert!(matches!(parse(&" ".repeat(MAX_LENGTH + 1)).unwrap_err().fault, ParseFault::TooLong { .. }));
}

fn words() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "(",
        ")",
        "[",
        "]",
        "/",
        "//",
        ".",
        "..",
        "@",
        "::",
        ",",
        "|",
        "+",
        "-",
        "*",
        "=",
        "!=",
        "<",
        "<=",
        "div",
        "mod",
        "and",
        "or",
        "1",
        "2.5",
        "'x'",
        "\"y\"",
        "a",
        "jr:b",
        "b:*",
        "${q}",
        "${last-saved#q}",
        "count(",
        "if(",
        "concat(",
        "current()",
        "instance('i')",
        "node()",
        "text()",
        "child",
        "ancestor",
        "position()",
        "$v",
        " ",
        "regex(",
        "'['",
    ]);
    prop::collection::vec(word, 0..40).prop_map(|words| words.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_text_can_be_offered(text in ".*") {
        let _ = parse(&text).map_err(|error| error.to_string());
        let _ = parse_deferring(&text);
    }

    #[test]
    fn any_words_can_be_offered_and_what_is_read_is_written_the_same(text in words()) {
        if let Ok(expr) = parse_deferring(&text) {
            let written = expr.to_string();
            let again = parse_deferring(&written).map_err(|error| format!("{written}: {error}")).unwrap();
            prop_assert_eq!(again.to_string(), written);
        }
        let _ = parse(&text).map_err(|error| error.to_string());
    }
}
