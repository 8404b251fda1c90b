//! Boxes by place: which of many contain a point.

/// A tree of boxes, each half the boxes of the one above it.
#[derive(Clone, Debug, Default)]
pub(super) struct Index {
    nodes: Vec<Node>,
    /// The boxes' numbers, those of one leaf side by side.
    items: Vec<u32>,
    /// The lowest and then the highest corner of each item (`f64[items, 2, D]`).
    corners: Vec<f64>,
}

#[derive(Clone, Debug)]
enum Node {
    /// Items from the first number to before the second one.
    Leaf(usize, usize),
    /// Along an axis the first child, the next node, ends at `low_end`, and the second one begins at `high_start`; they may overlap.
    Fork { axis: usize, low_end: f64, high_start: f64, second: usize },
}

/// A box's centre and how far it reaches from there (`f64[D]` each).
pub(super) type Extent = (Vec<f64>, Vec<f64>);

/// The most boxes of a leaf.
const LEAF: usize = 4;

impl Index {
    /// That of some boxes, by their numbers.
    pub(super) fn of(extents: &[(u32, Extent)]) -> Self {
        let mut index = Self::default();
        let mut order: Vec<&(u32, Extent)> = extents.iter().collect();
        if !order.is_empty() {
            index.divide(&mut order);
        }
        index
    }

    fn divide(&mut self, part: &mut [&(u32, Extent)]) {
        let this = self.nodes.len();
        self.nodes.push(Node::Leaf(self.items.len(), self.items.len() + part.len()));
        if part.len() <= LEAF {
            for (number, (center, reach)) in part.iter() {
                self.items.push(*number);
                self.corners.extend(center.iter().zip(reach).map(|(c, r)| c - r));
                self.corners.extend(center.iter().zip(reach).map(|(c, r)| c + r));
            }
            return;
        }
        let axis = widest(part);
        part.sort_by(|a, b| a.1.0[axis].total_cmp(&b.1.0[axis]));
        let (first, second) = part.split_at_mut(part.len() / 2);
        let low_end = first.iter().map(|(_, (center, reach))| center[axis] + reach[axis]).fold(f64::NEG_INFINITY, f64::max);
        let high_start = second.iter().map(|(_, (center, reach))| center[axis] - reach[axis]).fold(f64::INFINITY, f64::min);
        self.divide(first);
        self.nodes[this] = Node::Fork { axis, low_end, high_start, second: self.nodes.len() };
        self.divide(second);
    }

    /// Calls `visit` with the number of every box that contains `x` (`f64[D]`).
    pub(super) fn visit(&self, x: &[f64], mut visit: impl FnMut(u32)) {
        if !self.nodes.is_empty() {
            self.enter(0, x, &mut visit);
        }
    }

    fn enter(&self, mut at: usize, x: &[f64], visit: &mut impl FnMut(u32)) {
        loop {
            match self.nodes[at] {
                Node::Fork { axis, low_end, high_start, second } => match (x[axis] <= low_end, x[axis] >= high_start) {
                    (true, true) => {
                        self.enter(at + 1, x, visit);
                        at = second;
                    }
                    (true, false) => at += 1,
                    (false, true) => at = second,
                    (false, false) => return,
                },
                Node::Leaf(from, to) => {
                    for item in from..to {
                        let (low, high) = self.corners[2 * item * x.len()..2 * (item + 1) * x.len()].split_at(x.len());
                        if x.iter().zip(low.iter().zip(high)).all(|(x, (low, high))| low <= x && x <= high) {
                            visit(self.items[item]);
                        }
                    }
                    return;
                }
            }
        }
    }
}

/// The axis along which the centres lie farthest apart.
fn widest(part: &[&(u32, Extent)]) -> usize {
    let spread = |axis: usize| {
        let places = part.iter().map(|(_, (center, _))| center[axis]);
        places.clone().fold(f64::NEG_INFINITY, f64::max) - places.fold(f64::INFINITY, f64::min)
    };
    let spreads: Vec<f64> = (0..part[0].1.0.len()).map(spread).collect();
    (0..spreads.len()).max_by(|a, b| spreads[*a].total_cmp(&spreads[*b])).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_box_around_a_point_is_visited_and_no_other() {
        let corner = |number: u32| (f64::from(number * 7919 % 101), f64::from(number * 104_729 % 89));
        let extents: Vec<(u32, Extent)> =
            (0..200).map(|number| (number, (vec![corner(number).0, corner(number).1], vec![1.0 + f64::from(number % 9), 2.0]))).collect();
        let index = Index::of(&extents);
        for (x, y) in (0..400).map(corner) {
            let mut visited = Vec::new();
            index.visit(&[x, y], |number| visited.push(number));
            visited.sort_unstable();
            let is_inside = |(center, reach): &Extent| (x - center[0]).abs() <= reach[0] && (y - center[1]).abs() <= reach[1];
            let expected: Vec<u32> = extents.iter().filter(|(_, extent)| is_inside(extent)).map(|(number, _)| *number).collect();
            assert_eq!(visited, expected);
        }
        Index::default().visit(&[0.0], |_| unreachable!("there are no boxes"));
    }
}
