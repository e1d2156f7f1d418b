//! `scan -`: standard input as a file with a name, without one, and as an archive that comes in as a stream.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;

use bartizan::render::Format;
use serde_json::Value;

use crate::cli::{Ran, command, folder};
use crate::decode::{Packing, gzip, tar_header, zip};

/// A token that was never issued, with the checksum that issued ones have.
fn token() -> String {
    "ghp_wBarb7lbqI6gcxuOAh¦5XMuSB22qNmm0ezfzW".replace('¦', "")
}

fn leak() -> String {
    format!("token = \"{}\"\n", token())
}

fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = Vec::new();
    for (name, bytes) in files {
        out.extend(tar_header(name, b'0', bytes.len()));
        out.extend_from_slice(bytes);
        out.resize(out.len().next_multiple_of(512), 0);
    }
    out.resize(out.len() + 1024, 0);
    out
}

/// A scan of standard input.
fn piped(folder: &Path, args: &[&str], input: &[u8]) -> Ran {
    let mut command = command(folder, &[&["scan", "--offline"], args].concat());
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut pipe = child.stdin.take().unwrap();
    let input = input.to_vec();
    // It need not be read to its end.
    let writer = std::thread::spawn(move || drop(pipe.write_all(&input)));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    Ran {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Check and place of each finding, and the problems, of a scan of standard input without a repository.
fn scanned(args: &[&str], input: &[u8]) -> (i32, Vec<String>, Vec<String>) {
    let folder = folder(&[]);
    let Ran { code, out, err } = piped(folder.path(), &[&["--format", "json", "-"], args].concat(), input);
    let report: Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{err}"));
    let list = |name: &str, say: &dyn Fn(&Value) -> String| -> Vec<String> {
        report[name].as_array().unwrap().iter().map(say).collect()
    };
    let place = |one: &Value| format!("{}:{}", one["place"]["path"], one["place"]["region"]["start_line"]);
    let found = list("findings", &|one| place(one).replace('"', ""));
    (code, found, list("problems", &|one| one["message"].as_str().unwrap().to_owned()))
}

#[test]
fn a_file_that_is_piped_is_judged_as_the_file() {
    let files = [
        ("src/a.py", leak()),
        (".env", leak()),
        ("Dockerfile", "FROM debian:latest\nRUN curl https://x.example/i.sh | sh\n".to_owned()),
        (".github/workflows/ci.yml", "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - uses: a/b@v1\n".to_owned()),
        ("compose.yaml", "services:\n  a:\n    image: b\n    privileged: true\n".to_owned()),
        (".mcp.json", "{\"mcpServers\":{\"a\":{\"command\":\"npx\",\"args\":[\"-y\",\"some-server\"]}}}\n".to_owned()),
        ("Cargo.lock", "version = 3\n[[package]]\nname = \"time\"\nversion = \"0.1.42\"\nsource = \"registry+https://github.com/rust-lang/crates.io-index\"\n".to_owned()),
        ("terraform.tfstate", leak()),
        ("notes.txt", "nothing\n".to_owned()),
    ];
    let mut with_findings = 0;
    for (name, text) in &files {
        let of = |ran: Ran| {
            let report: Value =
                serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{name}: {}", ran.err));
            (ran.code, report["findings"].clone())
        };
        let folder = folder(&[(name, text.as_str())]);
        let of_file = of(crate::cli::ran(command(folder.path(), &["scan", "--offline", "--format", "json"])));
        let args = ["--format", "json", "--stdin-path", name, "-"];
        assert_eq!(of(piped(folder.path(), &args, text.as_bytes())), of_file, "{name}");
        // The file need not be there.
        let elsewhere = crate::cli::folder(&[]);
        assert_eq!(of(piped(elsewhere.path(), &args, text.as_bytes())), of_file, "{name}");
        with_findings += usize::from(!of_file.1.as_array().unwrap().is_empty());
    }
    assert!(with_findings >= 6, "{with_findings}");
}

#[test]
fn without_a_name_the_content_counts() {
    assert_eq!(scanned(&[], leak().as_bytes()), (1, vec!["<stdin>:1".to_owned()], vec![]));
    let utf16: Vec<u8> = leak().encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(scanned(&[], &utf16).0, 1);
    assert_eq!(scanned(&[], b"nothing\n"), (0, vec![], vec![]));
    // A file may be empty; that there was nothing is said all the same.
    let empty = piped(folder(&[]).path(), &["-"], b"");
    assert_eq!(empty.code, 0);
    assert!(empty.out.contains("standard input was empty"), "{}", empty.out);
    // Longer than what is read as a whole.
    let long = [&b"x = 1\n".repeat(2_000_000)[..], leak().as_bytes()].concat();
    assert_eq!(scanned(&[], &long).1, ["<stdin>:2000001"]);
    for format in Format::ALL {
        let ran = piped(folder(&[]).path(), &["-", "--format", format.as_str()], leak().as_bytes());
        assert_eq!(ran.code, 1, "{}: {}", format.as_str(), ran.err);
        assert!(!ran.out.contains(&token()), "{}", format.as_str());
    }
}

#[test]
fn archives_are_unpacked_as_they_come_in() {
    let leak = leak();
    let files: [(&str, &[u8]); 2] = [("etc/a.cfg", leak.as_bytes()), ("b", b"nothing")];
    let (plain, zipped) = (tar(&files), zip(&files, Packing::Deflated));
    let members = [gzip(&plain[..700]), gzip(&plain[700..])].concat();
    for (what, bytes, expected) in [
        ("tar", plain.clone(), "<stdin>!/etc/a.cfg:1"),
        ("tar.gz", gzip(&plain), "<stdin>!/etc/a.cfg:1"),
        ("tar.gz of two members", members, "<stdin>!/etc/a.cfg:1"),
        ("zip", zipped.clone(), "<stdin>!/etc/a.cfg:1"),
        ("gz", gzip(leak.as_bytes()), "<stdin>!/<stdin>:1"),
        ("zip in tar", tar(&[("x.zip", &zipped)]), "<stdin>!/x.zip!/etc/a.cfg:1"),
    ] {
        assert_eq!(scanned(&[], &bytes), (1, vec![expected.to_owned()], vec![]), "{what}");
    }
    let named = folder(&[]);
    let ran = piped(named.path(), &["-", "--stdin-path", "x/image.tar"], &plain);
    assert!(ran.out.contains("x/image.tar!/etc/a.cfg:1"), "{}", ran.out);
}

/// A tar as programs wrote it before POSIX: without a magic number.
fn old(files: &[(&str, &[u8])], is_signed: bool) -> Vec<u8> {
    let mut bytes = tar(files);
    let mut at = 0;
    for (name, content) in files {
        let header = &mut bytes[at..at + 512];
        header[100..108].copy_from_slice(b"0000644\0");
        header[136..147].copy_from_slice(b"14707041774");
        header[257..].fill(0);
        header[148..156].fill(b' ');
        if is_signed {
            header[name.len()] = 0xe9;
        }
        let value = |byte: &u8| if is_signed { i64::from(byte.cast_signed()) } else { i64::from(*byte) };
        let sum: i64 = header.iter().map(value).sum();
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        at += 512 + content.len().next_multiple_of(512);
    }
    bytes
}

#[test]
fn a_tar_without_a_magic_number_is_one() {
    let leak = leak();
    for is_signed in [false, true] {
        let plain = old(&[("etc/a.cfg", leak.as_bytes()), ("b", b"nothing")], is_signed);
        for (what, bytes) in [
            ("as it is", plain.clone()),
            ("in gzip", gzip(&plain)),
            ("in a tar", tar(&[("x", &plain)])),
            ("in a zip", zip(&[("x", &plain)], Packing::Deflated)),
        ] {
            let (code, found, problems) = scanned(&[], &bytes);
            assert_eq!((code, found.len(), problems), (1, 1, vec![]), "{what}");
            assert!(found[0].contains("!/etc/a.cfg"), "{what}: {found:?}");
            let folder = folder(&[]);
            fs::write(folder.path().join("x.bin"), &bytes).unwrap();
            let ran = crate::cli::ran(command(folder.path(), &["scan", "--offline"]));
            assert!(ran.code == 1 && ran.out.contains("!/etc/a.cfg"), "{what}: {}", ran.out);
        }
        // With another sum, another field or no name it is none.
        for (at, byte) in [(0, 0), (1, b'x'), (100, b'9'), (124, b'x'), (148, b'7'), (156, b'x'), (400, b'x')]
        {
            let mut other = plain.clone();
            other[at] = byte;
            let (code, found, problems) = scanned(&[], &other);
            assert_eq!((code, found.len()), (2, 0), "{at}: {problems:?}");
            assert!(problems[0].contains("neither text nor an archive"), "{at}: {problems:?}");
        }
    }
}

#[test]
fn a_stream_that_is_neither_text_nor_an_archive_is_not_clean() {
    let large: Vec<u8> = [0, 1, 2, 3, 0xff, 0xfe].repeat(2 << 20);
    for bytes in [&b"\x89PNG\r\n\x1a\n\0\0\0\x0d"[..], b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01", &large] {
        let (code, found, problems) = scanned(&[], bytes);
        assert_eq!((code, found.len(), problems.len()), (2, 0, 1), "{problems:?}");
        assert!(problems[0].contains("neither text nor an archive"), "{problems:?}");
    }
}

/// An image as `docker save` writes it: layers that are archives, as they are or compressed.
#[test]
fn the_layers_of_an_image_are_looked_into_whatever_their_size() {
    let (leak, filler) = (leak(), vec![b'\n'; 20 << 20]);
    let layer = tar(&[("usr/lib/filler", &filler), ("app/settings.py", leak.as_bytes())]);
    let manifest: &[u8] = b"[{\"Config\":\"c.json\",\"Layers\":[\"blobs/sha256/1\",\"blobs/sha256/2\"]}]";
    let small = gzip(&tar(&[("root/.npmrc", leak.as_bytes())]));
    let image = tar(&[("blobs/sha256/1", &layer), ("blobs/sha256/2", &small), ("manifest.json", manifest)]);
    for image in [image.clone(), gzip(&image)] {
        let (code, found, problems) = scanned(&["--checks", "github-personal-access-token"], &image);
        // The filler is longer than what is looked at of one file, which is counted, and the layer goes on behind it.
        assert_eq!((code, problems), (1, vec![]));
        assert_eq!(found, ["<stdin>!/blobs/sha256/1!/app/settings.py:1"]);
    }
}

#[test]
fn what_was_not_looked_at_is_not_clean() {
    let plain = tar(&[("a", b"nothing"), ("b", &[b'x'; 3000])]);
    let packed = gzip(&plain);
    let zstd = [&[0x28, 0xb5, 0x2f, 0xfd][..], &[0; 600]].concat();
    let xz = [&b"\xfd7zXZ\0"[..], &[0; 600]].concat();
    let encrypted = zip(&[("a", b"nothing")], Packing::Encrypted);
    for (what, input, args, says) in [
        ("a tar that is cut", &plain[..1500], &[][..], "damaged"),
        ("a tar that is cut between two files", &plain[..1024], &[], "damaged"),
        ("the same in gzip", &gzip(&plain[..1024]), &[], "damaged"),
        ("a tar without its end", &plain[..plain.len() - 1024], &[], "damaged"),
        ("a gzip that is cut", &packed[..packed.len() - 20], &[], "damaged"),
        ("a layer that is cut", &tar(&[("layer", &packed[..packed.len() - 20])]), &[], "damaged"),
        ("a layer in zstd", &tar(&[("layer", &zstd)]), &[], "packed in a way"),
        ("xz", &xz, &[], "packed by xz"),
        ("an encrypted zip", &encrypted, &[], "encrypted"),
        ("a tar over the limit", &plain, &["--max-file-size", "2KiB"], "a larger --max-file-size"),
        ("a gzip over the limit", &packed, &["--max-file-size", "2KiB"], "a larger --max-file-size"),
    ] {
        let (code, found, problems) = scanned(args, input);
        assert_eq!((code, found.len()), (2, 0), "{what}");
        assert!(problems.iter().any(|problem| problem.contains(says)), "{what}: {problems:?}");
    }
    assert_eq!(scanned(&["--max-file-size", "1MiB"], &packed), (0, vec![], vec![]));
}

#[test]
fn the_settings_of_the_current_directory_count() {
    let settings = "[scan]\nexclude = [\"vendor\"]\n[[ignore]]\ncheck = \"secret\"\npath = \"docs/**\"\nreason = \"made up\"\n";
    let folder = folder(&[("bartizan.toml", settings), ("sub/x", "")]);
    let code = |args: &[&str]| piped(folder.path(), args, leak().as_bytes()).code;
    assert_eq!(code(&["--stdin-path", "a.py", "-"]), 1);
    assert_eq!(code(&["--stdin-path", "docs/a.py", "-"]), 0);
    assert_eq!(code(&["--stdin-path", "./x/../docs/a.py", "-"]), 0);
    assert_eq!(code(&["--stdin-path", "vendor/a.py", "-"]), 0);
    assert_eq!(code(&["--stdin-path", "docs/a.py", "--no-config", "-"]), 1);
    // What a baseline accepts of the file is accepted of what is piped in its name.
    fs::write(folder.path().join("a.py"), leak()).unwrap();
    let made =
        command(folder.path(), &["baseline", "create", "--reason", "made up", "--offline"]).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    assert_eq!(code(&["--stdin-path", "a.py", "-"]), 0);
}

/// A hook of a server stands in a repository without files.
#[cfg(unix)]
#[test]
fn a_bare_repository_has_settings_of_a_commit() {
    let settings = "[[ignore]]\ncheck = \"secret\"\npath = \"docs/**\"\nreason = \"made up\"\n";
    let repository = crate::git::Repo::new();
    repository.write("bartizan.toml", settings).commit("settings");
    let bare = folder(&[]);
    let from = repository.path().to_string_lossy().into_owned();
    crate::run_git::git(bare.path(), &["clone", "-q", "--bare", &from, "."]);
    let code = |args: &[&str]| piped(bare.path(), args, leak().as_bytes()).code;
    assert_eq!(code(&["--stdin-path", "docs/a.py", "-"]), 1);
    assert_eq!(code(&["--config-from", "HEAD", "--stdin-path", "docs/a.py", "-"]), 0);
    assert_eq!(code(&["--config-from", "HEAD", "--stdin-path", "a.py", "-"]), 1);
}

#[test]
fn what_does_not_fit_is_refused() {
    let folder = folder(&[("sub/x", "")]);
    for (args, says) in [
        (&["-", "--staged"][..], "--staged is for a repository, and `-` is standard input"),
        (&["-", "--base", "main"], "--base is for a repository"),
        (&["-", "--history"], "--history is for a repository"),
        (&["-", "--range", "a..b"], "--range is for a repository"),
        (&["-", "--index"], "--index is for a repository"),
        (&["-", "--worktree", "--since", "a"], "--since is for a repository"),
        (&["--stdin-path", "a", "."], "--stdin-path says what standard input is"),
        (&["--stdin-path", "a"], "--stdin-path says what standard input is"),
        (&["--stdin-path", "../a", "-"], "is not below"),
        (&["--stdin-path", "/", "-"], "is not below"),
    ] {
        let ran = piped(folder.path(), args, b"x");
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{args:?}");
        assert!(ran.err.contains(says), "{args:?}: {}", ran.err);
    }
    // A file of that name is one all the same.
    fs::write(folder.path().join("-"), leak()).unwrap();
    assert_eq!(piped(folder.path(), &["./-"], b"").code, 1);
}

#[cfg(unix)]
#[test]
fn a_terminal_is_not_waited_for() {
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    let pty = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&pty).and_then(|()| unlockpt(&pty)).unwrap();
    let name = ptsname(&pty, Vec::new()).unwrap().into_string().unwrap();
    let terminal = fs::File::options().read(true).write(true).open(name).unwrap();
    let folder = folder(&[]);
    let mut command = command(folder.path(), &["scan", "-"]);
    command.stdin(terminal);
    let ran = crate::cli::ran(command);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("standard input is a terminal; pipe something into it"), "{}", ran.err);
}
