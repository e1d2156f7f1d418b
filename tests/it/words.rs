//! Pieces of text that mean something to some check, from which random texts are made.

/// What starts, ends, joins or announces a secret, and what looks as if it did.
pub(crate) const TELLING: &[&str] = &[
    "-----BEGIN ",
    "-----BEGIN PRIVATE KEY-----",
    "-----END ",
    "-----",
    "://",
    "postgres://u:",
    "@",
    ":",
    "=",
    "\"",
    "'",
    "`",
    "\\n",
    "\\",
    "{",
    "}",
    "${",
    "#",
    "bartizan:allow ",
    "ghp_",
    "AKIA",
    "eyJ",
    "sk_live_",
    "xoxb-",
    "password",
    "secret_key",
    "token: ",
    "api_key = ",
    "Authorization: Bearer ",
    "<password>",
    "\r\n",
    "\n",
    "\r",
    "\t",
    " ",
    "\u{202e}",
    "é",
    "🔑",
    "\u{feff}",
    "\u{1b}[31m",
    "\0",
    "export ",
    "%3D",
    "AccountKey=",
    "machine ",
    " login ",
    "-----BEGIN RSA PRIVATE KEY-----\n",
    "-----END RSA PRIVATE KEY-----\n",
    "password = ",
    "user = ",
    "login: ",
    "ENV ",
    "key",
    "auth",
    "--password ",
    "\n\n",
    "%3D%",
    "\\x22:\\x22",
    "&quot;",
    "\\u0022",
    "value: ",
    "twilio",
    "azure",
    "new String(",
    "(",
    ")",
    "[",
    "]",
    ",",
    ";",
    "kind: Secret\n",
    "client-key-data:",
    "--",
    "-",
    ".",
    "/",
    "+",
    "curl -u ",
    "https://",
    "sha256",
    "name: ",
    ">",
    "<",
];

/// A token that was never issued, with the checksum that issued ones have; another one for each name.
pub(crate) fn github_token(name: &str) -> String {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut state = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    let mut digit = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(DIGITS[(state >> 33) as usize % 62])
    };
    let body: String = (0..30).map(|_| digit()).collect();
    let mut sum = crc32fast::hash(body.as_bytes());
    let mut checksum = [b'0'; 6];
    for place in checksum.iter_mut().rev() {
        *place = DIGITS[(sum % 62) as usize];
        sum /= 62;
    }
    format!("ghp_{body}{}", String::from_utf8_lossy(&checksum))
}
