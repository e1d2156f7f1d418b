//! Wildcards as shells and SSH have them: `*` and `?`, without classes.

/// True if all of `text` matches: `*` stands for any text, `?` for any byte. Quadratic time at most.
pub(super) fn matches(text: &[u8], pattern: &[u8]) -> bool {
    let (mut at, mut next) = (0, 0);
    // After the last star, and the end of what it has matched.
    let mut star: Option<(usize, usize)> = None;
    while let Some(byte) = text.get(at) {
        match pattern.get(next) {
            Some(b'*') => {
                next += 1;
                star = Some((next, at));
            }
            Some(wanted) if *wanted == b'?' || wanted == byte => {
                (at, next) = (at + 1, next + 1);
            }
            _ => match &mut star {
                Some((behind, from)) => {
                    *from += 1;
                    (at, next) = (*from, *behind);
                }
                None => return false,
            },
        }
    }
    pattern.get(next..).is_some_and(|rest| rest.iter().all(|byte| *byte == b'*'))
}
