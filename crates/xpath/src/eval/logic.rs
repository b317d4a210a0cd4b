//! The functions, one arm each, and those of choice and truth.

use super::{Evaluator, Frame, Outcome};
use crate::context::{Context, NodeOf};
use crate::error::{EvalError, Span};
use crate::expr::{Expr, ExprKind};
use crate::function::Function;
use crate::moment::Moment;
use crate::pattern::Pattern;
use crate::tree::Tree;
use crate::value::{Text, Value};

impl<C: Context> Evaluator<'_, C> {
    #[inline(never)]
    pub(super) fn call(
        &self,
        function: Function,
        arguments: &[Expr],
        span: Span,
        frame: Frame<NodeOf<C>>,
    ) -> Outcome<C> {
        let call = Call { evaluator: self, function, arguments, span, frame };
        let boolean = |outcome: Result<bool, EvalError>| outcome.map(Value::Boolean);
        let number = |outcome: Result<f64, EvalError>| outcome.map(Value::Number);
        let text = |outcome: Result<Text, EvalError>| outcome.map(Value::Text);
        match function {
            Function::If => call.choose(),
            Function::Coalesce => call.coalesce(),
            Function::Once => call.once(),
            Function::True => Ok(Value::Boolean(true)),
            Function::False => Ok(Value::Boolean(false)),
            Function::Boolean => boolean(call.boolean(0)),
            Function::BooleanFromString => boolean(call.text(0).map(|text| matches!(&*text, "true" | "1"))),
            Function::Not => boolean(call.boolean(0).map(|truth| !truth)),
            Function::Regex => boolean(call.regex()),
            Function::Checklist => boolean(call.checklist()),
            Function::WeightedChecklist => boolean(call.weighted_checklist()),
            Function::Lang => boolean(call.lang()),

            Function::Selected => boolean(call.selected()),
            Function::SelectedAt => text(call.selected_at()),
            Function::CountSelected => number(call.count_selected()),
            Function::ChoiceName => text(call.choice_name()),
            Function::Itext => text(call.text(0).map(|id| self.context.itext(&id).unwrap_or_default())),

            Function::Count => number(call.count()),
            Function::CountNonEmpty => number(call.count_non_empty()),
            Function::Sum => number(call.sum()),
            Function::Max => number(call.extreme(f64::max)),
            Function::Min => number(call.extreme(f64::min)),
            Function::Position => number(call.position()),
            #[expect(clippy::cast_precision_loss, reason = "a count of nodes is far below 2^53")]
            Function::Last => Ok(Value::Number(frame.size as f64)),
            Function::Current => Ok(Value::Nodes(vec![self.context.current()])),
            Function::Instance => call.instance().map(Value::Nodes),
            Function::IndexedRepeat => call.indexed_repeat(),
            Function::Randomize => call.randomize().map(Value::Nodes),
            Function::Id => call.id().map(Value::Nodes),
            Function::Name => text(call.name()),
            Function::LocalName => text(call.local_name()),
            Function::NamespaceUri => text(call.namespace_uri()),

            Function::String => text(call.text_or_own(0)),
            Function::Concat => text(call.concat()),
            Function::Join => text(call.join()),
            Function::Contains => boolean(call.two_texts(|whole, part| whole.contains(part))),
            Function::StartsWith => boolean(call.two_texts(|whole, part| whole.starts_with(part))),
            Function::EndsWith => boolean(call.two_texts(|whole, part| whole.ends_with(part))),
            Function::Substr => text(call.substr()),
            Function::Substring => text(call.substring()),
            Function::SubstringBefore => text(call.substring_before()),
            Function::SubstringAfter => text(call.substring_after()),
            Function::StringLength => number(call.string_length()),
            Function::NormalizeSpace => text(call.normalize_space()),
            Function::Translate => text(call.translate()),
            Function::Digest => text(call.digest()),
            Function::Base64Decode => text(call.base64_decode()),
            Function::ExtractSigned => text(call.extract_signed()),
            Function::Uuid => text(call.uuid()),
            Function::PullData => text(call.pull_data()),

            Function::Number => number(call.number_or_own()),
            Function::Int => number(call.number(0).map(|number| number.trunc() + 0.0)),
            Function::Round => number(call.round()),
            Function::Floor => number(call.number(0).map(f64::floor)),
            Function::Ceiling => number(call.number(0).map(f64::ceil)),
            Function::Abs => number(call.number(0).map(f64::abs)),
            Function::Pow => number(call.two_numbers(super::numbers::power)),
            Function::Sqrt => number(call.number(0).map(f64::sqrt)),
            Function::Exp => number(call.number(0).map(f64::exp)),
            Function::Exp10 => number(call.number(0).map(|power| 10_f64.powf(power))),
            Function::Log => number(call.number(0).map(f64::ln)),
            Function::Log10 => number(call.number(0).map(f64::log10)),
            Function::Sin => number(call.number(0).map(f64::sin)),
            Function::Cos => number(call.number(0).map(f64::cos)),
            Function::Tan => number(call.number(0).map(f64::tan)),
            Function::Asin => number(call.number(0).map(f64::asin)),
            Function::Acos => number(call.number(0).map(f64::acos)),
            Function::Atan => number(call.number(0).map(f64::atan)),
            Function::Atan2 => number(call.two_numbers(f64::atan2)),
            Function::Pi => Ok(Value::Number(std::f64::consts::PI)),
            Function::Random => Ok(Value::Number(self.context.random())),

            Function::Today => Ok(Value::Date(Moment::day(call.now().date(), self.context.offset_minutes()))),
            Function::Now => Ok(Value::Date(call.now())),
            Function::Date | Function::DateTime => call.date(),
            Function::DecimalDateTime => number(call.decimal_date_time()),
            Function::DecimalTime => number(call.decimal_time()),
            Function::FormatDate | Function::FormatDateTime => text(call.format_date()),
            Function::DifferenceInMonths => number(call.difference_in_months()),

            Function::Area => number(call.area()),
            Function::Distance => number(call.distance()),
            Function::Geofence => boolean(call.geofence()),
        }
    }
}

/// A call being evaluated.
pub(super) struct Call<'a, 'c, C: Context> {
    pub(super) evaluator: &'a Evaluator<'c, C>,
    pub(super) function: Function,
    pub(super) arguments: &'a [Expr],
    pub(super) span: Span,
    pub(super) frame: Frame<NodeOf<C>>,
}

impl<'a, C: Context> Call<'a, '_, C> {
    pub(super) fn argument(&self, index: usize) -> Result<&'a Expr, EvalError> {
        self.evaluator.argument(self.function, self.arguments, index)
    }

    pub(super) fn scalar(&self, index: usize) -> Outcome<C> {
        self.evaluator.scalar(self.argument(index)?, self.frame)
    }

    pub(super) fn text(&self, index: usize) -> Result<Text, EvalError> {
        self.evaluator.text(self.argument(index)?, self.frame)
    }

    pub(super) fn number(&self, index: usize) -> Result<f64, EvalError> {
        self.evaluator.number(self.argument(index)?, self.frame)
    }

    pub(super) fn boolean(&self, index: usize) -> Result<bool, EvalError> {
        self.evaluator.boolean(self.argument(index)?, self.frame)
    }

    pub(super) fn nodes(&self, index: usize) -> Result<Vec<NodeOf<C>>, EvalError> {
        self.evaluator.nodes(self.argument(index)?, self.frame, self.function.name())
    }

    /// Each value of the arguments from `first` on, nodes one by one.
    pub(super) fn each_from(
        &self,
        first: usize,
        visit: &mut dyn FnMut(Value<NodeOf<C>>) -> Result<(), EvalError>,
    ) -> Result<(), EvalError> {
        self.arguments.iter().skip(first).try_for_each(|argument| self.evaluator.each(argument, self.frame, visit))
    }

    fn choose(&self) -> Outcome<C> {
        let chosen = if self.boolean(0)? { 1 } else { 2 };
        self.evaluator.eval(self.argument(chosen)?, self.frame)
    }

    fn coalesce(&self) -> Outcome<C> {
        let first = self.scalar(0)?;
        if first.is_blank() { self.scalar(1) } else { Ok(first) }
    }

    /// What is stored already stays: a value computed once does not drift.
    fn once(&self) -> Outcome<C> {
        let stored = self.evaluator.single(self.evaluator.context.stored(), self.span)?;
        if stored.is_blank() { self.scalar(0) } else { Ok(stored) }
    }

    fn regex(&self) -> Result<bool, EvalError> {
        let text = self.text(0)?;
        let pattern = self.argument(1)?;
        let refused = |source: &str, reason: &str| EvalError::Pattern {
            pattern: source.to_owned(),
            reason: reason.to_owned(),
            span: pattern.span,
        };
        if let ExprKind::Pattern(pattern) = &pattern.kind {
            self.evaluator.spend(pattern.cost_of(text.len()))?;
            return pattern.matches(&text).map_err(|reason| refused(pattern.source(), reason));
        }
        let pattern = Pattern::new(&self.text(1)?);
        self.evaluator.spend(pattern.cost().saturating_add(pattern.cost_of(text.len())))?;
        pattern.matches(&text).map_err(|reason| refused(pattern.source(), reason))
    }

    fn checklist(&self) -> Result<bool, EvalError> {
        let mut count = 0.0;
        self.each_from(2, &mut |value| {
            count += f64::from(u8::from(value.to_boolean()));
            Ok(())
        })?;
        self.is_between(count)
    }

    /// Pairs of a condition and its weight; where both are nodes, they pair up one by one.
    fn weighted_checklist(&self) -> Result<bool, EvalError> {
        let mut total = 0.0;
        for pair in self.arguments.get(2..).unwrap_or_default().chunks(2) {
            let mut held = Vec::new();
            let [condition, weight] = pair else {
                return Err(EvalError::MissingArgument {
                    function: self.function.name(),
                    position: self.arguments.len() + 1,
                });
            };
            self.evaluator.each(condition, self.frame, &mut |value| {
                held.push(value.to_boolean());
                Ok(())
            })?;
            let mut held = held.into_iter();
            self.evaluator.each(weight, self.frame, &mut |value| {
                if held.next().unwrap_or(false) {
                    total += self.evaluator.number_of(&value);
                }
                Ok(())
            })?;
        }
        self.is_between(total)
    }

    /// Whether the first two arguments enclose `count`; below zero stands for no limit, as `-1` is written for it.
    fn is_between(&self, count: f64) -> Result<bool, EvalError> {
        let (least, most) = (self.number(0)?, self.number(1)?);
        Ok((least < 0.0 || count >= least) && (most < 0.0 || count <= most))
    }

    fn lang(&self) -> Result<bool, EvalError> {
        let wanted = self.text(0)?.to_lowercase();
        let tree = self.evaluator.tree;
        let (mut at, mut attributes) = (Some(self.frame.node), Vec::new());
        while let Some(node) = at {
            attributes.clear();
            tree.attributes(node, &mut attributes);
            let written = attributes
                .iter()
                .find(|attribute| tree.local_name(**attribute) == "lang" && tree.prefix(**attribute) == Some("xml"));
            if let Some(attribute) = written {
                let language = tree.text(*attribute).to_lowercase();
                return Ok(language
                    .strip_prefix(&wanted)
                    .is_some_and(|region| region.is_empty() || region.starts_with('-')));
            }
            at = tree.parent(node);
        }
        Ok(false)
    }

    fn selected(&self) -> Result<bool, EvalError> {
        let (chosen, code) = (self.text(0)?, self.text(1)?);
        let code = code.trim();
        Ok(chosen.split_whitespace().any(|one| one == code) || code.is_empty() && chosen.trim().is_empty())
    }

    /// The chosen code at a place counted from 0; blank where there is none.
    fn selected_at(&self) -> Result<Text, EvalError> {
        let (chosen, place) = (self.text(0)?, self.number(1)?);
        let at = super::texts::index(place);
        Ok(at.and_then(|at| chosen.split_whitespace().nth(at)).unwrap_or_default().into())
    }

    #[expect(clippy::cast_precision_loss, reason = "a count of choices is far below 2^53")]
    fn count_selected(&self) -> Result<f64, EvalError> {
        Ok(self.text(0)?.split_whitespace().count() as f64)
    }

    fn choice_name(&self) -> Result<Text, EvalError> {
        let (code, question) = (self.text(0)?, self.text(1)?);
        Ok(self.evaluator.context.choice_name(&code, &question).unwrap_or_default())
    }
}
