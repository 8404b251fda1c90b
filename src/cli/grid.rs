//! The swept inputs of each descent, as results name them.

use crate::experiment::Experiment;
use crate::plan::{Lookup, Tile};

/// A swept input: its name and where its values stand.
#[derive(Clone, Debug)]
pub(super) struct SweptInput {
    pub(super) name: String,
    axis: usize,
    column: usize,
}

/// All swept inputs of `experiment`, the fastest axis first.
pub(super) fn swept_inputs(experiment: &Experiment) -> Vec<SweptInput> {
    let swept = experiment.axes().iter().enumerate().filter(|(_, axis)| axis.is_swept());
    swept
        .flat_map(|(axis, grid_axis)| {
            grid_axis.inputs.iter().enumerate().map(move |(column, name)| SweptInput { name: name.clone(), axis, column })
        })
        .collect()
}

/// The values of the swept inputs in one tile.
#[derive(Debug)]
pub(super) struct InputValues(Vec<(Lookup, Vec<f32>)>);

impl InputValues {
    pub(super) fn of(experiment: &Experiment, tile: &Tile, inputs: &[SweptInput]) -> Self {
        let values = |input: &SweptInput| {
            let count = |axis: usize| (tile.ranges[axis].end - tile.ranges[axis].start) as u32;
            let lookup = Lookup { stride: (0..input.axis).map(count).product(), count: count(input.axis), offset: 0, columns: 1 };
            let axis = &experiment.axes()[input.axis].axis;
            (lookup, tile.ranges[input.axis].clone().map(|row| axis.value(row, input.column)).collect())
        };
        Self(inputs.iter().map(values).collect())
    }

    /// The values for `descent`, counted from the tile's first, in the inputs' order.
    pub(super) fn at(&self, descent: u32) -> impl Iterator<Item = f32> + '_ {
        self.0.iter().map(move |(lookup, values)| values[lookup.at(descent)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::axis::Axis;
    use crate::loss::Loss;
    use crate::plan::{MemoryBudget, Plan};

    #[test]
    fn every_descent_has_the_values_of_its_positions_in_any_tile() {
        let draft = Experiment::new(Loss::named("sphere", Some(3)).unwrap()).input("y", Axis::linear(0.0, 1.0, 7));
        let draft = draft.input("lr", Axis::linear(0.1, 0.5, 5)).start(Axis::table((0..6).map(|v| v as f32).collect::<Vec<_>>(), 2, "t"));
        let experiment = draft.validate().unwrap();
        let inputs = swept_inputs(&experiment);
        assert_eq!(inputs.iter().map(|input| input.name.as_str()).collect::<Vec<_>>(), ["y", "x", "z", "learning_rate"]);
        for largest in [1000, 8, 1] {
            for tile in Plan::within(&experiment, MemoryBudget::default(), largest).tiles() {
                let values = InputValues::of(&experiment, &tile, &inputs);
                for descent in 0..tile.descents {
                    let positions = experiment.positions(tile.first + u64::from(descent));
                    let expected = inputs.iter().map(|input| experiment.axes()[input.axis].axis.value(positions[input.axis], input.column));
                    assert!(values.at(descent).eq(expected));
                }
            }
        }
    }
}
