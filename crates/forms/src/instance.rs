//! A record as XML: what ODK Collect and other programs of its kind fill in and send.
//!
//! Reading one gives what a record of ours would hold, so that it can be opened and gone on with. Rows get ids that follow
//! from the record and their place, as rows that a form counts do: reading the same XML twice gives the same record.

use std::collections::{BTreeMap, HashMap};

use chaski_values::{Key, NodePath, RecordId, RowId, Scalar, Step};

use crate::Limits;
use crate::form::{Calculation, Form, NodeId};
use crate::problem::Cause;
use crate::xform::xml::Xml;

/// A record that was read.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Instance {
    /// What [`crate::Session::open`] takes.
    pub saved: BTreeMap<Key, Scalar>,
    /// What no question of the form can hold, in document order: its place in the XML and its text. Files are among it,
    /// since XML only names them.
    pub left_out: Vec<(String, String)>,
}

/// An element and the node it stands for.
struct Found {
    element: u32,
    /// Nothing for the outermost one.
    node: Option<NodeId>,
    steps: Vec<Step>,
}

impl Form {
    /// Reads a record of this form that another program wrote. `record` is the id it has here, `zone_minutes` the zone of
    /// moments that name none, in minutes east of UTC.
    ///
    /// # Errors
    /// When it is not XML, is larger than a form may be, or is a record of another form.
    pub fn read_instance(&self, record: RecordId, xml: &[u8], zone_minutes: i32) -> Result<Instance, Cause> {
        let xml = Xml::read(xml, &Limits::default())?;
        let outermost = xml.element(Xml::ROOT);
        if let Some(id) = outermost.attribute("id").filter(|id| *id != self.id.as_str()) {
            return Err(Cause::OtherForm { found: id.to_owned(), form: self.id.to_string() });
        }
        let offset = i16::try_from(zone_minutes.clamp(-18 * 60, 18 * 60)).unwrap_or(0);
        let mut instance = Instance::default();
        let mut waiting = vec![Found { element: Xml::ROOT, node: None, steps: Vec::new() }];
        while let Some(found) = waiting.pop() {
            let inside = self.inside(&xml, &found, record, offset, &mut instance);
            waiting.extend(inside.into_iter().rev());
        }
        Ok(instance)
    }

    /// Reads what stands in an element; gives what holds more.
    fn inside(&self, xml: &Xml, found: &Found, record: RecordId, offset: i16, into: &mut Instance) -> Vec<Found> {
        let nodes = found.node.map_or(self.top.as_slice(), |node| self.node(node).children.as_slice());
        let by_name: HashMap<&str, NodeId> = nodes.iter().map(|node| (self.node(*node).name.as_str(), *node)).collect();
        let mut rows: HashMap<NodeId, u32> = HashMap::new();
        let mut held = Vec::new();
        for (element, child) in xml.children(found.element) {
            let Some(node) = by_name.get(child.local()).copied() else {
                self.leave_out(xml, element, &found.steps, into);
                continue;
            };
            let mut steps = found.steps.clone();
            steps.push(Step { name: child.local().to_owned(), row: None });
            let Ok(path) = NodePath::new(steps.clone()) else { continue };
            let node_of = self.node(node);
            if node_of.rows.is_some() {
                if child.attribute("template").is_some() {
                    continue;
                }
                let place = rows.entry(node).or_default();
                let row = RowId::derived(record, &path, *place);
                *place += 1;
                if node_of.repeat_count.is_none() {
                    into.saved.insert(Key::at(&path.with_row(row)), Scalar::Int(i64::from(*place)));
                }
                if let Some(last) = steps.last_mut() {
                    last.row = Some(row);
                }
            }
            if node_of.kind.is_container() {
                held.push(Found { element, node: Some(node), steps });
                continue;
            }
            let text = xml.own_text(element);
            if text.trim().is_empty() || matches!(node_of.calculation, Some(Calculation::Always(_))) {
                continue;
            }
            let text = node_of.cast.of(text.as_str().into());
            let answer = node_of.keep.and_then(|keep| {
                let answer = keep.answer_of(&text, offset).and_then(|answer| keep.fit(answer).ok())?;
                Some(keep.writes(&path, None, Some(&answer)))
            });
            match answer {
                Some(writes) => into.saved.extend(writes),
                None => self.leave_out(xml, element, &found.steps, into),
            }
        }
        held
    }

    /// Notes the text of an element that no question holds. The record's own id is none of them: it has another here.
    fn leave_out(&self, xml: &Xml, element: u32, above: &[Step], into: &mut Instance) {
        let text = xml.own_text(element).trim().to_owned();
        let names = above.iter().map(|step| step.name.as_str()).chain([xml.element(element).local()]);
        let place = names.collect::<Vec<_>>().join("/");
        if !text.is_empty() && !place.starts_with("meta/") {
            into.left_out.push((place, text));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use chaski_values::Timestamp;

    use super::*;
    use crate::{Environment, Lookups, Session, read_markdown};

    const RECORD: RecordId = RecordId::from_bytes([3; 16]);

    fn form() -> Arc<Form> {
        let reading = read_markdown(
            "| survey |
             | | type | name | label | calculation | default | repeat_count |
             | | start | begun | | | | |
             | | integer | n | N | | 7 | |
             | | select_multiple c | c | C | | | |
             | | begin_group | g | G | | | |
             | | date | day | D | | | |
             | | calculate | twice | | ${n} * 2 | | |
             | | calculate | once | | once(random()) | | |
             | | end_group | | | | | |
             | | begin_repeat | r | R | | | |
             | | text | a | A | | | |
             | | end_repeat | | | | | |
             | | begin_repeat | k | K | | | ${n} |
             | | text | b | B | | | |
             | | end_repeat | | | | | |
             | | image | photo | P | | | |
             | choices |
             | | list_name | name | label |
             | | c | x | X |
             | | c | y | Y |
             | settings |
             | | form_id |
             | | visit |",
        );
        Arc::new(Form::from_source(&reading.unwrap().source).unwrap())
    }

    const SENT: &str = "<data id='visit' xmlns:jr='http://openrosa.org/javarosa'>
        <begun>2026-05-31T09:30:00.000-05:00</begun><n>2</n><c>y x</c>
        <g><day>2026-05-30</day><twice>99</twice><once>0.5</once></g>
        <r jr:template=''><a>no</a></r><r><a>one</a></r><r><a/></r>
        <k><b>first</b></k><k><b>second</b></k>
        <photo>1.jpg</photo><gone>kept</gone><meta><instanceID>uuid:1</instanceID></meta></data>";

    #[test]
    fn a_record_of_another_program_is_gone_on_with() {
        let form = form();
        let instance = form.read_instance(RECORD, SENT.as_bytes(), -300).unwrap();
        let left_out = [("photo", "1.jpg"), ("gone", "kept")].map(|(place, text)| (place.to_owned(), text.to_owned()));
        assert_eq!(instance.left_out, left_out);
        let environment = Environment {
            now: Timestamp::from_millis(1_790_000_000_000).unwrap(),
            zone_minutes: -300,
            device: String::new(),
            person: String::new(),
            seed: [7; 32],
            lookups: Lookups::default(),
        };
        let (session, writes) = Session::open(form.clone(), environment, RECORD, &instance.saved);
        assert_eq!(writes, [], "it is no new record: nothing begins");
        let states = session.states();
        let value = |place: &str| states.iter().find(|state| state.place == place).map(|state| state.value.as_str());
        let expected = [
            ("begun", "2026-05-31T09:30:00.000-05:00"),
            ("n", "2"),
            ("c", "x y"),
            ("g/day", "2026-05-30"),
            ("g/twice", "4"),
            ("g/once", "0.5"),
            ("r[1]/a", "one"),
            ("r[2]/a", ""),
            ("k[1]/b", "first"),
            ("k[2]/b", "second"),
            ("photo", ""),
        ];
        for (place, text) in expected {
            assert_eq!(value(place), Some(text), "{place}");
        }
        assert_eq!((value("r[3]/a"), value("k[3]/b")), (None, None));
    }

    #[test]
    fn a_record_of_another_form_is_refused() {
        let told = form().read_instance(RECORD, b"<data id='survey'><n>2</n></data>", 0).unwrap_err();
        assert_eq!(told.to_string(), "this is a record of the form `survey`, not of `visit`");
        assert!(form().read_instance(RECORD, b"<data", 0).is_err());
    }
}
