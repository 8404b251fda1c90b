//! What is compiled against what is interpreted: the same ends, bit for bit.

use thalweg::backend::Backend;
use thalweg::backend::cpu::Cpu;
use thalweg::experiment::Draft;
use thalweg::loss::{Formula, Hessian, Problem, Quadratic, Well, Wells};
use thalweg::sample::Distribution;
use thalweg::{Axis, Experiment, Loss, Optimizer, Status, StopRule};

use crate::{drafts, fixed, formula, outcomes, turned};

/// The CPU backend with each instruction set, compiling and interpreting.
fn pairs() -> Vec<[Cpu; 2]> {
    let cpu = Cpu::new(None).unwrap();
    let mut all = cpu.instruction_sets();
    std::iter::from_fn(|| Some([all.next()?, all.next().expect("there are two of each")])).collect()
}

/// Every bit that descents end with.
fn bits(cpu: &Cpu, draft: &Draft) -> Vec<u32> {
    let all = outcomes(cpu, draft.clone(), 1 << 20);
    let floats =
        |numbers: &[f32]| numbers.iter().map(|number| if number.is_nan() { u32::MAX } else { number.to_bits() }).collect::<Vec<_>>();
    all.iter()
        .flat_map(|part| {
            let endings = part.endings.iter().map(|ending| bytemuck::cast::<_, u32>(*ending));
            endings.chain(floats(&part.point)).chain(floats(&part.loss)).chain(floats(&part.gradient_norm)).collect::<Vec<_>>()
        })
        .collect()
}

fn agree(what: &str, draft: &Draft) {
    for [compiled, interpreted] in pairs() {
        let (found, expected) = (bits(&compiled, draft), bits(&interpreted, draft));
        let differences = found.iter().zip(&expected).filter(|(found, expected)| found != expected).count();
        assert!(found.len() == expected.len() && differences == 0, "{what}: {differences} of {} numbers differ", found.len());
        assert!(found.len() > 100);
    }
}

/// Other losses, on which descents are far now and then, have their own coefficients, more variables than two, or more operations than are recorded
/// four times, or at all.
fn others() -> Vec<(&'static str, Loss)> {
    let written = ["(x^2+y-11)^2 + (x+y^2-7)^2", "1e6*sin(x*1e3) + y^2", "abs(x-1) + sqrt(x^2 + y^2 + 1) + if(x<y, x*y, y^2)"];
    let mut all: Vec<(&str, Loss)> = written.iter().map(|text| (*text, formula(text))).collect();
    let each = (0..20).map(|turn| turned(&[0.5, 3.0], 0.1, f64::from(turn) * 0.3)).collect();
    let long = |terms: usize| (1..=terms).map(|i| format!("cos({i}*x*y - y)^2/{i}^2")).collect::<Vec<_>>().join(" + ");
    all.extend([("a long formula", 30), ("a very long formula", 300)].map(|(name, terms)| (name, formula(&long(terms)))));
    let eight: Vec<f64> = (1..=8).map(f64::from).collect();
    all.push(("a quadratic of eight variables", Loss::Quadratic(Quadratic::new("quadratic", vec![turned(&eight, 0.1, 0.4)]).unwrap())));
    all.push(("a quadratic each", Loss::Quadratic(Quadratic::new("quadratic", each).unwrap())));
    let text = "sum(i, 1, D-1, 100*(x[i+1]-x[i]^2)^2 + (1-x[i])^2)";
    all.push(("a valley of five variables", Loss::Formula(Formula::parse(text, Some(5), None).unwrap())));
    all
}

#[test]
fn what_is_compiled_ends_like_what_is_interpreted() {
    for (optimizer, draft) in drafts() {
        agree(&format!("{} that stops", optimizer.name()), &draft);
        agree(&format!("{} for steps that no round divides", optimizer.name()), &draft.stop(fixed(11)));
    }
    for (name, loss) in others() {
        for optimizer in [Optimizer::GradientDescent, Optimizer::Adam, Optimizer::Normalized] {
            let draft = Experiment::new(loss.clone()).optimizer(optimizer).input("lr", Axis::table(vec![1e-3, 0.02], 1, "rates"));
            let starts = Axis::sample(Distribution::Uniform { low: -3.0, high: 3.0 }, 1500, loss.dimension(), 7);
            let draft = draft.start(starts.clone());
            let stop = StopRule { steps: 90, gradient_norm: 0.05, divergence_radius: 1e3, ..StopRule::default() };
            agree(&format!("{} on {name}, that stops", optimizer.name()), &draft.clone().stop(stop));
            agree(&format!("{} on {name}", optimizer.name()), &draft.stop(fixed(6)));
            let together = Experiment::new(loss.clone()).optimizer(optimizer).input("lr", 1e-3).start(starts.clone());
            agree(&format!("{} on {name}, all alike", optimizer.name()), &together.clone().stop(stop));
            agree(&format!("{} on {name}, all in step", optimizer.name()), &together.stop(fixed(7)));
        }
    }
}

/// Stop rules under which descents converge, diverge, stall, run out of steps, and start or stay near the divergence radius.
fn stop_rules() -> Vec<StopRule> {
    let rule = |gradient_norm, divergence_radius, steps| StopRule { gradient_norm, divergence_radius, steps, ..StopRule::default() };
    vec![rule(1e-3, 1e3, 3000), rule(1e-15, 1e6, 3000), rule(1e-2, 4.0, 300), rule(1e-4, 1e15, 43), rule(1e-6, 1e3, 1000)]
}

/// They move side by side, and stop some steps into a round.
#[test]
fn groups_end_where_each_of_their_descents_does() {
    let well = |dimension: usize, number: usize| {
        let of = |scale: f64, shift: f64| (0..dimension).map(|i| shift + scale * ((7 * number + 3 * i) as f64).sin()).collect();
        Well { offset: 0.1 * number as f64, center: of(2.0, 0.0), curvature: of(1.0, 1.5) }
    };
    let wells = |dimension: usize, count: usize| Wells::new((0..count).map(|number| well(dimension, number)).collect()).unwrap();
    let bowl = |dimension: usize| (1..=dimension).map(|i| 0.3 + i as f64 / dimension as f64).collect::<Vec<_>>();
    let mut losses: Vec<Loss> =
        [(1, 2), (2, 4), (2, 9), (3, 3), (4, 1)].map(|(dimension, count)| Loss::Wells(wells(dimension, count))).into();
    let diagonal = |d: usize| Problem::centered(Hessian::Diagonal(bowl(d)), vec![0.4; d], 0.0).unwrap();
    losses.extend([1, 3, 6].map(|d| Loss::Quadratic(Quadratic::new("diagonal", vec![diagonal(d)]).unwrap())));
    losses.extend([2, 3, 4, 5, 8].map(|d| Loss::Quadratic(Quadratic::new("bowl", vec![turned(&bowl(d), 0.1, 0.4)]).unwrap())));
    for loss in losses {
        let starts = Axis::sample(Distribution::Uniform { low: -3.0, high: 3.0 }, 700, loss.dimension(), 7);
        let rates = Axis::table(vec![0.02, 0.3, 0.9, 2.5, 40.0], 1, "rates");
        let draft = Experiment::new(loss.clone()).input("lr", rates).start(starts);
        for stop in stop_rules() {
            agree(&format!("{} of {} variables, {stop:?}", loss.name(), loss.dimension()), &draft.clone().stop(stop));
        }
    }
}

#[test]
fn parameters_that_are_swept_are_each_descents_own() {
    let loss = formula("a=1; b=2; a*(x^2+y-b)^2 + sin(b*x)*y + y^2");
    for optimizer in [Optimizer::GradientDescent, Optimizer::Momentum] {
        let draft = Experiment::new(loss.clone()).optimizer(optimizer).input("lr", 0.01);
        let draft = if optimizer == Optimizer::Momentum { draft.input("momentum", 0.7) } else { draft };
        let draft = draft.input("a", Axis::linear(0.5, 1.5, 11)).input("b", Axis::linear(1.0, 3.0, 13));
        let draft = draft.input("x", Axis::linear(-1.0, 1.0, 9)).input("y", 0.25);
        agree("swept parameters", &draft.clone().stop(StopRule { steps: 300, gradient_norm: 1e-3, ..StopRule::default() }));
        agree("swept parameters", &draft.stop(fixed(10)));
    }
}

/// Code of the loss and code of the gradient alone may round the gradient differently, here at the threshold.
#[test]
fn descents_are_judged_by_the_gradient_that_ended_them() {
    let loss = formula("x*y*z + x^2 + y^2 + z^2 + x^4*0.01");
    let draft = Experiment::new(loss).optimizer(Optimizer::Momentum).input("momentum", 0.0).input("lr", 2e-6);
    let draft = draft.input("x", 1.158_519_1).input("y", 1.136_952).input("z", 0.203_617_56);
    let draft = draft.stop(StopRule { steps: 1500, gradient_norm: 4.0, ..StopRule::default() });
    for cpu in pairs().into_iter().flatten() {
        let ends = outcomes(&cpu, draft.clone(), 1);
        assert_eq!(ends[0].endings[0].status(), Some(Status::Converged), "{}", cpu.description());
    }
}
