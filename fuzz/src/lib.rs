//! What is done with texts from anywhere, by the fuzz targets and by `tests/formulas`.

use naga::valid::{Capabilities, ValidationFlags, Validator};
use thalweg::loss::Kernel;
use thalweg::shader::Variant;
use thalweg::{Axis, Error, Experiment, Loss};

/// Programs of more instructions than this take the compiler longer than a fuzzer should wait.
const LONGEST: usize = 3000;

/// Reads `text` as a formula, if it is one.
///
/// # Panics
/// Where an error does not point into the text.
pub fn parse(text: &str) -> Option<Loss> {
    match Loss::formula(text, None, None) {
        Ok(loss) => Some(loss),
        Err(error) => {
            assert!(!error.to_string().is_empty());
            if let Error::Formula { span, .. } = error {
                assert!(text.get(span.clone()).is_some(), "{span:?} is no place in {text:?}");
            }
            None
        }
    }
}

/// The WGSL program of the formula `text`, its parameters swept, if it is one that can be run and stays a formula.
///
/// # Panics
/// Where the program is not valid.
pub fn emit(text: &str) -> Option<String> {
    let loss = parse(text)?;
    let (variables, parameters) = (loss.variables().len(), loss.parameters().to_vec());
    let start = Axis::table(vec![0.5; variables], variables, "starts");
    let draft = Experiment::new(loss).start(start).input("lr", 0.1);
    let sweep = |draft: thalweg::experiment::Draft, name: &str| draft.input(name, Axis::linear(1.0, 2.0, 2));
    let swept = parameters.iter().fold(draft.clone(), |draft, parameter| sweep(draft, &parameter.name));
    // A parameter that a sum ends at cannot be swept.
    let experiment = swept.validate().or_else(|_| draft.validate()).ok()?;
    if !matches!(experiment.kernel(), Kernel::Formula(_)) || experiment.kernel().work(experiment.dimension()) > LONGEST {
        return None;
    }
    let program = Variant::of(&experiment, 1).program().unwrap_or_else(|error| panic!("{text:?}: {error}"));
    let module = naga::front::wgsl::parse_str(program.text());
    let module = module.unwrap_or_else(|error| panic!("{text:?}: {}", error.emit_to_string(program.text())));
    let valid = Validator::new(ValidationFlags::all(), Capabilities::all()).validate(&module);
    assert!(valid.is_ok(), "{text:?}: {valid:?}");
    Some(program.text().into())
}
