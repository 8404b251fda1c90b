//! `thalweg explain` from its command line to what it prints.

#![expect(clippy::unwrap_used, reason = "a test that cannot unwrap what it set up has failed, and says where")]

use assert_cmd::Command;
use serde_json::{Value, json};

/// What `thalweg explain` makes of these arguments.
fn explain(arguments: &[&str]) -> assert_cmd::assert::Assert {
    let mut command = Command::cargo_bin("thalweg").unwrap();
    command.env("NODEVICE_SELECT", "1").arg("explain").args(arguments).assert()
}

fn text(arguments: &[&str]) -> String {
    String::from_utf8(explain(arguments).success().get_output().stdout.clone()).unwrap()
}

fn object(arguments: &[&str]) -> Value {
    serde_json::from_str(&text(&[arguments, &["--json", "--quiet"]].concat())).unwrap()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

#[test]
fn the_lesson_is_told_to_the_digit() {
    let told = text(&["(w-2)^2", "w=0", "lr=0.1", "--backend", "reference"]);
    for part in [
        "  gradient          ∂L/∂w = 2*(w - 2)\n",
        "  point             w = 0\n",
        "L = 4\n",
        "∇L = -4, ‖∇L‖ = 4\n",
        "  steepest ascent   -1, to the left\n  steepest descent  1, to the right\n",
        "for 0 < η < 1, 2gᵀg / gᵀHg",
        "\nThe step w ← w − η∇L with η = 0.1\n",
        "0 → 0.4\n",
        "4 → 2.56\n",
        "-1.44\n",
        "-1.6, −η‖∇L‖²\n",
        "-1.44, −η‖∇L‖² + ½η² ∇LᵀH∇L\n",
        "in 2 directions",
    ] {
        assert!(told.contains(part), "{part}\n{told}");
    }
    assert!(!told.to_lowercase().contains("nan"), "{told}");
}

#[test]
fn a_million_directions_are_steepest_against_the_gradient() {
    // A GPU must be here only where the environment says so.
    let gpu = std::env::var("THALWEG_REQUIRE_GPU").is_ok_and(|value| value == "1").then_some(("gpu", 0.5));
    for (backend, tolerance) in [("reference", 0.01), ("cpu", 0.5)].into_iter().chain(gpu) {
        let told = object(&["himmelblau", "x=0.5", "y=-1", "lr=0.01", "--backend", backend]);
        assert_eq!((&told["backend"]["kind"], &told["scan"]["directions"]), (&json!(backend), &json!(1_000_000)));
        for law in told["scan"]["laws"].as_array().unwrap() {
            let (fit, first_order) = (&law["fit"], number(&law["first_order"]));
            assert!((number(&fit["steepest_decrease"]) - 180.0).abs() < tolerance, "{backend}: {law}");
            assert!((number(&fit["amplitude"]) / first_order - 1.0).abs() < 1e-3 && number(&fit["r_squared"]) > 0.999, "{backend}: {law}");
        }
        let bins = told["scan"]["bins"].as_array().unwrap();
        assert_eq!(bins.len(), 13);
        let changes: Vec<f64> = bins.iter().map(|bin| number(&bin["change"])).collect();
        assert!(changes.is_sorted_by(|a, b| a > b) && changes[6].abs() < 0.01 * changes[0], "{changes:?}");
    }
}

#[test]
fn in_ten_variables_the_change_is_a_cosine_of_the_angle() {
    let arguments = ["rosenbrock", "--dimension", "10", "start=0.5", "lr=0.001", "--directions", "1e5", "--backend", "cpu"];
    let told = object(&arguments);
    let law = &told["scan"]["laws"][0];
    assert!(number(&law["fit"]["r_squared"]) > 0.999 && law["fit"]["phase"].is_null(), "{law}");
    assert_eq!(told["scan"], object(&arguments)["scan"]);
    assert!(told["reach"]["kind"] == "below" && number(&told["reach"]["learning_rate"]) > 0.0, "{}", told["reach"]);
}

#[test]
fn every_kind_of_loss_is_explained() {
    let folder = tempfile::tempdir().unwrap();
    let wells = folder.path().join("wells.csv");
    std::fs::write(&wells, "offset,c1,c2,a1,a2\n0,-2,-1,1,2\n0.3,2,1,2,1\n").unwrap();
    let few = ["lr=0.1", "--directions", "360", "--backend", "cpu"];
    let losses: [&[&str]; 4] = [
        &["quadratic", "--hessian", "3,0.5;0.5,1", "start=1"],
        &["wells", "--wells", wells.to_str().unwrap(), "start=0.5"],
        &["a=1; b=100; (a-x)^2 + b*(y-x^2)^2", "x=-1.2", "y=1", "b=10"],
        &["quadratic", "--hessian", "3,1,2,5,1,7,8,9", "start=1"],
    ];
    for loss in losses {
        let told = text(&[loss, &few].concat());
        assert!(["‖∇L‖", "steepest descent", "nearest wave", "In f32"].iter().all(|part| told.contains(part)), "{told}");
        assert!(!told.to_lowercase().contains("nan"), "{told}");
        let object = object(&[loss, &few].concat());
        let step = &object["steps"][0];
        let change = number(&step["loss"]) - number(&object["loss"]);
        assert!((number(&step["change"]) - change).abs() < 1e-12 && number(&step["first_order"]) < 0.0, "{step}");
    }
}

#[test]
fn every_learning_rate_has_its_step_and_its_descent() {
    let arguments = ["(w-2)^2", "w=0", "lr=0.1,0.5,2", "--steps", "30", "--backend", "cpu"];
    let told = object(&arguments);
    let statuses: Vec<&Value> = told["paths"].as_array().unwrap().iter().map(|path| &path["status"]).collect();
    assert_eq!(statuses, ["exhausted", "converged", "diverged"]);
    assert_eq!((told["steps"].as_array().unwrap().len(), told["paths"][0]["places"].as_array().unwrap().len()), (3, 31));
    let text = text(&arguments);
    for part in [
        "with η = 0.5\n",
        "… 13 left out, with --json\n",
        "  exhausted after 30 steps: ",
        "  converged after 1 step: ",
        "  diverged after ",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
}

#[test]
fn where_the_gradient_vanishes_there_is_no_direction() {
    let arguments = ["himmelblau", "x=3", "y=2", "lr=0.01", "--steps", "3"];
    let told = text(&arguments);
    assert!(told.contains("the gradient is 0 here") && told.contains("converged after 0 steps"), "{told}");
    assert!(!told.to_lowercase().contains("nan") && !told.contains("β"), "{told}");
    let object = object(&arguments);
    for key in ["ascent", "descent", "reach", "taylor", "scan", "backend"] {
        assert!(object[key].is_null(), "{key}: {}", object[key]);
    }
}

#[test]
fn bad_input_gives_one_clear_line() {
    let cases: [(&[&str], &str); 13] = [
        (&["booth", "x=0:1:5", "y=0", "lr=0.1"], "x: has 5 values"),
        (&["booth", "start=uniform:0:1:9", "lr=0.1"], "x,y: has 9 values"),
        (&["a=1;a*x^2", "x=1", "a=1,2", "lr=0.1"], "a: has 2 values"),
        (&["booth", "x=0", "y=0"], "'learning_rate' is not set: give it a number or a few"),
        (&["booth", "x=0", "lr=0.1"], "'y' is not set: explain looks at one point; give it a number, as in y=1"),
        (&["booth", "start=0", "lr=0.1", "clip_norm=1"], "clip_norm: explain is about plain gradient descent"),
        (&["booth", "start=0", "lr=0:1:101"], "learning_rate: 101 values are more than 100"),
        (&["ln(x)", "x=-1", "lr=0.1"], "point: the loss has no finite value there"),
        (&["x^8", "x=1e38", "lr=0.1"], "point: the gradient has no finite norm there"),
        (&["booth", "start=0", "lr=0.1", "--scan-step", "0"], "scan_step: 0 must be above 0"),
        (&["booth", "start=0", "lr=0.1", "--directions", "3"], "directions: 3 are too few"),
        (&["booth", "start=0", "lr=0.1", "--steps", "1e5"], "--steps: 100000 are more than 10000"),
        (&["booth", "start=0", "lr=0.1", "--optimizer", "adam"], "--optimizer"),
    ];
    for (arguments, reason) in cases {
        let result = explain(arguments).failure().code(2);
        let message = String::from_utf8(result.get_output().stderr.clone()).unwrap();
        assert!(message.contains(reason), "{arguments:?}\n{message}");
        assert_eq!(message.lines().filter(|line| line.starts_with("error: ")).count(), 1, "{message}");
        assert!(result.get_output().stdout.is_empty());
    }
}

#[test]
fn numbers_are_those_that_were_written() {
    let told = object(&["(w-2)^2", "w=0", "lr=0.1", "--steps", "1", "--backend", "cpu"]);
    let near = |value: &Value, expected: f64| (number(value) - expected).abs() < 1e-15;
    let step = &told["steps"][0];
    assert!(near(&step["learning_rate"], 0.1) && near(&step["point"][0], 0.4) && near(&step["second_order"], -1.44), "{step}");
    assert!(near(&told["paths"][0]["places"][1]["loss"], 2.56), "{}", told["paths"]);
}

#[test]
fn a_quadratic_and_a_well_have_their_gradient_in_numbers() {
    let few = ["lr=0.1", "--directions", "360", "--backend", "cpu"];
    let quadratic = ["quadratic", "--hessian", "3,0.5;0.5,1", "--linear", "-1,0.25", "x=1", "y=2"];
    let told = text(&[&quadratic[..], &few].concat());
    for part in
        ["∂L/∂x = 3*x + 0.5*y - 1\n", "∂L/∂y = 0.5*x + y + 0.25\n", "∇²L has the eigenvalues 0.881966, 3.11803; 2/λ_max = 0.64143\n"]
    {
        assert!(told.contains(part), "{part}\n{told}");
    }
    let folder = tempfile::tempdir().unwrap();
    let (wells, points) = (folder.path().join("wells.csv"), folder.path().join("points.csv"));
    std::fs::write(&wells, "offset,c1,a1\n0,-2,1\n0.3,2,4\n").unwrap();
    let told = text(&[&["wells", "--wells", wells.to_str().unwrap(), "x=1.5"], &few[..]].concat());
    assert!(told.contains("of the well that is the lowest there:\n") && told.contains("∂L/∂x = 4*x - 8\n"), "{told}");
    // y = 2x + 1 at 0, 1 and 2: the mean of x² is 5/3 and that of x 1.
    std::fs::write(&points, "x,y\n0,1\n1,3\n2,5\n").unwrap();
    let told = text(&[&["quadratic", "--fit", points.to_str().unwrap(), "w=0", "b=0"], &few[..]].concat());
    for part in ["mean squared error (1/3) Σ (w·x + b − y)²", "∂L/∂w = 3.33333*w + 2*b - 8.66667\n", "∂L/∂b = 2*w + 2*b - 6\n"]
    {
        assert!(told.contains(part), "{part}\n{told}");
    }
}

#[test]
fn a_stationary_point_is_told_for_what_it_is() {
    let cases = [
        ("x^2 + 3*y^2", "at a minimum"),
        ("x^2 - 3*y^2", "at a saddle"),
        ("-x^2 - 3*y^2", "at a maximum"),
        ("x^2 + y^4", "at a point where ∇²L is 0 in some direction"),
        ("abs(x) + abs(y)", "at a point where ∇²L is 0 in some direction"),
    ];
    for (formula, kind) in cases {
        let told = text(&[formula, "start=0", "lr=0.1"]);
        assert!(told.contains(&format!("the gradient is 0 here, {kind}")), "{told}");
    }
}

#[test]
fn a_descent_ends_at_the_gradient_norm_that_is_asked_for() {
    let steps = |norm: &str| {
        let told = object(&["(w-2)^2", "w=0", "lr=0.1", "--steps", "1000", "--backend", "cpu", "--gradient-norm", norm]);
        assert_eq!(told["paths"][0]["status"], "converged");
        number(&told["paths"][0]["steps"])
    };
    // 4 · 0.8ⁿ is at most 1e-2 from n = 27 on, and 1e-8 from 89 on.
    assert_eq!([steps("1e-2"), steps("1e-8")], [27.0, 89.0]);
}

#[test]
fn frames_are_a_sequence_with_a_legend_or_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let frames = |loss: &str, name: &str, rate: &str| {
        let to = folder.path().join(name);
        let arguments = [loss, "start=1", rate, "--steps", "4", "--size", "400", "--backend", "cpu", "--directions", "360", "--frames"];
        (to.clone(), explain(&[&arguments[..], &[to.to_str().unwrap()]].concat()))
    };
    let (to, result) = frames("himmelblau", "flow", "lr=0.01");
    result.success();
    let names: Vec<String> = std::fs::read_dir(&to).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(names.len(), 5, "{names:?}");
    let picture = |frame: usize| image::open(to.join(format!("frame_{frame:03}.png"))).unwrap().into_rgb8();
    assert!(picture(0).width() == 400 && picture(0) != picture(4));
    // All points of a descent that is too fast are gone, and the picture says so.
    frames("himmelblau", "gone", "lr=10").1.success();
    let (to, result) = frames("sphere", "many", "lr=0.1,0.2");
    assert!(String::from_utf8_lossy(&result.failure().code(2).get_output().stderr).contains("--frames shows one"));
    assert!(!to.exists());
}
