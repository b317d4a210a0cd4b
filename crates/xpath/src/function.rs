//! The functions an expression may call: a closed set, each with its name, its argument count and what it gives.

use std::fmt;

use crate::value::Kind;

/// How many arguments a function takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arity {
    pub least: usize,
    /// `None` when any number may follow.
    pub most: Option<usize>,
}

impl Arity {
    pub const fn admits(self, count: usize) -> bool {
        count >= self.least
            && match self.most {
                Some(most) => count <= most,
                None => true,
            }
    }
}

impl fmt::Display for Arity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = |count: usize| if count == 1 { "" } else { "s" };
        match self.most {
            Some(0) => f.write_str("no argument"),
            Some(most) if most == self.least => write!(f, "{most} argument{}", plural(most)),
            Some(most) if most == self.least + 1 => write!(f, "{} or {most} arguments", self.least),
            Some(most) => write!(f, "{} to {most} arguments", self.least),
            None => write!(f, "at least {} argument{}", self.least, plural(self.least)),
        }
    }
}

macro_rules! most {
    (*) => {
        None
    };
    ($most:literal) => {
        Some($most)
    };
}

macro_rules! functions {
    ($($(#[$doc:meta])* $variant:ident $name:literal ($least:literal, $most:tt) -> $kind:ident;)*) => {
        /// A function of the ODK XForms specification, of XPath 1.0, or one of the few that Collect adds.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Function {
            $($(#[$doc])* $variant,)*
        }

        impl Function {
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name as an expression writes it.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            pub const fn arity(self) -> Arity {
                match self {
                    $(Self::$variant => Arity { least: $least, most: most!($most) },)*
                }
            }

            /// What the function gives; [`Kind::Any`] when that depends on its arguments.
            pub const fn kind(self) -> Kind {
                match self {
                    $(Self::$variant => Kind::$kind,)*
                }
            }

            /// The function of this name.
            pub fn named(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Self::$variant),)*
                    _ => None,
                }
            }
        }
    };
}

functions! {
    // Choosing and truth.
    If "if" (3, 3) -> Any;
    Coalesce "coalesce" (2, 2) -> Any;
    /// The value already stored, or the argument when there is none yet.
    Once "once" (1, 1) -> Any;
    True "true" (0, 0) -> Boolean;
    False "false" (0, 0) -> Boolean;
    Boolean "boolean" (1, 1) -> Boolean;
    BooleanFromString "boolean-from-string" (1, 1) -> Boolean;
    Not "not" (1, 1) -> Boolean;
    Regex "regex" (2, 2) -> Boolean;
    Checklist "checklist" (3, *) -> Boolean;
    WeightedChecklist "weighted-checklist" (4, *) -> Boolean;
    Lang "lang" (1, 1) -> Boolean;

    // Select questions and labels.
    Selected "selected" (2, 2) -> Boolean;
    SelectedAt "selected-at" (2, 2) -> Text;
    CountSelected "count-selected" (1, 1) -> Number;
    ChoiceName "jr:choice-name" (2, 2) -> Text;
    Itext "jr:itext" (1, 1) -> Text;

    // Nodes and repeats.
    Count "count" (1, 1) -> Number;
    CountNonEmpty "count-non-empty" (1, 1) -> Number;
    Sum "sum" (1, 1) -> Number;
    Max "max" (1, *) -> Number;
    Min "min" (1, *) -> Number;
    Position "position" (0, 1) -> Number;
    Last "last" (0, 0) -> Number;
    Current "current" (0, 0) -> Nodes;
    Instance "instance" (1, 1) -> Nodes;
    IndexedRepeat "indexed-repeat" (3, 7) -> Nodes;
    Randomize "randomize" (1, 2) -> Nodes;
    Id "id" (1, 1) -> Nodes;
    Name "name" (0, 1) -> Text;
    LocalName "local-name" (0, 1) -> Text;
    NamespaceUri "namespace-uri" (0, 1) -> Text;

    // Text.
    String "string" (0, 1) -> Text;
    Concat "concat" (1, *) -> Text;
    Join "join" (1, *) -> Text;
    Contains "contains" (2, 2) -> Boolean;
    StartsWith "starts-with" (2, 2) -> Boolean;
    EndsWith "ends-with" (2, 2) -> Boolean;
    /// `substr(text, from 0, end not included)`.
    Substr "substr" (2, 3) -> Text;
    /// `substring(text, from 1, length)`.
    Substring "substring" (2, 3) -> Text;
    SubstringBefore "substring-before" (2, 2) -> Text;
    SubstringAfter "substring-after" (2, 2) -> Text;
    StringLength "string-length" (0, 1) -> Number;
    NormalizeSpace "normalize-space" (0, 1) -> Text;
    Translate "translate" (3, 3) -> Text;
    Digest "digest" (2, 3) -> Text;
    Base64Decode "base64-decode" (1, 1) -> Text;
    ExtractSigned "extract-signed" (2, 2) -> Text;
    Uuid "uuid" (0, 1) -> Text;
    PullData "pulldata" (4, 4) -> Text;

    // Numbers.
    Number "number" (0, 1) -> Number;
    Int "int" (1, 1) -> Number;
    Round "round" (1, 2) -> Number;
    Floor "floor" (1, 1) -> Number;
    Ceiling "ceiling" (1, 1) -> Number;
    Abs "abs" (1, 1) -> Number;
    Pow "pow" (2, 2) -> Number;
    Sqrt "sqrt" (1, 1) -> Number;
    Exp "exp" (1, 1) -> Number;
    Exp10 "exp10" (1, 1) -> Number;
    Log "log" (1, 1) -> Number;
    Log10 "log10" (1, 1) -> Number;
    Sin "sin" (1, 1) -> Number;
    Cos "cos" (1, 1) -> Number;
    Tan "tan" (1, 1) -> Number;
    Asin "asin" (1, 1) -> Number;
    Acos "acos" (1, 1) -> Number;
    Atan "atan" (1, 1) -> Number;
    Atan2 "atan2" (2, 2) -> Number;
    Pi "pi" (0, 0) -> Number;
    Random "random" (0, 0) -> Number;

    // Dates and times.
    Today "today" (0, 0) -> Date;
    Now "now" (0, 0) -> Date;
    Date "date" (1, 1) -> Date;
    DateTime "date-time" (1, 1) -> Date;
    DecimalDateTime "decimal-date-time" (1, 1) -> Number;
    DecimalTime "decimal-time" (1, 1) -> Number;
    FormatDate "format-date" (2, 2) -> Text;
    FormatDateTime "format-date-time" (2, 2) -> Text;
    /// Whole months from the first date to the second.
    DifferenceInMonths "difference-in-months" (2, 2) -> Number;

    // Places.
    Area "area" (1, 1) -> Number;
    Distance "distance" (1, *) -> Number;
    Geofence "geofence" (2, 2) -> Boolean;
}

impl Function {
    /// Whether two calls with the same arguments may differ.
    pub const fn is_volatile(self) -> bool {
        matches!(self, Self::Today | Self::Now | Self::Random | Self::Uuid)
    }

    /// Whether the argument at `index` must be nodes: a plain value there is an author's mistake.
    pub(crate) const fn needs_nodes(self, index: usize) -> bool {
        match self {
            Self::Count | Self::CountNonEmpty | Self::Sum | Self::Position | Self::Randomize => index == 0,
            Self::Name | Self::LocalName | Self::NamespaceUri => index == 0,
            Self::IndexedRepeat => index == 0 || index % 2 == 1,
            _ => false,
        }
    }

    /// The known name most like `name`, when one is near enough to be what was meant.
    pub(crate) fn nearest(name: &str) -> Option<&'static str> {
        let lower = name.to_lowercase();
        let aliases = [
            ("choice-name", "jr:choice-name"),
            ("itext", "jr:itext"),
            ("length", "string-length"),
            ("len", "string-length"),
            ("average", "sum"),
            ("ifnull", "coalesce"),
            ("si", "if"),
            ("suma", "sum"),
            ("contar", "count"),
            ("redondear", "round"),
            ("hoy", "today"),
            ("ahora", "now"),
            ("fecha", "date"),
            ("concatenar", "concat"),
            ("no", "not"),
            ("seleccionado", "selected"),
            ("datetime", "date-time"),
            ("match", "regex"),
            ("matches", "regex"),
            ("power", "pow"),
        ];
        if let Some((_, known)) = aliases.iter().find(|(alias, _)| *alias == lower) {
            return Some(known);
        }
        let allowed = if lower.chars().count() <= 4 { 1 } else { 2 };
        Self::ALL
            .iter()
            .map(|function| (distance(&lower, function.name()), function.name()))
            .filter(|(far, _)| *far <= allowed)
            .min()
            .map(|(_, known)| known)
    }
}

/// Edits between two words, where swapping two neighbours counts as one.
fn distance(left: &str, right: &str) -> usize {
    let (left, right): (Vec<char>, Vec<char>) = (left.chars().take(64).collect(), right.chars().collect());
    let mut rows = vec![vec![0_usize; right.len() + 1]; left.len() + 1];
    for i in 0..=left.len() {
        for j in 0..=right.len() {
            rows[i][j] = if i == 0 || j == 0 {
                i + j
            } else {
                let same = usize::from(left[i - 1] != right[j - 1]);
                let mut best = (rows[i - 1][j] + 1).min(rows[i][j - 1] + 1).min(rows[i - 1][j - 1] + same);
                if i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1] {
                    best = best.min(rows[i - 2][j - 2] + 1);
                }
                best
            };
        }
    }
    rows[left.len()][right.len()]
}

impl fmt::Display for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_function_is_found_by_its_name() {
        for function in Function::ALL {
            assert_eq!(Function::named(function.name()), Some(*function));
        }
    }

    #[test]
    fn a_slip_of_the_pen_is_understood() {
        for (slip, meant) in [
            ("cuont", Some("count")),
            ("Selected", Some("selected")),
            ("formatdate", Some("format-date")),
            ("choice-name", Some("jr:choice-name")),
            ("frobnicate", None),
        ] {
            assert_eq!(Function::nearest(slip), meant, "{slip}");
        }
    }
}
