//! The processor architecture beside this one that has vector instructions of its own in the program: code for it is compiled here, if not run.

use std::path::Path;
use std::process::Command;

const ARM: &str = "aarch64-unknown-linux-gnu";
const X86: &str = "x86_64-unknown-linux-gnu";

/// The other architecture, if there is a C compiler for it, which a few dependencies are built with, and its standard library is here or rustup can get it;
/// says so if not.
pub(crate) fn other() -> Option<&'static str> {
    let target = if cfg!(target_arch = "x86_64") { ARM } else { X86 };
    if !has_compiler(target) {
        eprintln!("architecture: no C compiler for {target}, such as {}; code for it is not checked", compiler(target));
        return None;
    }
    let is_there = is_installed(target) || add(target);
    if !is_there {
        eprintln!("architecture: no standard library for {target}, and rustup cannot get it; code for it is not checked");
    }
    is_there.then_some(target)
}

/// Whether the compiler has the standard library of `target`.
fn is_installed(target: &str) -> bool {
    let found = Command::new("rustc").args(["--print", "target-libdir", "--target", target]).output();
    found.is_ok_and(|found| found.status.success() && Path::new(String::from_utf8_lossy(&found.stdout).trim()).is_dir())
}

/// The name of GCC's C compiler for a target, as Debian has it.
fn compiler(target: &str) -> String {
    format!("{}-gcc", target.replace("-unknown", ""))
}

/// Whether there is that compiler, or the environment names one in its place.
fn has_compiler(target: &str) -> bool {
    let named = [format!("CC_{}", target.replace('-', "_")), "TARGET_CC".to_string()];
    named.iter().any(|name| std::env::var_os(name).is_some())
        || Command::new(compiler(target)).arg("--version").output().is_ok_and(|output| output.status.success())
}

fn add(target: &str) -> bool {
    Command::new("rustup").args(["target", "add", target]).status().is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_library_of_this_architecture_is_there_and_that_of_none_is_not() {
        let host = Command::new("rustc").arg("-vV").output().expect("it compiled this");
        let host = String::from_utf8_lossy(&host.stdout).lines().find_map(|line| line.strip_prefix("host: ").map(str::to_string));
        assert!(is_installed(&host.expect("it tells its host")));
        assert!(!is_installed("no-such-target"));
    }

    #[test]
    fn compilers_have_debians_names_and_none_is_found_for_no_target() {
        assert_eq!([ARM, X86].map(compiler), ["aarch64-linux-gnu-gcc", "x86_64-linux-gnu-gcc"]);
        assert!(!has_compiler("no-such-target"));
    }
}
