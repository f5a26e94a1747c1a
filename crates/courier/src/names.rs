//! What files on a courier are called. Names are made from ids and say nothing about a computer; they
//! are for people to find a file by, and nobody draws a conclusion from one that he did not make.

use keyferry_token::TokenId;

/// Where the groups of a token's id end in a name.
const OF_TOKEN: usize = 6 * 5 - 1;
/// And those of its answer.
const OF_ANSWER: usize = 2 * 5;
const EXTENSION: &str = ".kft";

/// The file of a token that a computer sends: `AB3D-9KX2-7QRM-0B3D-4RTW-9MPX.kft`. It begins with what
/// people call the token.
pub fn token_name(token: TokenId) -> String {
    format!("{}{EXTENSION}", token.file_stem())
}

/// The file of a token that this computer carries for another one, and cannot open: named by its bytes.
pub fn brought_name(sealed: &[u8]) -> String {
    // As good a name as an id, which would be read from inside.
    token_name(TokenId::of_claims(sealed))
}

/// The file of an answer: the name of what it answers, and two groups of its own.
pub fn answer_name(answers: TokenId, answer: TokenId) -> String {
    format!("{}-{}{EXTENSION}", answers.file_stem(), answer.reference())
}

/// Whether a name is one that [`answer_name`] makes for an answer to this token.
pub fn is_answer_to(name: &str, answers: TokenId) -> bool {
    answered_name(name).is_some_and(|answered| answered.eq_ignore_ascii_case(&token_name(answers)))
}

/// Of the name of an answer, the name of what it answers, in capitals.
pub fn answered_name(name: &str) -> Option<String> {
    let stem = name.get(..OF_TOKEN)?;
    let is_answer = name.len() == OF_TOKEN + OF_ANSWER + EXTENSION.len()
        && name.is_ascii()
        && name.as_bytes()[OF_TOKEN] == b'-'
        && is_token_file(name);
    is_answer.then(|| format!("{stem}{EXTENSION}").to_ascii_uppercase())
}

/// Whether a file may hold a token by its name. What systems leave beside files (`._NAME`) does not.
pub(crate) fn is_token_file(name: &str) -> bool {
    let at = name.len().saturating_sub(EXTENSION.len());
    !name.starts_with('.')
        && at > 0
        && name
            .get(at..)
            .is_some_and(|end| end.eq_ignore_ascii_case(EXTENSION))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(byte: u8) -> TokenId {
        TokenId::new([byte; 32])
    }

    #[test]
    fn a_name_is_short_plain_and_begins_with_the_reference() {
        let token = TokenId::of_claims(b"a token");
        for name in [token_name(token), answer_name(token, id(7))] {
            assert!(name.len() <= 43, "{name}");
            assert!(name.starts_with(&token.reference()));
            let stem = name.strip_suffix(".kft").unwrap();
            assert!(
                stem.bytes()
                    .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'-')
            );
        }
    }

    #[test]
    fn an_answers_name_leads_to_what_it_answers_and_to_nothing_else() {
        let name = answer_name(id(1), id(2));
        assert!(is_answer_to(&name, id(1)));
        assert!(is_answer_to(&name.to_lowercase(), id(1)));
        assert!(!is_answer_to(&name, id(2)));
        for other in [
            token_name(id(1)),
            name.replace(".kft", ".txt"),
            format!("x{name}"),
            name.replace('0', "ä"),
        ] {
            assert!(!is_answer_to(&other, id(1)), "{other}");
        }
    }

    #[test]
    fn what_systems_leave_beside_files_is_no_token() {
        for name in ["a.kft", "A.KFT", "keyferry-request-AB3D-9KX2.kft"] {
            assert!(is_token_file(name), "{name}");
        }
        for name in ["._a.kft", ".kft", "a.kft.txt", "a.lic", "", "ä", "äkft"] {
            assert!(!is_token_file(name), "{name}");
        }
    }
}
