//! Finds a place in a sorted list, quickly where it is near the last one.

/// The index of the first of `all` that is not `before`, as [`slice::partition_point`]; quick if it is near `hint`.
#[inline]
pub(super) fn gallop<T>(all: &[T], hint: usize, before: impl Fn(&T) -> bool) -> usize {
    let hint = hint.min(all.len());
    let mut step = 1;
    let (mut low, mut high) = if hint > 0 && !before(&all[hint - 1]) {
        let mut low = hint - 1;
        while low > 0 && !before(&all[low - 1]) {
            step *= 2;
            low = low.saturating_sub(step);
        }
        (low, hint - 1)
    } else {
        let mut high = hint;
        while high < all.len() && before(&all[high]) {
            step *= 2;
            high = all.len().min(high + step);
        }
        (hint, high)
    };
    while low < high {
        let middle = low.midpoint(high);
        if before(&all[middle]) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::gallop;

    proptest! {
        #[test]
        fn the_place_is_found_whatever_the_hint(
            mut all in proptest::collection::vec(0u8..40, 0..60),
            hint in 0usize..70,
            limit in 0u8..42,
        ) {
            all.sort_unstable();
            let before = |one: &u8| *one < limit;
            prop_assert_eq!(gallop(&all, hint, before), all.partition_point(before));
        }
    }
}
