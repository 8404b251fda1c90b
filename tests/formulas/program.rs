//! The program of a formula: valid, written as SPIR-V, and nothing in it of the formula's but one function.

use naga::valid::{Capabilities, ValidationFlags, Validator};
use thalweg::Experiment;
use thalweg::loss::Kernel;
use thalweg::shader::Variant;

/// The numbers that are written in front of `loss_evaluate`.
const CONSTANTS: [&str; 9] =
    ["DIM", "LANES", "PLAIN_STEPS", "ROW_LENGTH", "HYPERPARAMETERS", "METHOD_MEMORYLESS", "OPTIMIZER_STATE", "STATE_LENGTH", "PARAMETERS"];

/// What is wrong with the program of `experiment`, if its loss is still a formula.
pub(crate) fn check(experiment: &Experiment, lanes: usize) -> Result<(), String> {
    if !matches!(experiment.kernel(), Kernel::Formula(_)) {
        return Ok(());
    }
    let program = Variant::of(experiment, lanes).program().map_err(|error| error.to_string())?;
    let generated = program.text().split("\n// ---- ").next().unwrap_or_default();
    declarations(generated)?;
    let module = naga::front::wgsl::parse_str(program.text()).map_err(|error| error.emit_to_string(program.text()))?;
    let info = Validator::new(ValidationFlags::all(), Capabilities::all()).validate(&module).map_err(|error| format!("{error:?}"))?;
    let (module, info) =
        naga::back::pipeline_constants::process_overrides(&module, &info, None, &Default::default()).map_err(|error| error.to_string())?;
    let words =
        naga::back::spv::write_vec(&module, &info, &naga::back::spv::Options::default(), None).map_err(|error| error.to_string())?;
    if words.len() > 500 { Ok(()) } else { Err(format!("{} words", words.len())) }
}

/// How the two functions begin that are generated.
const HEADS: [&str; 2] = [
    "fn loss_evaluate(row: ptr<function, Row>, x: ptr<function, Point>, gradient: ptr<function, Point>) -> f32 {",
    "fn method_update(updates: f32, row: ptr<function, Row>, hyper: ptr<function, Hyper>, state: ptr<function, State>, \
     x: ptr<function, Point>, gradient: ptr<function, Point>) {",
];

/// Whether `generated` is comments, known constants, the function `loss_evaluate` and at most the function `method_update`, once each.
pub(crate) fn declarations(generated: &str) -> Result<(), String> {
    let mut functions = [0; HEADS.len()];
    let mut is_inside = false;
    for line in generated.lines() {
        let is_fine = match line {
            "}" => std::mem::replace(&mut is_inside, false),
            _ if is_inside => {
                ["    let ", "    (*gradient)[", "    return ", "    optimizer_update(Moment(updates, "]
                    .iter()
                    .any(|start| line.starts_with(start))
                    && line.ends_with(';')
            }
            _ if HEADS.contains(&line) => {
                let head = HEADS.iter().position(|head| *head == line).unwrap();
                functions[head] += 1;
                is_inside = true;
                functions[head] == 1
            }
            _ if line.starts_with("const ") => {
                let (name, value) = line["const ".len()..].split_once(" = ").unwrap_or_default();
                let is_word = |value: &str| value.chars().all(|c| c.is_ascii_alphanumeric());
                CONSTANTS.contains(&name) && value.strip_suffix(';').is_some_and(is_word)
            }
            _ => line.is_empty() || line.starts_with("// "),
        };
        // No line holds two statements, or a comment that others continue.
        if !is_fine || !line.starts_with("//") && (line.matches(';').count() > 1 || line.contains("/*") || line.contains("//")) {
            return Err(format!("'{line}' has no place in\n{generated}"));
        }
    }
    if functions[0] == 1 && !is_inside { Ok(()) } else { Err(format!("{functions:?} functions in\n{generated}")) }
}

#[test]
fn a_declaration_too_many_and_a_statement_too_many_are_noticed() {
    let head = "fn loss_evaluate(row: ptr<function, Row>, x: ptr<function, Point>, gradient: ptr<function, Point>) -> f32 {";
    let honest = format!("const DIM = 1u;\n// f(x) = sin(x)\n\n{head}\n    let v_x = (*x)[0];\n    return v_x;\n}}\n");
    assert_eq!(declarations(&honest), Ok(()));
    let lies = [
        honest.replace("const DIM", "const EVIL = 1u;\nconst DIM"),
        honest.replace("1u;", "1u; fn evil() {}"),
        honest.replace("sin(x)", "sin(x)\nfn evil() {}"),
        honest.replace("return v_x;", "return v_x; }"),
        honest.replace("return v_x;", "let t0 = 1.0; return v_x;"),
        honest.replace("return v_x;", "return /* v_x;"),
        honest.replace("    return v_x;\n", "    loop {}\n    return v_x;\n"),
        honest.replace("return v_x;\n}", "return v_x;"),
        format!("{honest}{honest}"),
    ];
    for lie in lies {
        assert!(declarations(&lie).is_err(), "{lie}");
    }
}
