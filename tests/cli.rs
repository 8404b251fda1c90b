//! The program from its command line to its files.

#![expect(clippy::unwrap_used, reason = "a test that cannot unwrap what it set up has failed, and says where")]

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

/// A `thalweg` in `folder` with these arguments, separated by white space.
fn thalweg(folder: &TempDir, arguments: &str) -> Command {
    let mut command = Command::cargo_bin("thalweg").unwrap();
    // Mesa's choice among several GPUs asks Wayland, which complains of a missing session on stderr.
    command.env("NODEVICE_SELECT", "1");
    command.current_dir(folder.path()).args(arguments.split_whitespace());
    command
}

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// Those of `backends` that must be here: a GPU only where the environment says so.
fn backends_here<'a>(backends: &'a [&'a str]) -> impl Iterator<Item = &'a str> {
    let is_gpu_there = std::env::var("THALWEG_REQUIRE_GPU").is_ok_and(|value| value == "1");
    backends.iter().copied().filter(move |backend| *backend != "gpu" || is_gpu_there)
}

fn names_in(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn stdout(command: &mut Command) -> String {
    String::from_utf8(command.assert().success().get_output().stdout.clone()).unwrap()
}

fn json(command: &mut Command) -> Value {
    serde_json::from_str(&stdout(command)).unwrap()
}

/// The rows of a CSV file, each a name and a cell for every column.
fn csv(path: &Path) -> Vec<Vec<(String, String)>> {
    let mut reader = csv::Reader::from_path(path).unwrap();
    let names = reader.headers().unwrap().clone();
    let named = |row: csv::StringRecord| names.iter().map(String::from).zip(row.iter().map(String::from)).collect();
    reader.records().map(|row| named(row.unwrap())).collect()
}

fn cell<'a>(row: &'a [(String, String)], name: &str) -> &'a str {
    &row.iter().find(|(column, _)| column == name).unwrap_or_else(|| panic!("no column {name} in {row:?}")).1
}

fn number(row: &[(String, String)], name: &str) -> f32 {
    cell(row, name).parse().unwrap()
}

/// The elements of an NPY file of `i32`, after its header.
fn labels(path: &Path) -> Vec<i32> {
    let bytes = fs::read(path).unwrap();
    let start = 10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    bytes[start..].chunks_exact(4).map(|word| i32::from_le_bytes(word.try_into().unwrap())).collect()
}

#[test]
fn bad_input_gives_one_clear_line_and_leaves_no_file() {
    let folder = folder();
    fs::write(folder.path().join("nan.csv"), "1,2\n3,nan\n").unwrap();
    fs::write(folder.path().join("file"), "").unwrap();
    let before = names_in(folder.path());
    let cases = [
        ("run boooth start=0 lr=0.1", "did you mean 'booth'?"),
        ("run booth x=1:2 y=0 lr=0.1", "x: '1:2'"),
        ("run booth x=0 y=0 lr=0.1:0.2:0", "lr: has no values"),
        ("run booth x=0 lr=0.1", "'y' is not set"),
        ("run booth x=0 y=0", "'learning_rate' is not set"),
        ("run booth x=0 y=0 lr=0.1 lr=0.2", "learning_rate: is set twice"),
        ("run booth x=0 y=0 momentun=0.1 lr=0.1", "unknown input 'momentun'"),
        ("run booth x y=0 lr=0.1", "INPUT=SPEC"),
        ("run quadratic --hessian 1,0.5;0.7,1 start=0 lr=0.1", "not symmetric: entry (1,2) is 0.5 but (2,1) is 0.7"),
        ("run quadratic --hessian 1,0;0,1 --center 1,2,3 start=0 lr=0.1", "3 values"),
        ("run quadratic --hessian @nan.csv start=0 lr=0.1", "line 2, column 2: 'nan'"),
        ("run booth start=@nan.csv lr=0.1", "nan.csv: line 2, column 2"),
        ("run booth start=@none.csv lr=0.1", "none.csv"),
        ("run booth --hessian 2 start=0 lr=0.1", "--hessian: does not belong to booth"),
        ("run booth --dimension 3 start=0 lr=0.1", "the variables of booth are x, y, not 3"),
        ("run booth start=0 lr=0.1 --optimizer adamm", "unknown optimizer"),
        ("run booth start=0 lr=0.1 --optimizer momentum", "'momentum' is not set"),
        ("run booth start=0 --optimizer adam beta1=1", "beta1: 1, in f32; it must be at least 0 and less than 1"),
        ("run booth start=0 --optimizer adamw weight_decay=-1:1:3", "weight_decay: -1, in f32; it must be at least 0"),
        ("run booth start=0 lr=0.1 momentum=0.9", "momentum: is a number of the rules momentum, nesterov, rmsprop"),
        ("run momentum^2 momentum=3 lr=0.1 --optimizer momentum", "momentum: is a number of the loss"),
        ("run eps=2;eps*x^2 x=3 --optimizer adam", "eps: is a number of the loss"),
        ("run booth start=0 lr=0.1 --adapter nonsense", "nonsense"),
        ("run booth start=0 lr=0.1 --threads 0", "threads"),
        ("run booth start=0 lr=0.1 --gradient-norm 0", "gradient_norm"),
        ("run booth start=0 lr=0.1 --memory lots", "512MiB"),
        ("run booth x=-1:1:1e6 y=-1:1:1e6 lr=log:1e-3:1:1e3", "1000000 × 1000000 × 1000 descents"),
        ("basins booth x=-1:1:9 y=0 lr=0.1 -o map.png", "only x is"),
        ("basins booth x=-1:1:9 y=-1:1:9 lr=0.1,0.2 -o map.png", "3 are: x, y, learning_rate"),
        ("basins booth start=uniform:0:1:9 lr=0.1,0.2 -o map.png", "x,y vary together"),
        ("basins booth x=-1:1:9 y=-1:1:9 lr=0.1 -o map.xyz", "map.xyz: basins does not write this kind of file"),
        ("basins booth x=-1:1:9 y=-1:1:9 lr=0.1 -o map.png -o nowhere/map.png", "the folder 'nowhere' does not exist"),
        ("basins booth x=-1:1:9 y=-1:1:9 lr=0.1 -o file/map.png", "file/map.png"),
        ("basins booth x=-1:1:9 y=-1:1:9 lr=0.1 -o map.png -o ./map.png", "named twice"),
        ("sweep booth x=-1:1:9 y=0 lr=0.1", "nothing but starts is swept"),
        ("sweep booth x=-1:1:9 y=0,1 lr=0.1,0.2 --by x,y,lr -o rates.png", "cannot be drawn"),
        ("sweep booth x=-1:1:9 y=0 lr=0.1,0.2 --by condition", "unknown input in --by"),
        ("losses boooth", "did you mean 'booth'?"),
    ];
    for (arguments, reason) in cases {
        let result = thalweg(&folder, arguments).assert().failure().code(2);
        let output = result.get_output();
        let message = String::from_utf8(output.stderr.clone()).unwrap();
        let errors: Vec<&str> = message.lines().filter(|line| line.starts_with("error: ")).collect();
        assert!(message.contains(reason), "{arguments}\n{message}");
        assert_eq!(errors.len(), 1, "{arguments}\n{message}");
        assert!(output.stdout.is_empty(), "{arguments}");
        assert_eq!(names_in(folder.path()), before, "{arguments}");
    }
}

#[test]
fn the_first_step_of_the_lesson_comes_out_exactly() {
    for backend in backends_here(&["cpu", "reference", "gpu"]) {
        let folder = folder();
        let arguments = "run quadratic --hessian 2 --center 2 x=0 lr=0.1 --steps 1 -o step.csv --backend";
        thalweg(&folder, arguments).arg(backend).assert().success();
        let rows = csv(&folder.path().join("step.csv"));
        assert_eq!(rows.len(), 1);
        assert_eq!(number(&rows[0], "end_x").to_bits(), 0.4_f32.to_bits(), "{backend}");
        assert!(number(&rows[0], "loss").to_bits().abs_diff(2.56_f32.to_bits()) <= 1, "{backend}: {:?}", rows[0]);
        assert_eq!((cell(&rows[0], "status"), cell(&rows[0], "steps")), ("exhausted", "1"));
    }
}

#[test]
fn basins_counted_without_a_map_are_those_of_the_map() {
    let himmelblau = "(x^2+y-11)^2+(x+y^2-7)^2";
    for backend in backends_here(&["cpu", "gpu"]) {
        for loss in [himmelblau, "quadratic --hessian 1,-2", "six_hump_camel"] {
            let folder = folder();
            // Some fifteen tiles, of which the first shows where the minima of a formula are.
            let arguments = format!("basins {loss} x=-4:4:200 y=-4:4:150 lr=0.02 --memory 400KiB --json --backend {backend}");
            let [counted, mapped] = ["", " -o map.npy"].map(|more| json(&mut thalweg(&folder, &format!("{arguments}{more}"))));
            for what in ["basins", "status", "steps_taken"] {
                assert_eq!(counted[what], mapped[what], "{what} of {loss} on {backend}");
            }
        }
    }
}

#[test]
fn wells_of_one_curvature_have_the_power_diagram_for_basins() {
    // Well w is the lowest at x where ½a|x − c_w|² + o_w is least: the power diagram of the centres.
    let wells = [(0.0, [-2.0, -1.0]), (0.3, [2.0, -1.5]), (0.1, [0.0, 2.0]), (0.5, [3.0, 3.0]), (0.2, [0.25, 0.125])];
    let (curvature, count) = (1.5_f64, 401_usize);
    let folder = folder();
    let rows = wells.map(|(offset, [x, y])| format!("{offset},{x},{y},{curvature},{curvature}\n"));
    fs::write(folder.path().join("wells.csv"), rows.concat()).unwrap();
    let grid = format!("x=-4:4:{count} y=-4:4:{count}");
    thalweg(&folder, &format!("basins wells --wells wells.csv {grid} lr=0.2 -o map.npy --backend cpu")).assert().success();
    let found = labels(&folder.path().join("map.npy"));
    assert_eq!(found.len(), count * count);
    let spacing = 8.0 / (count - 1) as f64;
    let mut at_boundary = 0;
    for (cell, label) in found.into_iter().enumerate() {
        let place = [cell % count, cell / count].map(|position| -4.0 + spacing * position as f64);
        let height = |(offset, center): &(f64, [f64; 2])| {
            offset + 0.5 * curvature * ((place[0] - center[0]).powi(2) + (place[1] - center[1]).powi(2))
        };
        let mut heights: Vec<(f64, usize)> = wells.iter().map(height).zip(0..).collect();
        heights.sort_by(|a, b| a.0.total_cmp(&b.0));
        let [(low, lowest), (second, other)] = heights[..2] else { unreachable!("there are five wells") };
        // How far the boundary between the two lowest wells is from the cell's centre.
        let apart = (wells[lowest].1[0] - wells[other].1[0]).hypot(wells[lowest].1[1] - wells[other].1[1]);
        if (second - low) / (curvature * apart) < spacing {
            at_boundary += 1;
        } else {
            assert_eq!(label, lowest as i32, "{place:?}");
        }
    }
    assert!(at_boundary < count * 20, "{at_boundary}");
}

#[test]
fn booth_converges_below_a_ninth_and_diverges_above() {
    let folder = folder();
    let arguments = "sweep booth x=-10:10:33 y=-10:10:33 lr=log:1e-3:1:256 --steps 20000 --gradient-norm 1e-3 --backend cpu -o rates.csv";
    thalweg(&folder, arguments).assert().success();
    let rows = csv(&folder.path().join("rates.csv"));
    assert_eq!(rows.len(), 256);
    let mut nearest: Vec<&Vec<(String, String)>> = rows.iter().collect();
    nearest.sort_by(|a, b| {
        let distance = |row: &[(String, String)]| (number(row, "learning_rate") * 9.0).ln().abs();
        distance(a).total_cmp(&distance(b))
    });
    for row in &nearest[2..] {
        let expected = if number(row, "learning_rate") < 1.0 / 9.0 { "converged" } else { "diverged" };
        assert_eq!(number(row, expected), 1.0, "{row:?}");
    }
}

#[test]
fn a_tolerance_below_the_floor_of_f32_is_said_beforehand_and_found_afterwards() {
    let folder = folder();
    let arguments = "sweep booth x=-10:10:9 y=-10:10:9 lr=log:1e-3:0.1:16 --steps 20000 --json --backend";
    let result = thalweg(&folder, arguments).arg("cpu").assert().success();
    let (stdout, stderr) = (String::from_utf8_lossy(&result.get_output().stdout), String::from_utf8_lossy(&result.get_output().stderr));
    assert!(stderr.starts_with("backend: cpu") && stderr.contains("will end stalled") && stderr.contains("--gradient-norm"), "{stderr}");
    let object: Value = serde_json::from_str(&stdout).unwrap();
    assert!(object["rows"][0]["stalled"].as_f64().unwrap() > 0.5, "{stdout}");
    assert_eq!(object["rows"][15]["converged"], 1.0);
    let result = thalweg(&folder, arguments).arg("reference").assert().success();
    assert!(!String::from_utf8_lossy(&result.get_output().stderr).contains("stalled"));
}

#[test]
fn json_has_the_documented_keys() {
    let folder = folder();
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let common = ["command", "experiment", "backend", "descents", "steps_taken", "seconds", "status"];
    let commands =
        [("run", "x=-1:1:5 y=0", None), ("basins", "x=-1:1:5 y=-1:1:5", Some("basins")), ("sweep", "x=-1:1:5 y=0", Some("rows"))];
    for (command, starts, own) in commands {
        let object = json(&mut thalweg(
            &folder,
            &format!("{command} booth {starts} lr=0.05,0.1 --json").replace("y=-1:1:5 lr=0.05,0.1", "y=-1:1:5 lr=0.1"),
        ));
        let expected: Vec<&str> = common.into_iter().chain(own).chain(["theory"]).collect();
        assert_eq!(keys(&object), expected);
        assert_eq!(keys(&object["backend"]), ["kind", "adapter", "driver"]);
        assert_eq!(keys(&object["seconds"]), ["total", "compute"]);
        assert_eq!(keys(&object["status"]), ["converged", "diverged", "stalled", "exhausted"]);
        assert_eq!(keys(&object["theory"]), ["eigenvalues", "stable_below", "optimal_learning_rate", "rate"]);
        let counts: u64 = object["status"].as_object().unwrap().values().map(|count| count.as_u64().unwrap()).sum();
        assert_eq!(object["descents"], counts);
        match own {
            Some("basins") => assert_eq!(keys(&object["basins"][0]), ["label", "point", "loss", "count", "fraction", "low", "high"]),
            Some("rows") => {
                let measures = ["converged", "diverged", "stalled", "exhausted", "steps_median", "steps_max", "loss_median"];
                assert_eq!(keys(&object["rows"][1]), [&["learning_rate"][..], &measures].concat());
            }
            _ => {}
        }
    }
}

#[test]
fn a_bench_reports_both_legs_the_floor_early_exits_and_work_precision() {
    let folder = folder();
    let experiment = "booth x=-10:10:40 y=-10:10:40 lr=0.05 --steps 100";
    let arguments = format!("bench {experiment} --backend cpu --repeats 2 --json -o b.csv -o b.svg");
    let object = json(&mut thalweg(&folder, &arguments));
    assert_eq!(object["command_line"], format!("thalweg {arguments}"));
    assert_eq!(
        object["cost"]["step"],
        serde_json::json!({
            "add": 2, "multiply": 2, "multiply_add": 8, "compare": 2, "select": 0, "logic": 1, "divide": 0, "root": 0,
            "near_quotient": 0, "near_root": 0, "near_inverse_root": 0, "function": 0, "load": 0
        })
    );
    let backends = object["backends"].as_array().unwrap();
    assert_eq!(backends.iter().map(|backend| &backend["backend"]["kind"]).collect::<Vec<_>>(), ["reference", "cpu"]);
    let cpu = &backends[1];
    let whole = cpu["sizes"].as_array().unwrap().last().unwrap();
    let run = json(&mut thalweg(&folder, &format!("run {experiment} --backend cpu --json")));
    assert_eq!((&whole["descents"], &whole["steps_taken"]), (&run["descents"], &run["steps_taken"]));
    let [steps, rate, end_to_end, compute, total, reached, share] = [
        &whole["steps_taken"],
        &whole["steps_per_second"],
        &whole["end_to_end"]["steps_per_second"],
        &whole["seconds"]["compute"],
        &whole["seconds"]["total"],
        &cpu["roofline"]["reached"],
        &cpu["early_exits"]["share_of_fixed_rate"],
    ]
    .map(|value| value.as_f64().unwrap());
    assert!((rate * compute / steps - 1.0).abs() < 1e-9 && (end_to_end * total / steps - 1.0).abs() < 1e-9, "{whole}");
    assert!(reached > 0.0 && share > 0.0, "{cpu}");
    let precisions = cpu["work_precision"].as_array().unwrap();
    assert_eq!(precisions.iter().map(|precision| &precision["steps"]).collect::<Vec<_>>(), [1, 2, 4, 8, 16, 32, 64, 100]);
    let errors: Vec<f64> = precisions.iter().map(|precision| precision["median_error"].as_f64().unwrap()).collect();
    assert!(errors[0] > 1.0 && errors[7] < 1e-4 && errors.is_sorted_by(|a, b| a >= b), "{errors:?}");
    let rows = csv(&folder.path().join("b.csv"));
    let last = rows.last().unwrap();
    assert_eq!(
        ["step_cap", "kind", "repeats", "command_line"].map(|name| cell(last, name)),
        ["100", "work-precision", "2", &format!("thalweg {arguments}")]
    );
    assert!(
        rows.iter()
            .all(|row| cell(row, "floor_share").is_empty() == (cell(row, "descents") != "1600" || cell(row, "backend") == "reference"))
    );
    let largest = rows.iter().rfind(|row| cell(row, "kind") == "size").unwrap();
    assert!((cell(largest, "floor_share").parse::<f64>().unwrap() / reached - 1.0).abs() < 1e-12, "{largest:?}");
    assert_eq!(rows.len(), precisions.len() + backends.iter().map(|backend| backend["sizes"].as_array().unwrap().len()).sum::<usize>());
    let svg = fs::read_to_string(folder.path().join("b.svg")).unwrap();
    assert!(["cpu, resident", "cpu, end to end", "error against f64", "resident seconds"].iter().all(|words| svg.contains(words)));
}

#[test]
fn a_bench_of_the_largest_size_runs_nothing_else_and_measures_what_the_place_can_do() {
    let arguments = "bench booth x=-10:10:40 y=-10:10:40 lr=0.05 --largest --fixed-steps --steps 10 --json --backend";
    for backend in backends_here(&["cpu", "gpu"]) {
        let object = json(thalweg(&folder(), arguments).arg(backend));
        let [only] = &object["backends"].as_array().unwrap()[..] else { panic!("{object}") };
        assert_eq!((&only["backend"]["kind"], only["sizes"].as_array().unwrap().len()), (&Value::from(backend), 1));
        assert_eq!((&only["sizes"][0]["descents"], &only["sizes"][0]["steps_taken"]), (&Value::from(1600), &Value::from(16_000)));
        assert_eq!(
            (&only["agreement"], &only["early_exits"], &only["work_precision"]),
            (&Value::Null, &Value::Null, &serde_json::json!([]))
        );
        let peaks = only["roofline"]["peaks"].as_object().unwrap();
        let rates: Vec<f64> =
            peaks.iter().filter(|(name, _)| !name.starts_with("slots_of")).filter_map(|(_, rate)| rate.as_f64()).collect();
        assert!(peaks.len() == 11 && rates.len() == 8 && rates.iter().all(|rate| *rate > 1e6), "{peaks:?}");
        assert!(["slots_of_divide", "slots_of_root"].iter().all(|name| peaks[*name].as_f64().unwrap() >= 0.0), "{peaks:?}");
    }
    thalweg(&folder(), "bench booth x=0 y=0 lr=0.05 --repeats 0").assert().failure().code(2);
}

#[test]
fn all_formats_of_a_run_tell_the_same() {
    let folder = folder();
    thalweg(&folder, "run booth x=-1:1:3 y=2 lr=0.1,0.5 --steps 500 -o a.csv -o a.json -o a.npy").assert().success();
    let rows = csv(&folder.path().join("a.csv"));
    let objects: Value = serde_json::from_slice(&fs::read(folder.path().join("a.json")).unwrap()).unwrap();
    let bytes = fs::read(folder.path().join("a.npy")).unwrap();
    let start = 10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    let records: Vec<&[u8]> = bytes[start..].chunks_exact(29).collect();
    assert_eq!((rows.len(), objects.as_array().unwrap().len(), records.len()), (6, 6, 6));
    for (row, (object, record)) in rows.iter().zip(objects.as_array().unwrap().iter().zip(records)) {
        assert_eq!(object["status"], cell(row, "status"));
        let ["x", "learning_rate", "status", "steps", "loss", "gradient_norm", "end_x", "end_y"] =
            row.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>()[..]
        else {
            panic!("{row:?}")
        };
        for (name, offset) in [("x", 0), ("learning_rate", 4), ("loss", 13), ("gradient_norm", 17), ("end_x", 21), ("end_y", 25)] {
            let value = f32::from_le_bytes(record[offset..offset + 4].try_into().unwrap());
            assert_eq!(value.to_bits(), number(row, name).to_bits(), "{name}");
            assert_eq!(object[name].as_f64().map(|value| value as f32), value.is_finite().then_some(value), "{name}");
        }
    }
}

#[test]
fn pictures_are_written_in_both_formats_and_nothing_else() {
    let folder = folder();
    thalweg(&folder, "basins booth x=-10:10:40 lr=0.01:0.12:30 y=0 -o map.png -o map.svg --quiet").assert().success().stderr("");
    thalweg(&folder, "sweep booth x=-10:10:4 y=0 lr=log:0.01:1:30 -o rates.png -o rates.svg --quiet").assert().success().stderr("");
    thalweg(&folder, "sweep ellipsoid start=1 condition=1:9:4 lr=0.1,0.2 -o shares.png --quiet").assert().success();
    assert_eq!(names_in(folder.path()), ["map.png", "map.svg", "rates.png", "rates.svg", "shares.png"]);
    let svg = fs::read_to_string(folder.path().join("rates.svg")).unwrap();
    for words in ["learning_rate", "2/λ_max", "2/(λ_min+λ_max)", "converged", "diverged", "median final loss"] {
        assert!(svg.contains(words), "{words}");
    }
    let svg = fs::read_to_string(folder.path().join("map.svg")).unwrap();
    for words in ["Basins of booth", "0 (1, 3): ", "diverged: "] {
        assert!(svg.contains(words), "{words}");
    }
}

#[test]
fn losses_are_listed_and_told_in_full() {
    let folder = folder();
    let all = stdout(&mut thalweg(&folder, "losses"));
    assert!(["sphere", "booth", "matyas", "trid", "ellipsoid", "quadratic", "wells"].iter().all(|name| all.contains(name)), "{all}");
    let booth = stdout(&mut thalweg(&folder, "losses booth"));
    assert!(booth.contains("(1, 3)") && booth.contains("2, 18") && booth.contains("0.111111"), "{booth}");
    assert_eq!(json(&mut thalweg(&folder, "losses trid --dimension 3 --json"))["minimum"]["point"], serde_json::json!([3.0, 4.0, 3.0]));
}
