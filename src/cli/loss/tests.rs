use super::*;
use std::fs;
use std::io::Write;

use crate::table::npy::{Dtype, write_header};

fn data(set: impl FnOnce(&mut Data)) -> Data {
    let mut data = Data::default();
    set(&mut data);
    data
}

fn quadratic_of(data: &Data) -> Quadratic {
    match build("quadratic", data).unwrap() {
        Loss::Quadratic(quadratic) => quadratic,
        other => panic!("{other:?}"),
    }
}

fn npy(path: &Path, shape: &[u64], values: &[f64]) {
    let mut file = fs::File::create(path).unwrap();
    write_header(&mut file, &Dtype::Scalar("<f8"), shape).unwrap();
    values.iter().for_each(|value| file.write_all(&value.to_le_bytes()).unwrap());
}

#[test]
fn a_single_row_is_a_diagonal_and_a_number_a_matrix_of_one() {
    for (text, dimension) in [("2", 1), ("1,25", 2), ("1,2,3", 3), ("3,0.5;0.5,1", 2), ("2,0;0,1", 2)] {
        let quadratic = quadratic_of(&data(|data| data.hessian = Some(text.into())));
        assert_eq!((quadratic.dimension(), quadratic.problems()), (dimension, 1), "{text}");
    }
}

#[test]
fn one_hessian_serves_many_centres_and_one_centre_many_hessians() {
    let folder = tempfile::tempdir().unwrap();
    let (hessians, centers) = (folder.path().join("A.npy"), folder.path().join("c.npy"));
    npy(&hessians, &[3, 2, 2], &[2.0, 0.0, 0.0, 1.0].repeat(3));
    npy(&centers, &[3, 2], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    let at = |path: &Path| Some(format!("@{}", path.display()));
    for (hessian, center) in [(Some("1,2".into()), at(&centers)), (at(&hessians), Some("1,2".into())), (at(&hessians), at(&centers))] {
        let quadratic = quadratic_of(&data(|data| (data.hessian, data.center) = (hessian, center)));
        assert_eq!(quadratic.problems(), 3);
    }
    let error = build("quadratic", &data(|data| (data.hessian, data.center) = (at(&hessians), Some("1,2;3,4".into()))));
    assert!(error.unwrap_err().to_string().contains("3 Hessians and 2 centres"));
}

#[test]
fn least_squares_have_the_hessian_of_their_matrix() {
    let quadratic = quadratic_of(&data(|data| {
        data.matrix = Some("1,0;0,2;1,1".into());
        data.target = Some("1,2,3".into());
    }));
    assert_eq!(quadratic.problem(0).hessian(), &Hessian::Dense(vec![2.0, 1.0, 1.0, 5.0]));
}

#[test]
fn a_fit_is_the_mean_of_squared_errors_and_least_at_the_line_itself() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("points.csv");
    fs::write(&path, "x,y\n0,1\n1,3\n2,5\n3,7\n").unwrap();
    let fit = |path: &Path| data(|data| data.fit = Some(path.into()));
    let quadratic = quadratic_of(&fit(&path));
    assert_eq!(quadratic.variables(), ["w", "b"]);
    let problem = quadratic.problem(0);
    assert!(problem.evaluate(&[2.0, 1.0]).0.abs() < 1e-9);
    // Errors of 1, 3, 5 and 7.
    assert!((problem.evaluate(&[0.0, 0.0]).0 - 21.0).abs() < 1e-9);
    fs::write(&path, "1,2,3\n4,5,6\n7,8,10\n").unwrap();
    assert_eq!(quadratic_of(&fit(&path)).variables(), ["w1", "w2", "b"]);
    fs::write(&path, "1\n2\n").unwrap();
    assert!(build("quadratic", &fit(&path)).unwrap_err().to_string().contains("points.csv"));
    let both = Data { hessian: Some("1".into()), ..fit(&path) };
    assert!(build("quadratic", &both).unwrap_err().to_string().contains("--fit"));
}

#[test]
fn options_of_another_loss_are_refused_by_name() {
    let message = |name: &str, data: &Data| build(name, data).unwrap_err().to_string();
    let hessian = data(|data| data.hessian = Some("1".into()));
    assert!(message("booth", &hessian).contains("--hessian: does not belong to booth"));
    assert!(message("wells", &hessian).contains("--hessian: does not belong to wells"));
    assert!(message("quadratic", &data(|data| data.wells = Some("w.csv".into()))).contains("--wells: does not belong"));
    assert!(message("quadratic", &Data::default()).contains("'--hessian' is not set"));
    let both = data(|data| (data.hessian, data.center, data.linear) = (Some("1".into()), Some("1".into()), Some("1".into())));
    assert!(message("quadratic", &both).contains("--linear"));
    assert!(message("boooth", &Data::default()).contains("did you mean 'booth'?"));
}

#[test]
fn data_of_a_wrong_shape_are_refused() {
    for (text, part) in [("1,2;3", "row 2"), ("1,2;3,4;5,6", "not square"), ("1,a", "'a'"), ("", "''"), ("1,0.5;0.7,1", "not symmetric")] {
        let message = build("quadratic", &data(|data| data.hessian = Some(text.into()))).unwrap_err().to_string();
        assert!(message.contains(part), "{text}: {message}");
    }
    let message =
        build("quadratic", &data(|data| (data.hessian, data.center) = (Some("1,2".into()), Some("1,2,3".into())))).unwrap_err().to_string();
    assert!(message.contains("center") && message.contains("3 values"), "{message}");
}

#[test]
fn the_columns_of_wells_go_by_name_or_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("wells.csv");
    let read = || wells(&path).map(|wells| wells.wells().to_vec());
    fs::write(&path, "0.5,1,2,3,4\n").unwrap();
    let expected = vec![Well { offset: 0.5, center: vec![1.0, 2.0], curvature: vec![3.0, 4.0] }];
    assert_eq!(read().unwrap(), expected);
    fs::write(&path, "a2,c1,offset,c2,a1\n4,1,0.5,2,3\n").unwrap();
    assert_eq!(read().unwrap(), expected);
    fs::write(&path, "offset,c1,c2,a1,b2\n1,2,3,4,5\n").unwrap();
    assert!(read().unwrap_err().to_string().contains("'a2'"));
    fs::write(&path, "1,2\n").unwrap();
    assert!(read().unwrap_err().to_string().contains("2 columns"));
}
