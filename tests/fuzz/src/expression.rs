//! An expression: read on its own, then at work in a small form.

use chaski_forms::{Form, Limits, read_xform};
use chaski_xpath::{MAX_LENGTH, parse, parse_deferring};

const FORM: &str = r#"<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"
 xmlns:jr="http://openrosa.org/javarosa"><h:head><h:title>F</h:title><model><instance><data id="f">
<a>3</a><b>x y</b><d>2026-05-31</d><p>-12.05 -77.04 0 0</p><q>0 0;0 1;1 1;0 0</q><n/><s>x</s>
<r><m>1</m><t>uno</t></r><r><m>2</m><t>dos</t></r><z/><w/></data></instance>
<instance id="l"><root><item><name>x</name><label>Equis</label><k>1</k></item>
<item><name>y</name><label>Ye</label><k>2</k></item></root></instance>
<bind nodeset="/data/a" type="int"/><bind nodeset="/data/d" type="date"/><bind nodeset="/data/p" type="geopoint"/>
<bind nodeset="/data/n" type="decimal" constraint="EXPRESSION"/><bind nodeset="/data/w" relevant="EXPRESSION"/>
<bind nodeset="/data/r/m" type="int"/><bind nodeset="/data/r/t" relevant="EXPRESSION"/>
<bind nodeset="/data/z" calculate="EXPRESSION"/></model></h:head><h:body>
<input ref="/data/a"/><input ref="/data/b"/><input ref="/data/d"/><input ref="/data/p"/><input ref="/data/q"/>
<input ref="/data/n"/><select1 ref="/data/s"><itemset nodeset="instance('l')/root/item[EXPRESSION]"><value ref="name"/>
<label ref="label"/></itemset></select1><group ref="/data/r"><repeat nodeset="/data/r"><input ref="/data/r/m"/>
<input ref="/data/r/t"/></repeat></group><input ref="/data/w"/></h:body></h:html>"#;

/// Where the expression stands, one form each, so that a place that refuses it does not hide the others.
const PLACES: [&str; 5] = [
    "calculate=\"EXPRESSION\"",
    "constraint=\"EXPRESSION\"",
    "/data/w\" relevant=\"EXPRESSION\"",
    "/data/r/t\" relevant=\"EXPRESSION\"",
    "[EXPRESSION]",
];

pub(crate) fn read(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    if let Err(error) = parse(&text) {
        drop(error.to_string());
    }
    let Ok(expr) = parse_deferring(&text) else { return };
    let written = expr.to_string();
    // Spaces are written where there were none, so that the longest expressions are too long then.
    if written.len() <= MAX_LENGTH {
        let again = parse_deferring(&written).map(|expr| expr.to_string());
        assert_eq!(again.as_ref(), Ok(&written), "what is written is read the same");
    }
    let escaped: String = text.chars().map(escaped).collect();
    for place in PLACES {
        let mut form = FORM.replacen(place, &place.replace("EXPRESSION", &escaped), 1);
        for other in PLACES {
            form = form.replacen(other, &other.replace("EXPRESSION", "true()"), 1);
        }
        if let Ok(reading) = read_xform(form.as_bytes(), &Limits::default())
            && let Ok(form) = Form::from_source(&reading.source)
        {
            crate::reading::filled(&std::sync::Arc::new(form));
        }
    }
}

/// A character as it stands in an attribute; one that XML cannot hold is left out.
fn escaped(character: char) -> String {
    match character {
        '&' | '<' | '>' | '"' | '\'' | '\t' | '\n' | '\r' => format!("&#{};", u32::from(character)),
        '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => String::new(),
        character => character.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_small_form_is_one() {
        let form = FORM.replace("[EXPRESSION]", "[k != '']").replace("EXPRESSION", "true()");
        let reading = read_xform(form.as_bytes(), &Limits::default());
        assert!(reading.is_ok_and(|reading| reading.warnings.is_empty()));
        assert!(PLACES.iter().all(|place| FORM.matches(place).count() == 1));
    }
}
