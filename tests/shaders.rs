//! Every program that can be assembled is valid, can be written as SPIR-V, and keeps the contract of `shaders/README.md`.
#![cfg(test)]

use naga::valid::{Capabilities, ValidationFlags, Validator};
use thalweg::loss::{Entry, Kernel};
use thalweg::shader::{Form, LANES, Variant, end_digest, row_digest};
use thalweg::{Axis, Experiment, Loss, Method, Optimizer, Schedule};

/// The kernel of a loss with all its parameters swept, or none.
fn kernel(loss: Loss, is_swept: bool) -> Kernel {
    let mut draft = Experiment::new(loss.clone()).input("lr", 0.1);
    let starts = loss.variables().len();
    for parameter in loss.parameters().iter().filter(|_| is_swept) {
        draft = draft.input(&parameter.name, Axis::linear(f64::from(parameter.default), f64::from(parameter.default) + 1.0, 2));
    }
    draft
        .start(Axis::table(vec![0.5; starts], starts, "starts"))
        .validate()
        .unwrap_or_else(|error| panic!("{}: {error}", loss.name()))
        .kernel()
}

/// Every named loss that is no quadratic, in few dimensions and in many, and its D.
fn formulas() -> Vec<(Kernel, usize)> {
    let mut all = Vec::new();
    for entry in Entry::all() {
        for dimension in [None, Some(1), Some(2), Some(3), Some(10), Some(32)] {
            let Ok(loss) = Loss::named(&entry.name, dimension) else { continue };
            for is_swept in [false, !loss.parameters().is_empty()] {
                let kernel = kernel(loss.clone(), is_swept);
                all.extend(matches!(kernel, Kernel::Formula(_)).then(|| (kernel, loss.dimension())));
            }
        }
    }
    assert!(all.len() > 60);
    all
}

/// Every rule, every schedule with a warm-up, and every option.
fn methods() -> Vec<Method> {
    let rules = Optimizer::ALL.iter().copied().map(Method::from);
    let warm = Method::from(Optimizer::Momentum).with_option("warmup").unwrap();
    let schedules = Schedule::ALL.iter().flat_map(|schedule| [warm, Optimizer::Adam.into()].map(|method| method.with_schedule(*schedule)));
    let options = Method::from(Optimizer::Rmsprop);
    let options = options.options().map(|name| options.with_option(name).unwrap());
    let all = Method::from(Optimizer::GradientDescent).with_schedule(Schedule::Cosine);
    let all = all.options().fold(all, |method, name| method.with_option(name).unwrap());
    rules.chain(schedules).chain(options).chain([all]).collect()
}

fn variants() -> Vec<Variant> {
    let mut all = Vec::new();
    for (kernel, dimension) in formulas() {
        let variant = |lanes| {
            let (kernel, method) = (kernel.clone(), Optimizer::GradientDescent.into());
            Variant { kernel, method, dimension, lanes, own_rows: false, form: Form::Unrolled }
        };
        all.extend([1, 8].map(variant));
    }
    let quadratics = [false, true].into_iter().flat_map(|at_origin| [Kernel::Diagonal { at_origin }, Kernel::Dense { at_origin }]);
    for kernel in quadratics.chain([Kernel::Wells(1), Kernel::Wells(5)]) {
        let method = Optimizer::GradientDescent.into();
        for dimension in [1, 2, 3, 7, 32, 64] {
            for lanes in LANES {
                for own_rows in [false, true] {
                    let variant = |form| Variant { kernel: kernel.clone(), method, dimension, lanes, own_rows, form };
                    all.extend([Form::Unrolled, Form::Rolled].map(variant));
                    all.extend((matches!(kernel, Kernel::Dense { .. }) && !own_rows).then(|| variant(Form::Tiled)));
                }
            }
        }
    }
    for method in methods() {
        for (dimension, lanes, form) in [(1, 1, Form::Unrolled), (3, 4, Form::Unrolled), (64, 1, Form::Rolled)] {
            all.push(Variant { kernel: Kernel::Dense { at_origin: false }, method, dimension, lanes, own_rows: false, form });
        }
    }
    all
}

fn parse(variant: &Variant) -> naga::Module {
    let program = variant.program().unwrap();
    naga::front::wgsl::parse_str(program.text()).unwrap_or_else(|error| panic!("{variant:?}: {}", error.emit_to_string(program.text())))
}

#[test]
fn every_variant_is_valid_and_becomes_spirv() {
    for variant in variants() {
        become_spirv(&parse(&variant), &format!("{variant:?}"));
    }
}

fn become_spirv(module: &naga::Module, name: &str) {
    let info = Validator::new(ValidationFlags::all(), Capabilities::all()).validate(module);
    let info = info.unwrap_or_else(|error| panic!("{name}: {error:?}"));
    let (module, info) = naga::back::pipeline_constants::process_overrides(module, &info, None, &Default::default()).unwrap();
    let words = naga::back::spv::write_vec(&module, &info, &naga::back::spv::Options::default(), None).unwrap();
    assert!(words.len() > 500, "{name}");
}

#[test]
fn programs_that_make_digests_are_valid_and_become_spirv() {
    for (program, entry_points) in [(row_digest(), 2), (end_digest(), 1)] {
        let text = program.text();
        let module = naga::front::wgsl::parse_str(text).unwrap_or_else(|error| panic!("{}", error.emit_to_string(text)));
        assert_eq!(module.entry_points.len(), entry_points);
        become_spirv(&module, text);
    }
}

/// The names of a function's arguments, in order.
fn arguments(module: &naga::Module, name: &str) -> Option<Vec<String>> {
    let (_, function) = module.functions.iter().find(|(_, function)| function.name.as_deref() == Some(name))?;
    Some(function.arguments.iter().map(|argument| argument.name.clone().unwrap_or_default()).collect())
}

/// Every function that `entry` calls, directly or not.
fn reached(module: &naga::Module) -> Vec<String> {
    let mut waiting: Vec<&naga::Function> = module.entry_points.iter().map(|entry| &entry.function).collect();
    let mut names = Vec::new();
    while let Some(function) = waiting.pop() {
        for (_, expression) in function.expressions.iter() {
            if let naga::Expression::CallResult(called) = expression {
                let called = &module.functions[*called];
                names.extend(called.name.clone());
                waiting.push(called);
            }
        }
        collect_calls(module, &function.body, &mut names, &mut waiting);
    }
    names
}

/// Calls whose result nobody takes.
fn collect_calls<'a>(module: &'a naga::Module, block: &naga::Block, names: &mut Vec<String>, waiting: &mut Vec<&'a naga::Function>) {
    for statement in block {
        match statement {
            naga::Statement::Call { function, result: None, .. } => {
                names.extend(module.functions[*function].name.clone());
                waiting.push(&module.functions[*function]);
            }
            naga::Statement::Block(inner) => collect_calls(module, inner, names, waiting),
            naga::Statement::If { accept, reject, .. } => {
                collect_calls(module, accept, names, waiting);
                collect_calls(module, reject, names, waiting);
            }
            naga::Statement::Loop { body, continuing, .. } => {
                collect_calls(module, body, names, waiting);
                collect_calls(module, continuing, names, waiting);
            }
            _ => {}
        }
    }
}

/// What is wrong with a program's slots; a tiled one evaluates its loss itself.
fn breaches(module: &naga::Module, form: Form) -> Vec<String> {
    let contract =
        [("optimizer_update", &["moment", "hyper", "state", "x", "gradient"][..]), ("loss_evaluate", &["row", "x", "gradient"][..])];
    let contract = if form == Form::Tiled { &contract[..1] } else { &contract[..] };
    let calls = reached(module);
    let mut found = Vec::new();
    for &(slot, expected) in contract {
        if arguments(module, slot).is_none_or(|names| names != expected) {
            found.push(format!("{slot} does not take {expected:?}"));
        }
        if !calls.iter().any(|call| call == slot) {
            found.push(format!("{slot} is never reached"));
        }
    }
    found
}

#[test]
fn every_variant_keeps_the_slots_contract() {
    for variant in variants() {
        assert_eq!(breaches(&parse(&variant), variant.form), Vec::<String>::new(), "{variant:?}");
    }
}

#[test]
fn a_swapped_argument_and_an_unused_slot_are_noticed() {
    let variant = Variant {
        kernel: Kernel::Dense { at_origin: false },
        method: Optimizer::GradientDescent.into(),
        dimension: 2,
        lanes: 1,
        own_rows: false,
        form: Form::Unrolled,
    };
    let text = variant.program().unwrap().text().to_string();
    let swapped = text.replace(
        "fn loss_evaluate(row: ptr<function, Row>, x: ptr<function, Point>, gradient: ptr<function, Point>)",
        "fn loss_evaluate(row: ptr<function, Row>, gradient: ptr<function, Point>, x: ptr<function, Point>)",
    );
    let unused = text.replace("    optimizer_update(Moment(updates, 0.0), hyper, state, x, gradient);\n", "");
    for lie in [swapped, unused] {
        assert_ne!(lie, text);
        assert!(!breaches(&naga::front::wgsl::parse_str(&lie).unwrap(), Form::Unrolled).is_empty());
    }
}
