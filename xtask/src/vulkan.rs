//! Finds a Vulkan driver, or gets Mesa's software one.
//!
//! On Linux a Vulkan program needs two things: the loader, `libvulkan.so.1`, and at least one driver, announced to the loader by a
//! JSON manifest in a folder named `vulkan/icd.d`. Where the loader looks is laid down in the Khronos document *Driver interface to the
//! Vulkan Loader*. macOS and Windows need nothing: Metal and Direct3D 12 are part of the system.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Failure;

const LOADER: &str = "libvulkan.so.1";

/// Finds a driver, installs one where apt is at hand, or says what to run; `is_required` makes it an error to have none.
pub(crate) fn ensure_driver(is_required: bool) -> Result<(), Failure> {
    if !cfg!(target_os = "linux") {
        eprintln!("driver: Metal or Direct3D 12 comes with the system");
        return Ok(());
    }
    let missing = match find_driver() {
        Ok(driver) => {
            eprintln!("driver: {}", driver.display());
            return Ok(());
        }
        Err(missing) => missing,
    };
    let system = System::of(&fs::read_to_string("/etc/os-release").unwrap_or_default());
    if system == System::Debian {
        eprintln!("driver: {missing}; installing Mesa's software driver");
        install_with_apt();
        if let Ok(driver) = find_driver() {
            eprintln!("driver: {}", driver.display());
            return Ok(());
        }
    }
    let advice = format!("{missing}; {}", system.advice());
    if is_required {
        return Err(Failure::new(advice));
    }
    eprintln!("driver: {advice}\ndriver: going on without one; tests that need an adapter will say so");
    Ok(())
}

/// The manifest of a driver that the loader can load, or what is missing.
fn find_driver() -> Result<PathBuf, String> {
    let libraries = Libraries::of_this_system();
    if !libraries.has(LOADER) {
        return Err(format!("there is no Vulkan loader ({LOADER})"));
    }
    let manifests = manifest_places(|name| env::var(name).ok()).into_iter().flat_map(|place| manifests_in(&place));
    let mut fault = String::new();
    for manifest in manifests {
        let name = manifest.display();
        match library_of(&manifest) {
            Some(library) if !libraries.has(&library) => fault = format!(" ({name} names a library that is not there)"),
            None => fault = format!(" ({name} names no library)"),
            Some(_) if !is_software(&manifest) && !has_gpu(Path::new("/dev")) => fault = format!(" ({name} needs a GPU)"),
            Some(_) => return Ok(manifest),
        }
    }
    Err(format!("there is no Vulkan driver that can work here{fault}"))
}

/// Whether the driver plays the GPU itself: Mesa's lavapipe, or SwiftShader.
fn is_software(manifest: &Path) -> bool {
    let name = manifest.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    ["lvp", "swiftshader"].iter().any(|known| name.contains(known))
}

/// Whether the kernel shows a GPU: by its common interface, by NVIDIA's own, or by that of Windows' Linux.
fn has_gpu(devices: &Path) -> bool {
    let nodes = fs::read_dir(devices.join("dri")).into_iter().flatten().flatten();
    let mut names = nodes.map(|node| node.file_name().to_string_lossy().into_owned());
    names.any(|name| name.starts_with("renderD")) || ["nvidiactl", "dxg"].iter().any(|name| devices.join(name).exists())
}

/// The files and folders where the loader looks for manifests, given the environment.
fn manifest_places(variable: impl Fn(&str) -> Option<String>) -> Vec<PathBuf> {
    let list = |name: &str| variable(name).filter(|text| !text.is_empty()).map(|text| env::split_paths(&text).collect::<Vec<_>>());
    // These two replace the search altogether; the second is the older name.
    if let Some(places) = list("VK_DRIVER_FILES").or_else(|| list("VK_ICD_FILENAMES")) {
        return places;
    }
    let home = variable("HOME").map(PathBuf::from).unwrap_or_default();
    let mut folders = list("XDG_CONFIG_HOME").unwrap_or_else(|| vec![home.join(".config")]);
    folders.extend(list("XDG_CONFIG_DIRS").unwrap_or_else(|| vec!["/etc/xdg".into()]));
    folders.extend(["/usr/local/etc".into(), "/etc".into()]);
    folders.extend(list("XDG_DATA_HOME").unwrap_or_else(|| vec![home.join(".local/share")]));
    folders.extend(list("XDG_DATA_DIRS").unwrap_or_default());
    folders.extend(["/usr/local/share".into(), "/usr/share".into()]);
    let folders = folders.into_iter().map(|folder| folder.join("vulkan/icd.d"));
    list("VK_ADD_DRIVER_FILES").unwrap_or_default().into_iter().chain(folders).collect()
}

/// `place` itself where it is a file, else the manifests in it.
fn manifests_in(place: &Path) -> Vec<PathBuf> {
    if place.is_file() {
        return vec![place.into()];
    }
    let entries = fs::read_dir(place).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut manifests: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|extension| extension == "json")).collect();
    manifests.sort();
    manifests
}

/// The library that a manifest names; a relative path counts from the manifest's folder, and a bare name is for the linker to find.
fn library_of(manifest: &Path) -> Option<String> {
    let text = fs::read_to_string(manifest).ok()?;
    let (_, rest) = text.split_once("\"library_path\"")?;
    let library = rest.trim_start().strip_prefix(':')?.trim_start().strip_prefix('"')?.split('"').next()?;
    let is_relative = library.contains('/') && !library.starts_with('/');
    Some(if is_relative { manifest.parent()?.join(library).to_string_lossy().into_owned() } else { library.into() })
}

/// Where shared libraries are found.
struct Libraries {
    /// What `ldconfig -p` prints; empty where there is none, as with musl.
    cache: String,
    folders: Vec<PathBuf>,
}

impl Libraries {
    fn of_this_system() -> Self {
        // An ordinary user's path often leaves the sbin folders out.
        let print = |program: &&str| Command::new(program).arg("-p").output().ok().filter(|output| output.status.success());
        let output = ["ldconfig", "/sbin/ldconfig", "/usr/sbin/ldconfig"].iter().find_map(print);
        let cache = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
        let mut folders: Vec<PathBuf> = env::var_os("LD_LIBRARY_PATH").iter().flat_map(env::split_paths).collect();
        let debian = format!("/usr/lib/{}-linux-gnu", env::consts::ARCH);
        folders.extend([debian.as_str(), "/usr/local/lib", "/usr/lib64", "/usr/lib", "/lib64", "/lib"].map(PathBuf::from));
        Self { cache, folders }
    }

    /// Whether a library is there, given by path or by name.
    fn has(&self, library: &str) -> bool {
        if library.contains('/') {
            return Path::new(library).exists();
        }
        let is_cached = || self.cache.lines().any(|line| line.split_whitespace().next() == Some(library));
        is_cached() || self.folders.iter().any(|folder| folder.join(library).exists())
    }
}

/// What installs software here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum System {
    Debian,
    Fedora,
    Arch,
    Alpine,
    Other,
}

impl System {
    /// From the text of `/etc/os-release`.
    fn of(release: &str) -> Self {
        let values = release.lines().filter_map(|line| line.strip_prefix("ID=").or_else(|| line.strip_prefix("ID_LIKE=")));
        let names: Vec<&str> = values.flat_map(|value| value.trim_matches(['"', '\'']).split_whitespace()).collect();
        let known = |name: &&str| match *name {
            "debian" | "ubuntu" => Some(Self::Debian),
            "fedora" | "rhel" | "centos" => Some(Self::Fedora),
            "arch" => Some(Self::Arch),
            "alpine" => Some(Self::Alpine),
            _ => None,
        };
        names.iter().find_map(known).unwrap_or(Self::Other)
    }

    /// What to do to get a driver.
    fn advice(self) -> &'static str {
        match self {
            Self::Debian => "run: sudo apt-get install mesa-vulkan-drivers libvulkan1",
            Self::Fedora => "run: sudo dnf install mesa-vulkan-drivers vulkan-loader",
            Self::Arch => "run: sudo pacman -S vulkan-swrast vulkan-icd-loader",
            Self::Alpine => "run: doas apk add mesa-vulkan-swrast vulkan-loader",
            Self::Other => "install the Vulkan loader and Mesa's software driver, lavapipe",
        }
    }
}

/// Tries to install the loader and Mesa's drivers, without asking anything; the caller looks whether it worked.
fn install_with_apt() {
    let is_root = Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.trim_ascii() == b"0");
    let may_sudo = || Command::new("sudo").args(["-n", "true"]).output().is_ok_and(|output| output.status.success());
    let before: &[&str] = match is_root {
        true => &[],
        false if may_sudo() => &["sudo", "-n"],
        false => {
            eprintln!("driver: apt-get needs root, and sudo would ask for a password");
            return;
        }
    };
    // A stale package list is worth a try, so a failure of the first is no reason not to start the second.
    for arguments in [&["update"][..], &["install", "--yes", "--no-install-recommends", "mesa-vulkan-drivers", "libvulkan1"]] {
        let words: Vec<&str> = [before, &["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"], arguments].concat();
        eprintln!("driver: {}", words.join(" "));
        match Command::new(words[0]).args(&words[1..]).status() {
            Ok(status) if status.success() => {}
            Ok(status) => eprintln!("driver: apt-get failed ({status})"),
            Err(error) => eprintln!("driver: {} cannot be started: {error}", words[0]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A fresh folder of this test's own, deleted at the end.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = env::temp_dir().join(format!("xtask-{name}-{}", std::process::id()));
            fs::create_dir_all(&path).unwrap();
            Self(path)
        }

        fn write(&self, name: &str, text: &str) -> PathBuf {
            fs::write(self.0.join(name), text).unwrap();
            self.0.join(name)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            // What cannot be deleted stays in the system's temporary folder.
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn a_manifest_counts_only_if_its_library_is_there() {
        let folder = Folder::new("manifest");
        let libraries = Libraries { cache: "\tlibone.so (libc6,x86-64) => /lib/libone.so\n".into(), folders: vec![folder.0.clone()] };
        folder.write("libtwo.so", "");
        let has = |name: &str, library: &str| {
            let manifest = folder.write(name, &format!("{{ \"ICD\": {{ \"library_path\" : \"{library}\" }} }}"));
            libraries.has(&library_of(&manifest).unwrap())
        };
        assert!(has("cached.json", "libone.so"));
        assert!(has("in_folder.json", "libtwo.so"));
        assert!(has("relative.json", "./libtwo.so"));
        assert!(has("absolute.json", folder.0.join("libtwo.so").to_str().unwrap()));
        assert!(!has("missing.json", "libthree.so"));
        assert!(!has("prefix.json", "libone.s"));
        assert!(!has("elsewhere.json", "/nowhere/libtwo.so"));
        assert_eq!(library_of(&folder.write("other.json", "{}")), None);
    }

    #[test]
    fn a_folder_gives_its_manifests_and_a_file_itself() {
        let folder = Folder::new("places");
        let (b, a) = (folder.write("b.json", ""), folder.write("a.json", ""));
        folder.write("notes.txt", "");
        assert_eq!(manifests_in(&folder.0), [a.clone(), b]);
        assert_eq!(manifests_in(&a), [a]);
        assert!(manifests_in(Path::new("/nowhere")).is_empty());
    }

    #[test]
    fn a_driver_for_hardware_needs_hardware() {
        assert!(is_software(Path::new("/a/lvp_icd.x86_64.json")) && is_software(Path::new("vk_swiftshader_icd.json")));
        assert!(!is_software(Path::new("/lvp/intel_icd.json")));
        let devices = Folder::new("devices");
        fs::create_dir(devices.0.join("dri")).unwrap();
        devices.write("dri/card0", "");
        assert!(!has_gpu(&devices.0));
        devices.write("dri/renderD128", "");
        assert!(has_gpu(&devices.0));
        let nvidia = Folder::new("nvidia");
        nvidia.write("nvidiactl", "");
        assert!(has_gpu(&nvidia.0));
    }

    #[cfg(unix)]
    #[test]
    fn the_environment_replaces_or_extends_the_search() {
        let places = |set: &[(&str, &str)]| {
            let set: Vec<(String, String)> = set.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
            manifest_places(move |name| set.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone()))
        };
        let usual = places(&[("HOME", "/home/a")]);
        for folder in ["/home/a/.config", "/etc/xdg", "/etc", "/home/a/.local/share", "/usr/local/share", "/usr/share"] {
            assert!(usual.contains(&Path::new(folder).join("vulkan/icd.d")), "{folder}");
        }
        assert!(places(&[("XDG_DATA_DIRS", "/p:/q")]).contains(&"/q/vulkan/icd.d".into()));
        assert_eq!(places(&[("VK_ADD_DRIVER_FILES", "/c.json")])[0], Path::new("/c.json"));
        assert_eq!(places(&[("VK_ICD_FILENAMES", "/a.json:/b.json")]), [Path::new("/a.json"), Path::new("/b.json")]);
        assert_eq!(places(&[("VK_DRIVER_FILES", "/d.json"), ("VK_ICD_FILENAMES", "/a.json")]), [Path::new("/d.json")]);
        assert_eq!(places(&[("VK_DRIVER_FILES", "")]), places(&[]));
    }

    #[test]
    fn a_system_is_known_by_its_name_or_by_what_it_is_like() {
        assert_eq!(System::of("PRETTY_NAME=\"x\"\nID=debian\n"), System::Debian);
        assert_eq!(System::of("ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n"), System::Debian);
        assert_eq!(System::of("ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n"), System::Fedora);
        assert_eq!(System::of("ID=manjaro\nID_LIKE=arch\n"), System::Arch);
        assert_eq!(System::of("ID=alpine\nVERSION_ID=3.22"), System::Alpine);
        assert_eq!(System::of("VERSION_ID=debian\nID=nixos"), System::Other);
        assert_eq!(System::of(""), System::Other);
    }
}
