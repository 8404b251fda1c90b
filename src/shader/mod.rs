//! Assembles one WGSL program from the snippets under `shaders/`.
//!
//! Declarations at module scope may stand in any order in WGSL, so joining snippets is all the linking there is; what a
//! program varies in is a few generated lines at its top.

mod formula;
mod method;

use crate::error::{Error, Result};
use crate::experiment::Experiment;
use crate::function::{Binary, Unary};
use crate::loss::Kernel;
use crate::method::Method;
use crate::optimizer::{Optimizer, for_each_optimizer};
use crate::schedule::{Schedule, for_each_schedule};
use crate::transform::{Transform, for_each_transform};

/// A file under `shaders/` and its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Snippet {
    /// Path from the project's root.
    pub path: &'static str,
    /// Its text.
    pub text: &'static str,
}

macro_rules! snippet {
    ($path:literal) => {
        Snippet { path: concat!("shaders/", $path), text: include_str!(concat!("../../shaders/", $path)) }
    };
}

/// A program's variation points.
#[derive(Clone, Debug, PartialEq)]
pub struct Variant {
    /// The loss's twins.
    pub kernel: Kernel,
    /// How points move.
    pub method: Method,
    /// D.
    pub dimension: usize,
    /// Descents an invocation advances side by side, one of [`LANES`].
    pub lanes: usize,
    /// Whether every descent has its own row of coefficients.
    pub own_rows: bool,
    /// How its loops over coordinates are written.
    pub form: Form,
}

/// How a program goes over the coordinates of a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// Loops end at a constant: compilers unroll them and keep points in registers.
    Unrolled,
    /// Loops end at a number that compilers do not know: programs stay short however large D is.
    Rolled,
    /// A workgroup multiplies the points of many descents with one dense Hessian, piece by piece.
    Tiled,
}

/// The numbers of descents that an invocation can advance.
pub const LANES: [usize; 4] = [1, 2, 4, 8];
/// Numbers of all the points that an invocation advances: more would not stay in registers, and take compilers long.
const LONGEST_POINTS: usize = 16;
/// Updates that are written out one after another where no stop rule is looked at, in programs whose rows are held.
const PLAIN_STEPS: usize = 4;
/// Descents that a workgroup of a tiled program advances together, `POINTS` in `shaders/kernel/tiled.wgsl`.
const TILED_POINTS: u32 = 32;
/// Columns of the product that it forms at a time, and rows of the Hessian that it holds of them; `COLUMNS` and `DEPTH` there.
const TILED_COLUMNS: usize = 64;
const TILED_DEPTH: usize = 16;
/// Coordinates of a point that one of its invocations holds.
const TILED_PIECE: usize = 8;

/// The largest D whose loops over coordinates are unrolled, so that points stay in registers.
pub const LONGEST_UNROLLED: usize = 32;
/// Rows up to this length are loaded once into registers.
const LONGEST_HELD_ROW: usize = 64;
/// Shared rows up to this length fit the uniform buffer of 64 KiB that WebGPU promises.
pub const LONGEST_UNIFORM_ROW: usize = 16_384;

/// The snippets of functions, and of what these use.
fn function_snippets(unary: &[Unary], binary: &[Binary]) -> Vec<Snippet> {
    let uses_unary = |wanted: &[Unary]| unary.iter().any(|function| wanted.contains(function));
    let uses_power = binary.contains(&Binary::Power);
    let uses_hyperbolic = uses_unary(&[Unary::Sinh, Unary::Cosh, Unary::Tanh]);
    let uses_arc_sine = uses_unary(&[Unary::Asin, Unary::Acos]);
    let table = [
        (uses_unary(&[Unary::Sign]), snippet!("function/sign.wgsl")),
        (uses_unary(&[Unary::Cbrt]), snippet!("function/cbrt.wgsl")),
        (uses_hyperbolic || uses_power || uses_unary(&[Unary::Exp, Unary::Exp2]), snippet!("function/exponential.wgsl")),
        (uses_power || uses_unary(&[Unary::Ln, Unary::Log2, Unary::Log10]), snippet!("function/logarithm.wgsl")),
        (uses_power, snippet!("function/power.wgsl")),
        (uses_hyperbolic, snippet!("function/hyperbolic.wgsl")),
        (uses_unary(&[Unary::Sin, Unary::Cos, Unary::Tan]), snippet!("function/trigonometric.wgsl")),
        (uses_unary(&[Unary::Atan]) || binary.contains(&Binary::Atan2), snippet!("function/arc_tangent.wgsl")),
        (uses_arc_sine, snippet!("function/arc_sine.wgsl")),
    ];
    let used: Vec<Snippet> = table.into_iter().filter_map(|(is_used, snippet)| is_used.then_some(snippet)).collect();
    if used.is_empty() { used } else { [vec![snippet!("function/bits.wgsl")], used].concat() }
}

/// Defines a function that finds the snippet of one of many twins.
macro_rules! twin_snippets {
    ($function:ident, $enum:ident, $folder:literal, $($twin:ident $stem:ident,)*) => {
        fn $function(twin: $enum) -> Snippet {
            match twin {
                $($enum::$twin => Snippet {
                    path: concat!("shaders/", $folder, "/", stringify!($stem), ".wgsl"),
                    text: include_str!(concat!("../../shaders/", $folder, "/", stringify!($stem), ".wgsl")),
                },)*
            }
        }
    };
}
macro_rules! optimizer_snippet {
    ($($twins:tt)*) => { twin_snippets!(optimizer_snippet, Optimizer, "optimizer", $($twins)*); };
}
macro_rules! schedule_snippet {
    ($($twins:tt)*) => { twin_snippets!(schedule_snippet, Schedule, "schedule", $($twins)*); };
}
macro_rules! transform_snippet {
    ($($twins:tt)*) => { twin_snippets!(transform_snippet, Transform, "transform", $($twins)*); };
}
for_each_optimizer!(optimizer_snippet);
for_each_schedule!(schedule_snippet);
for_each_transform!(transform_snippet);

/// A rule's snippet, and what it needs.
fn optimizer_snippets(optimizer: Optimizer) -> Vec<Snippet> {
    let is_adaptive = matches!(optimizer, Optimizer::Adam | Optimizer::Amsgrad | Optimizer::Adamw | Optimizer::Nadam);
    let shared = is_adaptive.then_some(snippet!("optimizer/shared/adaptive.wgsl"));
    shared.into_iter().chain([optimizer_snippet(optimizer)]).collect()
}

impl Variant {
    /// The variant that `experiment` runs as: `lanes` descents an invocation, or as many as have points short enough.
    pub fn of(experiment: &Experiment, lanes: usize) -> Self {
        let (method, optimizer) = (experiment.method(), experiment.optimizer().traits());
        let fitting = LONGEST_POINTS / (experiment.dimension() + (optimizer.state)(experiment.dimension()));
        let is_piecewise = method.is_plain() && optimizer.is_elementwise && (optimizer.state)(1) == 0;
        Self {
            kernel: experiment.kernel(),
            method,
            dimension: experiment.dimension(),
            lanes: LANES.into_iter().rfind(|known| *known <= lanes && *known <= fitting.max(1)).unwrap_or(lanes),
            own_rows: experiment.row_axis().is_some() || !experiment.parameters().is_empty(),
            form: match (experiment.kernel(), experiment.row_axis()) {
                _ if experiment.dimension() <= LONGEST_UNROLLED => Form::Unrolled,
                (Kernel::Dense { .. }, None) if is_piecewise => Form::Tiled,
                _ => Form::Rolled,
            },
        }
    }

    fn snippets(&self) -> Vec<Snippet> {
        let loops = if self.form == Form::Rolled { snippet!("loops/rolled.wgsl") } else { snippet!("loops/unrolled.wgsl") };
        let mut all = vec![loops, snippet!("point.wgsl"), snippet!("status.wgsl"), snippet!("dispatch.wgsl")];
        all.extend(optimizer_snippets(self.method.optimizer()));
        if self.form == Form::Tiled {
            all.push(snippet!("kernel/tiled.wgsl"));
            return all;
        }
        all.extend(self.method.transforms().map(transform_snippet));
        all.extend((!self.method.is_steady()).then(|| schedule_snippet(self.method.schedule())));
        all.extend(self.function_snippets());
        all.push(snippet!("kernel/descend.wgsl"));
        let loss = match &self.kernel {
            Kernel::Formula(_) => {
                all.push(snippet!("rows/inputs.wgsl"));
                return all;
            }
            Kernel::Diagonal { .. } => snippet!("loss/diagonal.wgsl"),
            Kernel::Dense { .. } => snippet!("loss/dense.wgsl"),
            Kernel::Wells(_) => snippet!("loss/wells.wgsl"),
        };
        let rows = match self.own_rows {
            false if self.holds_rows() => snippet!("rows/shared_held.wgsl"),
            false if self.row_length() <= LONGEST_UNIFORM_ROW => snippet!("rows/shared_uniform.wgsl"),
            false => snippet!("rows/shared_read.wgsl"),
            true if self.holds_rows() => snippet!("rows/each_held.wgsl"),
            true => snippet!("rows/each_read.wgsl"),
        };
        all.extend([rows, loss]);
        all.extend(self.at_origin().map(|_| snippet!("loss/shared/center.wgsl")));
        all
    }

    /// What the formula and the schedule call.
    fn function_snippets(&self) -> Vec<Snippet> {
        let (mut unary, mut binary) =
            if let Kernel::Formula(bound) = &self.kernel { formula::functions(bound) } else { Default::default() };
        let functions = self.method.schedule().functions();
        unary.extend(functions.unary);
        binary.extend(functions.binary);
        function_snippets(&unary, &binary)
    }

    fn holds_rows(&self) -> bool {
        self.form == Form::Unrolled && self.row_length() <= LONGEST_HELD_ROW
    }

    /// Descents that a workgroup of `invocations` advances.
    pub fn descents(&self, invocations: u32) -> u32 {
        if self.form == Form::Tiled { TILED_POINTS } else { self.lanes as u32 * invocations }
    }

    /// Columns of the buffer of points, the optimizer's state among them, and the room at the end of a column for points of no descent.
    pub fn points(&self) -> (usize, u32) {
        let copies = if self.form == Form::Tiled { 2 } else { 1 };
        (copies * self.dimension + self.state(), if self.form == Form::Tiled { TILED_POINTS } else { 0 })
    }

    /// Numbers that the optimizer keeps of a descent.
    fn state(&self) -> usize {
        (self.method.optimizer().traits().state)(self.dimension)
    }

    /// Steps of a dispatch are a multiple of this.
    pub fn stride(&self) -> u32 {
        if self.form == Form::Tiled { 2 } else { 1 }
    }

    /// Passes through loops that one step of an invocation takes at most.
    pub fn passes(&self) -> usize {
        let wells = if let Kernel::Wells(wells) = self.kernel { wells } else { 0 };
        match self.form {
            Form::Unrolled => 1 + self.lanes * wells,
            Form::Rolled => self.lanes * (2 * self.row_length() + 8 * self.dimension),
            Form::Tiled => {
                let (columns, depths) = (self.dimension.div_ceil(TILED_COLUMNS), self.dimension.div_ceil(TILED_DEPTH));
                columns * (depths * (TILED_DEPTH + 10) + 20) + self.dimension
            }
        }
    }

    fn row_length(&self) -> usize {
        self.kernel.row_length(self.dimension)
    }

    /// Of a quadratic whether its centre is the origin, if the program has two ways to go about it.
    fn at_origin(&self) -> Option<bool> {
        match self.kernel {
            Kernel::Diagonal { at_origin } | Kernel::Dense { at_origin } if self.form != Form::Tiled => Some(at_origin),
            _ => None,
        }
    }

    /// Parameters that each descent has its own values of.
    fn parameters(&self) -> usize {
        if let Kernel::Formula(bound) = &self.kernel { bound.swept() } else { 0 }
    }

    fn constants(&self) -> String {
        let mut lines = format!(
            "const DIM = {}u;\nconst LANES = {}u;\nconst PLAIN_STEPS = {}u;\nconst ROW_LENGTH = {}u;\n\
             const HYPERPARAMETERS = {}u;\nconst METHOD_MEMORYLESS = {};\nconst OPTIMIZER_STATE = {}u;\nconst STATE_LENGTH = {}u;\n",
            if self.form == Form::Tiled { TILED_PIECE } else { self.dimension },
            self.lanes,
            if self.holds_rows() { PLAIN_STEPS } else { 1 },
            self.row_length().max(self.parameters()).max(1),
            self.method.hyperparameters().len(),
            self.method.is_memoryless(),
            self.state(),
            self.state().max(1),
        );
        if let Some(at_origin) = self.at_origin() {
            lines += &format!("const LOSS_AT_ORIGIN = {at_origin};\n");
        }
        if let Kernel::Wells(wells) = self.kernel {
            lines += &format!("const LOSS_WELLS = {wells}u;\n");
        }
        if let Kernel::Formula(bound) = &self.kernel {
            lines += &format!("const PARAMETERS = {}u;\n\n{}", bound.swept(), formula::emit(bound));
        }
        if self.form != Form::Tiled {
            lines += &format!("\n{}", method::emit(&self.method));
        }
        lines
    }

    /// The whole program.
    ///
    /// # Errors
    /// Where `lanes` is not one of [`LANES`].
    pub fn program(&self) -> Result<Program> {
        if !LANES.contains(&self.lanes) {
            return Err(Error::invalid("lanes", format!("{} descents an invocation; 1, 2, 4 and 8 are possible", self.lanes)));
        }
        Ok(Program::of(self.constants(), &self.snippets()))
    }
}

/// The program that makes statistics of rows of outcomes.
pub fn row_digest() -> Program {
    Program::of(String::new(), &[snippet!("status.wgsl"), snippet!("digest/sum.wgsl"), snippet!("digest/rows.wgsl")])
}

/// The program that counts where descents ended.
pub fn end_digest() -> Program {
    Program::of(String::new(), &[snippet!("status.wgsl"), snippet!("digest/sum.wgsl"), snippet!("digest/ends.wgsl")])
}

/// A WGSL program and where its lines come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    text: String,
    /// First line of each part, ascending, and its file.
    starts: Vec<(usize, &'static str)>,
}

impl Program {
    /// What was generated, then the snippets.
    fn of(generated: String, snippets: &[Snippet]) -> Self {
        let (mut text, mut starts) = (generated, vec![(1, "generated")]);
        for snippet in snippets {
            text += &format!("\n// ---- {} ----\n", snippet.path);
            starts.push((text.lines().count() + 1, snippet.path));
            text += snippet.text;
        }
        Self { text, starts }
    }

    /// The WGSL text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The file and line that line `line` of the program, counted from 1, comes from.
    pub fn origin(&self, line: usize) -> (&'static str, usize) {
        let part = self.starts.partition_point(|(start, _)| *start <= line).saturating_sub(1);
        let (start, path) = self.starts[part];
        (path, line + 1 - start.min(line))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_program_is_traced_to_its_file() {
        let variant = Variant {
            kernel: Kernel::Dense { at_origin: false },
            method: Optimizer::GradientDescent.into(),
            dimension: 3,
            lanes: 4,
            own_rows: false,
            form: Form::Unrolled,
        };
        let program = variant.program().unwrap();
        let declares = |line: &str| line.starts_with("fn loss_evaluate");
        let line = program.text().lines().position(declares).unwrap() + 1;
        let own = include_str!("../../shaders/loss/dense.wgsl").lines().position(declares).unwrap() + 1;
        assert_eq!(program.origin(line), ("shaders/loss/dense.wgsl", own));
        assert_eq!(program.origin(1), ("generated", 1));
    }

    #[test]
    fn an_odd_number_of_lanes_is_refused() {
        let variant = Variant {
            kernel: Kernel::Dense { at_origin: false },
            method: Optimizer::GradientDescent.into(),
            dimension: 3,
            lanes: 3,
            own_rows: false,
            form: Form::Unrolled,
        };
        assert!(variant.program().is_err());
    }
}
