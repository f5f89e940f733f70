//! What somebody probably meant to write.

use std::fmt;

/// The end of a clause about an unknown word: `; did you mean …?`, or `;` if nothing is close.
pub(super) struct Hint {
    /// The known word that is closest, if one is close.
    pub(super) closest: Option<&'static str>,
}

impl fmt::Display for Hint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.closest {
            Some(word) => write!(f, "; did you mean `{word}`?"),
            None => f.write_str(";"),
        }
    }
}

/// Looks for the known word that differs in at most a third of its letters.
pub(super) fn did_you_mean(given: &str, known: &[&'static str]) -> Hint {
    let close = known.iter().filter_map(|word| {
        let most = (word.len() / 3).max(1);
        // Also spares comparing texts of any length.
        let distance = (given.len().abs_diff(word.len()) <= 2 * most).then(|| distance(given, word))?;
        (distance <= most).then_some((distance, *word))
    });
    Hint { closest: close.min().map(|(_, word)| word) }
}

/// How many letters must be put in, taken out, changed or swapped with the next one to turn one word into the other
/// (optimal string alignment).
fn distance(from: &str, to: &str) -> usize {
    let letters = |text: &str| text.to_lowercase().chars().collect::<Vec<char>>();
    let (from, to) = (letters(from), letters(to));
    // `table[i][j]` is the distance between the first `i` letters of one and the first `j` of the other.
    let mut table = vec![vec![0; to.len() + 1]; from.len() + 1];
    for i in 0..=from.len() {
        for j in 0..=to.len() {
            table[i][j] = if i == 0 || j == 0 {
                i + j
            } else {
                let changed = table[i - 1][j - 1] + usize::from(from[i - 1] != to[j - 1]);
                let swaps = i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1];
                let swapped = if swaps { table[i - 2][j - 2] + 1 } else { usize::MAX };
                changed.min(swapped).min(table[i - 1][j] + 1).min(table[i][j - 1] + 1)
            };
        }
    }
    table[from.len()][to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closest_known_word_is_suggested_if_it_is_close() {
        let known = ["soak", "approvals", "steps", "weight", "name"];
        let closest = |given| did_you_mean(given, &known).closest;
        assert_eq!(closest("aprovals"), Some("approvals"));
        assert_eq!(closest("Steps"), Some("steps"));
        assert_eq!(closest("naem"), Some("name"));
        assert_eq!(closest("wieght"), Some("weight"));
        assert_eq!(closest("freeze"), None);
        assert_eq!(closest(""), None);
    }
}
