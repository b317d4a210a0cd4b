//! What must be computed again when something changes, and in which order: a static graph over the properties of nodes.
//!
//! Rows do not appear in it. An edge says inside which row a change is felt, and the session finds the rows.

use std::collections::{BTreeMap, BTreeSet};

use super::{Calculation, ChoiceSource, Default, ExprId, Expression, Form, Node, NodeId, Order, Read, Scope, ScopeId};
use crate::kind::Kind;
use crate::source::Event;

/// A property of a node. Their order is that in which they are computed when nothing else decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Aspect {
    Relevant,
    /// Which choices can be taken.
    Choices,
    /// The answer or the result of the calculation, as others see it: blank when the node is not relevant.
    Value,
    /// Which rows a repeat has.
    Rows,
    /// The position of one row of a repeat; this and the next a repeat has in each of its own rows.
    Position,
    /// Whether one row of a repeat counts.
    Row,
    Required,
    Readonly,
    /// Whether the constraint holds.
    Constraint,
    /// Label, hint and messages.
    Words,
}

impl Aspect {
    const COUNT: usize = Self::Words as usize + 1;
}

/// One property of one node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Property {
    pub(crate) node: NodeId,
    pub(crate) aspect: Aspect,
}

impl Property {
    /// The scope in each of whose rows it is computed.
    fn scope(self, nodes: &[Node]) -> ScopeId {
        let node = &nodes[self.node.at()];
        match self.aspect {
            Aspect::Position | Aspect::Row => node.rows.unwrap_or(node.scope),
            _ => node.scope,
        }
    }
}

/// A property that reads another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Edge {
    /// The place of the reader in [`Graph::order`].
    pub(crate) reader: u32,
    /// Its rows to compute again are those inside the row of this scope around the change.
    pub(crate) within: ScopeId,
}

/// Every property in an order in which what is read comes before what reads it.
#[derive(Debug)]
pub(crate) struct Graph {
    pub(crate) order: Vec<Property>,
    /// By place in `order`: who reads it.
    pub(crate) readers: Vec<Vec<Edge>>,
    places: Places,
    /// By place in `order`: the scope in each of whose rows the property is computed.
    pub(crate) scopes: Vec<ScopeId>,
    /// By scope: the places of the properties its nodes have, for a row that is new.
    pub(crate) of_scope: Vec<Vec<u32>>,
    /// The counts of repeats that depend on their own rows, such as "one more row while the last says so".
    pub(crate) self_counting: BTreeSet<u32>,
    /// By place in `order`: the circle of conditions it is in.
    pub(crate) circle_of: Vec<Option<u32>>,
    pub(crate) circles: Vec<Conditions>,
}

/// Conditions that lean on each other's answers. They may settle in more than one way, so they are always computed from the
/// same beginning: every tablet and the hub then come to the same.
#[derive(Debug)]
pub(crate) struct Conditions {
    /// Their places in the order.
    pub(crate) places: Vec<u32>,
    /// Whether a row's conditions lean only on answers of the same row.
    pub(crate) is_of_one_row: bool,
}

impl Conditions {
    /// The most times one property of one row is computed: what has not settled by then never does.
    pub(crate) fn patience(&self) -> usize {
        2 + 2 * self.places.len()
    }
}

/// A circle that cannot be computed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Circle {
    /// The nodes on the way round; the first is the last, too.
    pub(crate) way: Vec<NodeId>,
    /// The property of the first of them that begins it.
    pub(crate) start: Property,
}

impl Graph {
    /// The place of a property in the order; nothing if the node has no such property.
    pub(crate) fn place(&self, node: NodeId, aspect: Aspect) -> Option<u32> {
        self.places.get(Property { node, aspect })
    }

    /// Draws the graph of a form's nodes.
    ///
    /// # Errors
    /// With every circle that is not only of conditions.
    pub(crate) fn draw(nodes: &[Node], scopes: &[Scope], expressions: &[Expression]) -> Result<Self, Vec<Circle>> {
        let mut reads = all_reads(nodes, expressions);
        let is_counted = nodes.iter().any(|node| node.repeat_count.is_some());
        let fed_back = if is_counted { cut_counts(&mut reads) } else { Vec::new() };
        let components = components(&reads);
        let circles: Vec<Circle> = components.iter().filter_map(|component| circle(component, &reads)).collect();
        if !circles.is_empty() {
            return Err(circles);
        }
        let order: Vec<Property> = components.iter().flatten().copied().collect();
        let places = Places::of(&order);
        let mut readers: Vec<Vec<Edge>> = vec![Vec::new(); order.len()];
        let told = reads.iter().flat_map(|(reader, reads)| reads.iter().map(move |(read, _)| (reader, read)));
        for (reader, read) in told.chain(fed_back.iter().map(|(reader, read)| (reader, read))) {
            let source = Property { node: read.node, aspect: read.aspect };
            if let (Some(source), Some(reader)) = (places.get(source), places.get(*reader)) {
                readers[source as usize].push(Edge { reader, within: read.within });
            }
        }
        let mut of_scope = vec![Vec::new(); scopes.len()];
        for (place, property) in order.iter().enumerate() {
            of_scope[property.scope(nodes).at()].push(place as u32);
        }
        for edges in &mut readers {
            edges.sort_unstable();
            edges.dedup();
        }
        let scope_of = |place: u32| order[place as usize].scope(nodes);
        let mut circle_of = vec![None; order.len()];
        let mut circles = Vec::new();
        let mut next = 0;
        for component in &components {
            let members: Vec<u32> = (next..next + component.len() as u32).collect();
            next += component.len() as u32;
            let [first, _, ..] = members.as_slice() else { continue };
            let scope = scope_of(*first);
            let is_of_one_row = members.iter().all(|place| {
                let mut inside = readers[*place as usize].iter().filter(|edge| members.contains(&edge.reader));
                scope_of(*place) == scope && inside.all(|edge| edge.within == scope)
            });
            members.iter().for_each(|place| circle_of[*place as usize] = Some(circles.len() as u32));
            circles.push(Conditions { places: members, is_of_one_row });
        }
        let self_counting = fed_back.iter().filter_map(|(reader, _)| places.get(*reader)).collect();
        let scopes = order.iter().map(|property| property.scope(nodes)).collect();
        Ok(Self { order, readers, places, scopes, of_scope, self_counting, circle_of, circles })
    }
}

/// The place of each property in an order, by node and then aspect.
#[derive(Debug, Default)]
struct Places(Vec<[Option<u32>; Aspect::COUNT]>);

impl Places {
    fn of(order: &[Property]) -> Self {
        let mut places = Self::default();
        for (place, property) in (0..).zip(order) {
            let node = property.node.at();
            if places.0.len() <= node {
                places.0.resize(node + 1, [None; Aspect::COUNT]);
            }
            places.0[node][property.aspect as usize] = Some(place);
        }
        places
    }

    fn get(&self, property: Property) -> Option<u32> {
        *self.0.get(property.node.at())?.get(property.aspect as usize)?
    }
}

/// Why one property reads another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Because {
    /// A node is relevant only inside what is relevant, and blank when it is not.
    Nesting,
    /// The author wrote it.
    Author,
}

/// For each property, what it reads.
type Reads = BTreeMap<Property, BTreeSet<(Read, Because)>>;

fn all_reads(nodes: &[Node], expressions: &[Expression]) -> Reads {
    let mut reads = Reads::new();
    for (index, node) in nodes.iter().enumerate() {
        let id = NodeId(index as u32);
        let mut add = |aspect: Aspect, expression: Option<ExprId>, nested: &[(NodeId, Aspect)]| {
            let entry = reads.entry(Property { node: id, aspect }).or_default();
            for (node, aspect) in nested {
                let within = nodes[node.at()].scope;
                entry.insert((Read { node: *node, aspect: *aspect, within }, Because::Nesting));
            }
            let written = expression.into_iter().flat_map(|expression| &expressions[expression.at()].reads);
            entry.extend(written.map(|read| (*read, Because::Author)));
        };
        let above: Vec<(NodeId, Aspect)> = node.parent.iter().map(|parent| (*parent, Aspect::Relevant)).collect();
        add(Aspect::Relevant, node.relevant, &above);
        for message in [&node.label, &node.hint, &node.guidance, &node.constraint_message, &node.required_message] {
            for expression in message.expressions() {
                add(Aspect::Words, Some(expression), &[]);
            }
        }
        if node.readonly.is_some() || node.locked_by.is_some() {
            let lock: Vec<(NodeId, Aspect)> = node.locked_by.iter().map(|lock| (*lock, Aspect::Readonly)).collect();
            add(Aspect::Readonly, node.readonly, &lock);
        }
        match node.kind {
            Kind::Group | Kind::Note => {}
            Kind::Repeat => {
                add(Aspect::Rows, node.repeat_count, &[(id, Aspect::Relevant)]);
                add(Aspect::Position, None, &[(id, Aspect::Rows)]);
                if node.row_relevant.is_some() {
                    add(Aspect::Row, node.row_relevant, &[]);
                }
            }
            _ => {
                let mut nested = vec![(id, Aspect::Relevant)];
                let deciding: Vec<ExprId> = node.choices.iter().flat_map(ChoiceSource::expressions).collect();
                let is_shuffled = node.choices.as_ref().is_some_and(|choices| choices.order != Order::AsListed);
                if !deciding.is_empty() || is_shuffled {
                    add(Aspect::Choices, None, &[]);
                    deciding.iter().for_each(|expression| add(Aspect::Choices, Some(*expression), &[]));
                    nested.push((id, Aspect::Choices));
                }
                let calculation = node.calculation.map(|calculation| match calculation {
                    Calculation::Always(expression) | Calculation::Once(expression) => expression,
                });
                add(Aspect::Value, calculation, &nested);
                if node.required.is_some() {
                    add(Aspect::Required, node.required, &[]);
                }
                if node.constraint.is_some() {
                    add(Aspect::Constraint, node.constraint, &[(id, Aspect::Value)]);
                }
            }
        }
    }
    // A value computed once may look at itself: `once()` asks whether there is one already.
    for (property, found) in &mut reads {
        let once = matches!(nodes[property.node.at()].calculation, Some(Calculation::Once(_)));
        if once && property.aspect == Aspect::Value {
            found.retain(|(read, _)| !(read.node == property.node && read.aspect == Aspect::Value));
        }
    }
    reads
}

/// Cuts what a repeat's count reads that depends on its own rows: such a count is asked again whenever that changes, until it
/// stays the same. Gives what was cut.
fn cut_counts(reads: &mut Reads) -> Vec<(Property, Read)> {
    let mut cut = Vec::new();
    for component in components(reads) {
        if component.len() < 2 {
            continue;
        }
        for count in component.iter().filter(|property| property.aspect == Aspect::Rows) {
            let Some(found) = reads.get_mut(count) else { continue };
            let is_inside = |(read, because): &(Read, Because)| {
                let source = Property { node: read.node, aspect: read.aspect };
                *because == Because::Author && component.contains(&source)
            };
            cut.extend(found.iter().filter(|read| is_inside(read)).map(|(read, _)| (*count, *read)));
            found.retain(|read| !is_inside(read));
        }
    }
    cut
}

/// The strongly connected components of the graph, each after those it reads. Tarjan's way, without recursion: an author's
/// form may chain as many questions as it likes.
fn components(reads: &Reads) -> Vec<Vec<Property>> {
    let properties: Vec<Property> = reads.keys().copied().collect();
    let number = Places::of(&properties);
    let next: Vec<Vec<usize>> = reads
        .values()
        .map(|found| {
            let sources = found.iter().map(|(read, _)| Property { node: read.node, aspect: read.aspect });
            sources.filter_map(|source| number.get(source)).map(|place| place as usize).collect()
        })
        .collect();
    let mut index = vec![usize::MAX; properties.len()];
    let mut low = vec![usize::MAX; properties.len()];
    let mut on_stack = vec![false; properties.len()];
    let (mut stack, mut found, mut count) = (Vec::new(), Vec::new(), 0);
    for root in 0..properties.len() {
        if index[root] != usize::MAX {
            continue;
        }
        // Each frame: a property and which of its sources comes next.
        let mut frames = vec![(root, 0)];
        while let Some((at, source)) = frames.pop() {
            if source == 0 {
                index[at] = count;
                low[at] = count;
                count += 1;
                stack.push(at);
                on_stack[at] = true;
            } else {
                low[at] = low[at].min(low[next[at][source - 1]]);
            }
            let unseen = (source..next[at].len()).find(|step| {
                let to = next[at][*step];
                if index[to] != usize::MAX && on_stack[to] {
                    low[at] = low[at].min(index[to]);
                }
                index[to] == usize::MAX
            });
            if let Some(step) = unseen {
                frames.push((at, step + 1));
                frames.push((next[at][step], 0));
                continue;
            }
            if low[at] == index[at] {
                let mut component = Vec::new();
                while let Some(member) = stack.pop() {
                    on_stack[member] = false;
                    component.push(properties[member]);
                    if member == at {
                        break;
                    }
                }
                component.sort_by_key(|property| (property.node, property.aspect));
                found.push(component);
            }
        }
    }
    found
}

/// The circle in a component, unless there is none or it is one of conditions that may depend on each other.
fn circle(component: &[Property], reads: &Reads) -> Option<Circle> {
    let members: BTreeSet<Property> = component.iter().copied().collect();
    let inside = |property: &Property| -> Vec<(Property, Because)> {
        let sources = reads[property].iter();
        sources
            .map(|(read, because)| (Property { node: read.node, aspect: read.aspect }, *because))
            .filter(|(source, _)| members.contains(source))
            .collect()
    };
    let first = component.first()?;
    if let [only] = component {
        return inside(only)
            .iter()
            .any(|(source, _)| source == only)
            .then(|| Circle { way: vec![only.node, only.node], start: *only });
    }
    // Conditions may lean on each other's answers, but a condition may not lean on its own.
    let author = |property: &Property| -> Vec<Property> {
        inside(property)
            .into_iter()
            .filter(|(_, because)| *because == Because::Author)
            .map(|(source, _)| source)
            .collect()
    };
    let computed =
        component.iter().find(|property| property.aspect != Aspect::Relevant && !author(property).is_empty());
    let own = component.iter().find(|property| author(property).iter().any(|source| source.node == property.node));
    let start = computed.or(own)?;
    // The shortest way round, by breadth: each step from a reader to what it reads.
    let mut before: BTreeMap<Property, Property> = BTreeMap::new();
    let mut line = std::collections::VecDeque::from([*start]);
    while let Some(at) = line.pop_front() {
        for (source, _) in inside(&at) {
            if source == *start {
                let mut way = vec![start.node];
                let mut step = at;
                while step != *start {
                    way.push(step.node);
                    step = *before.get(&step)?;
                }
                way.push(start.node);
                way.reverse();
                way.dedup();
                if way.len() == 1 {
                    way.push(start.node);
                }
                return Some(Circle { way, start: *start });
            }
            if source != *start && !before.contains_key(&source) {
                before.insert(source, at);
                line.push_back(source);
            }
        }
    }
    Some(Circle { way: vec![first.node, first.node], start: *first })
}

impl Form {
    /// Whether a new row of this scope gets values that depend on when it was made.
    pub(crate) fn begins_once(&self, scope: ScopeId) -> bool {
        self.scope(scope).nodes.iter().any(|node| {
            self.computed_default(*node).is_some()
                || self.node(*node).actions.iter().any(|action| action.is_on(Event::NewRow))
        })
    }

    /// The expression that gives a new record or row its first value of this node.
    pub(crate) fn computed_default(&self, node: NodeId) -> Option<ExprId> {
        match &self.node(node).default {
            Some(Default::Computed(expression)) => Some(*expression),
            Some(Default::Text(_)) | None => None,
        }
    }
}
