//! Storms: texts of one piece over and over, each of which something looks at. Made from the rules themselves, so
//! that a new rule brings its own; used by the tests and by `benches/storms.rs`.

use std::io::Write as _;
use std::path::Path;

use bartizan::engine::rule::Matcher;
use bartizan::engine::shape::{Part, Shape};
use bartizan::engine::{Engine, Run};
use data_encoding::{BASE64, HEXLOWER};
use flate2::Compression;
use flate2::write::GzEncoder;

/// A piece that is repeated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Storm {
    /// Where it comes from.
    pub(crate) name: String,
    /// The piece.
    pub(crate) piece: Vec<u8>,
}

/// What stands between two pieces.
pub(crate) const BETWEEN: &[&str] =
    &["", "=", ":", "=\"", "-", " ", ".", "\n", "/", "_", ": ", "(\"", " = '", "))"];

/// The same numbers in every run.
pub(crate) struct Numbers(u64);

impl Numbers {
    /// Starts from `seed`.
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// The next one below `count`.
    pub(crate) fn below(&mut self, count: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 33) as usize % count
    }
}

/// How long the last part of a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Length {
    /// As short as it may be.
    Least,
    /// One byte shorter than that: nearly a token.
    Short,
    /// As long as it may be, up to some hundred bytes.
    Most,
}

/// Something that `shape` matches, or nearly.
pub(crate) fn token(shape: &Shape, length: Length, numbers: &mut Numbers) -> Vec<u8> {
    let last = shape.parts.iter().rposition(|part| matches!(part, Part::Class(..)));
    let mut out = Vec::new();
    for (index, part) in shape.parts.iter().enumerate() {
        match part {
            Part::Lit(text) => out.extend_from_slice(text.as_bytes()),
            Part::Class(set, min, max) => {
                let members: Vec<u8> = (0..128).filter(|byte| set.has(*byte)).collect();
                let count = match length {
                    Length::Short if Some(index) == last => min.saturating_sub(1),
                    Length::Least | Length::Short => *min,
                    Length::Most => (*max).min(400).max(*min),
                };
                out.extend((0..count).map(|_| members[numbers.below(members.len())]));
            }
            Part::Open | Part::Close => {}
        }
    }
    out
}

/// Every piece that the checks of `engine` look at, and what stands encoded.
pub(crate) fn pieces(engine: &Engine) -> Vec<Storm> {
    let mut numbers = Numbers::new(1);
    let mut all = Vec::new();
    let mut add = |name: String, piece: Vec<u8>| all.push(Storm { name, piece });
    for check in engine.checks() {
        let id = check.meta.id;
        match check.run {
            Run::Rule(rule) => match rule.matcher {
                Matcher::Token { shapes, near } => {
                    for shape in shapes {
                        add(format!("{id}, prefix"), shape.anchor_text().unwrap_or_default().into());
                        for length in [Length::Least, Length::Short, Length::Most] {
                            let token = token(shape, length, &mut numbers);
                            if let Some(word) = near.first() {
                                add(
                                    format!("{id}, {length:?}, near"),
                                    [&token[..], b" ", word.as_bytes()].concat(),
                                );
                            }
                            add(format!("{id}, {length:?}"), token);
                        }
                    }
                }
                Matcher::Near { keywords, shapes } => {
                    for word in keywords {
                        add(format!("{id}, keyword"), word.as_bytes().into());
                    }
                    for shape in shapes {
                        for length in [Length::Least, Length::Short, Length::Most] {
                            let token = token(shape, length, &mut numbers);
                            add(format!("{id}, {length:?}"), [keywords[0].as_bytes(), b"=", &token].concat());
                        }
                    }
                }
                Matcher::Pattern { anchors, .. } => {
                    for anchor in anchors {
                        add(format!("{id}, anchor"), anchor.as_bytes().into());
                    }
                }
                Matcher::Url { schemes, hosts } => {
                    let host = hosts.first().unwrap_or(&"h.io");
                    for scheme in schemes {
                        add(format!("{id}, scheme"), format!("{scheme}://").into());
                        add(format!("{id}, half"), format!("{scheme}://u:").into());
                        add(format!("{id}, login"), format!("{scheme}://u:kX9d{}@{host}", "Pq27").into());
                    }
                }
                Matcher::Pem { labels } => {
                    for label in labels {
                        add(format!("{id}, begin"), format!("-----BEGIN {label}-----").into());
                        add(
                            format!("{id}, end"),
                            format!("-----BEGIN {label}-----\nAb1\n-----END {label}-----").into(),
                        );
                    }
                }
            },
            Run::Assigned { keywords, .. } => {
                for word in keywords {
                    add(format!("{id}, word"), word.as_bytes().into());
                    add(format!("{id}, value"), format!("{word}=\"kX9d{}\"", "Pq27TzLmWv4s").into());
                }
            }
            Run::Named { contents, .. } => {
                for word in contents {
                    add(format!("{id}, content"), word.as_bytes().into());
                }
            }
            _ => {}
        }
    }
    for text in
        ["://", "-----BEGIN ", "%3d%3d", r"\u003d", r"\x3d\x3d", "&quot;", ";&#x3d", "\"", "bartizan:allow "]
    {
        add("sign".to_owned(), text.as_bytes().into());
    }
    add(
        "base64 of text".to_owned(),
        BASE64.encode(b"the quick brown fox jumps over the lazy dog, twice").into(),
    );
    add("hex of text".to_owned(), HEXLOWER.encode(b"the quick brown fox jumps over the lazy dog").into());
    add("start of gzip".to_owned(), b"H4sIAAAAAAAAA0vOzytJrSgBAHH6U3QHAAAAAAAA".to_vec());
    all
}

/// How a storm is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dress {
    /// As it is.
    Plain,
    /// As base64 on one line.
    Base64,
    /// As base64 of base64, in lines.
    Nested,
    /// With each byte escaped.
    Escaped,
    /// Packed.
    Gzip,
}

/// At least `bytes` of `piece`, side by side.
pub(crate) fn repeated(piece: &[u8], bytes: usize) -> Vec<u8> {
    piece.iter().copied().cycle().take(bytes.next_multiple_of(piece.len().max(1))).collect()
}

/// `text` as it is stored.
pub(crate) fn dressed(text: &[u8], dress: Dress) -> Vec<u8> {
    match dress {
        Dress::Plain => text.to_vec(),
        Dress::Base64 => BASE64.encode(text).into_bytes(),
        Dress::Nested => {
            let inner = BASE64.encode(text);
            let outer = BASE64.encode(inner.as_bytes());
            outer.as_bytes().chunks(76).flat_map(|line| [line, b"\n"].concat()).collect()
        }
        Dress::Escaped => text.iter().flat_map(|byte| format!("%{byte:02x}").into_bytes()).collect(),
        Dress::Gzip => {
            let mut file = GzEncoder::new(Vec::new(), Compression::fast());
            let packed = file.write_all(text).and_then(|()| file.finish());
            packed.unwrap_or_default()
        }
    }
}

/// The twenty that cost most before anything was done about them, and since: each with what it is about.
pub(crate) fn worst() -> Vec<Storm> {
    let key = "kX9dPq27TzLmWv4s";
    let web = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.";
    [
        ("three parts of web tokens", web.to_owned()),
        ("web tokens, nearly", format!("eyJ{key}{key}.eyJ{key}{key}{key}.{key}-")),
        ("a web token that another rule starts like", format!("eyJ0eXAiOiAi{key}.{key}.{key}{key}.")),
        ("a prefix and a run without an end", format!("secret-token:{key}-")),
        ("names of keys and nothing else", "key=".to_owned()),
        ("names of passwords in quotes", "passw=\"".to_owned()),
        ("names of tokens", "token: ".to_owned()),
        ("brackets that nothing opened", format!("key={})))))))))))))))))))))))))", &key[..4])),
        ("values one behind the other", format!("db.token=\"{key}\" ")),
        ("values in lines", format!("db.token = \"{key}\"\n")),
        ("a provider's name with slashes", "snyk_api_token/".to_owned()),
        ("a provider's value that does not fit", format!("expo_token=c-{key}{key}-")),
        ("members of connection strings", "password=".to_owned()),
        ("a command and its options", format!("curl -u admin:{} http://x.y.z/ ", &key[..10])),
        ("a name that two rules take up", "alibaba= =h:_password = n".to_owned()),
        ("colons of password files", ":::".to_owned()),
        ("properties", "spring.".to_owned()),
        ("logins", format!("postgres://u:{}@h.io ", &key[..8])),
        ("key blocks that do not end", "-----BEGIN PRIVATE KEY-----".to_owned()),
        ("values in quotes that the next one closes", "hasuraadminsecret'ai21".to_owned()),
    ]
    .into_iter()
    .map(|(name, piece)| Storm { name: name.to_owned(), piece: piece.into_bytes() })
    .collect()
}

/// Writes `storm` as the workflow `name` of the repository in `folder`.
pub(crate) fn write_workflow(folder: &Path, name: &str, storm: &Storm) {
    let workflows = folder.join(".github/workflows");
    std::fs::create_dir_all(&workflows).expect("there is room");
    std::fs::write(workflows.join(name), &storm.piece).expect("there is room");
}

/// Workflows of one line or a few over and over, at least `bytes` each, with what they are about.
pub(crate) fn workflows(bytes: usize) -> Vec<Storm> {
    let top = "on: [push, pull_request_target, issue_comment]\njobs:\n";
    let steps = format!("{top}  a:\n    runs-on: ubuntu-latest\n    steps:\n");
    let script = format!("{steps}      - run: |\n");
    let matrix = format!(
        "{top}  a:\n    runs-on: ${{{{ matrix.x }}}}\n    steps: [{{run: 'echo ${{{{ matrix.x }}}}'}}]\n    \
         strategy:\n      matrix:\n        x:\n"
    );
    let (top, steps, script) = (top, steps.as_str(), script.as_str());
    let kinds: [(&str, &str, &str); 20] = [
        ("actions by tag", steps, "      - uses: a/b#@v1\n"),
        ("one action over and over", steps, "      - uses: actions/checkout@v4\n"),
        ("steps that a title is inserted into", steps, "      - run: echo ${{ github.event.issue.title }}\n"),
        ("lines that a title is inserted into", script, "          echo ${{ github.event.issue.title }}\n"),
        ("downloads that run", script, "          curl https://x.io/a | bash\n"),
        ("installations", script, "          npm install x && pip install y\n"),
        ("jobs", top, "  j#:\n    runs-on: ubuntu-latest\n    steps: [{run: x}]\n"),
        (
            "jobs that need one",
            top,
            "  j#:\n    runs-on: x\n    needs: j0\n    steps: [{run: 'echo ${{ needs.j0.outputs.o }}'}]\n",
        ),
        (
            "outputs of steps",
            steps,
            "      - id: s#\n        run: echo o=${{ steps.s0.outputs.o }} >> $GITHUB_OUTPUT\n",
        ),
        ("environments", steps, "      - env:\n          E#: ${{ env.E0 }}\n        run: echo $E#\n"),
        (
            "conditions",
            steps,
            "      - if: github.actor == 'dependabot[bot]' && contains('a', github.ref)\n        run: x\n",
        ),
        ("a matrix", &matrix, "          - v#\n"),
        ("lines for the environment", script, "          echo \"A=${{ github.head_ref }}\" >> $GITHUB_ENV\n"),
        (
            "checkouts of a pull request",
            steps,
            "      - uses: actions/checkout@v4\n        with: {ref: '${{ github.event.pull_request.head.sha }}'}\n      - run: make\n",
        ),
        (
            "permissions",
            top,
            "  j#:\n    permissions: write-all\n    runs-on: self-hosted\n    steps: [{run: x}]\n",
        ),
        ("called workflows", top, "  j#:\n    uses: ./.github/workflows/w.yml\n    secrets: inherit\n"),
        ("variables of a script", script, "          A#=${{ github.head_ref }}; echo $A#\n"),
        ("quotes", script, "          \"$(a 'b')\" `c` $((1)) <<E\n"),
        ("local actions", steps, "      - uses: ./.github/actions/a#\n"),
        ("marks", steps, "      # zizmor: ignore[unpinned-uses]\n"),
    ];
    let storm = |(name, head, piece): (&str, &str, &str)| {
        let mut text = head.to_owned();
        for number in 0.. {
            if text.len() >= bytes {
                break;
            }
            text.push_str(&piece.replace('#', &number.to_string()));
        }
        Storm { name: name.to_owned(), piece: text.into_bytes() }
    };
    kinds.into_iter().map(storm).collect()
}
