// SPDX-License-Identifier: AGPL-3.0-or-later
//! What is wrong with a file in TOML, without what is in it: the parser's whole message shows the line, where a password may
//! stand, and errors go into journals, onto the console and out by mail.

pub fn parse<T: serde::de::DeserializeOwned>(text: &str) -> anyhow::Result<T> {
    toml::from_str(text).map_err(|error| anyhow::anyhow!(of(text, &error)))
}

/// In the text that was parsed: `line 3: unknown field `colour``.
pub fn of(text: &str, error: &toml::de::Error) -> String {
    let message = without_value(error.message());
    match error.span() {
        Some(span) => {
            let before = text.as_bytes().iter().take(span.start);
            format!("line {}: {message}", before.filter(|byte| **byte == b'\n').count() + 1)
        }
        None => message,
    }
}

/// Of a wrong type or value serde shows the value; names of fields are no secrets.
fn without_value(message: &str) -> String {
    let first = message.lines().next().unwrap_or_default();
    let has_value = ["invalid type", "invalid value", "unknown variant"].iter().any(|kind| first.starts_with(kind));
    match first.rfind(", expected ") {
        Some(at) if has_value => format!("not what belongs here{}", first.get(at..).unwrap_or_default()),
        _ if has_value => "not what belongs here".to_owned(),
        _ => first.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use crate::setup::Answers;

    #[test]
    fn a_mistake_is_told_with_its_line_and_without_the_secret_in_it() {
        let of = |text: &str| super::of(text, &toml::from_str::<Answers>(text).unwrap_err());
        let text = "domain = 'a.test'\n[administrator]\npasword = 'sesame'\n";
        let said = of(text);
        assert!(said.starts_with("line 3: unknown field `pasword`"), "{said}");
        for value in ["sesame open", "'sesame", "\"sesame\nopen\"", "['sesame']", "{sesame = 1}", "0xsesame"] {
            let said = of(&format!("[administrator]\npassword = {value}\n"));
            assert!(said.starts_with("line ") && !said.contains("sesame"), "{value}: {said}");
        }
        let said = of("[administrator]\npassword = 12345678\n");
        assert_eq!(said, "line 2: not what belongs here, expected a string");
        let said = of("[relay]\nhost = 'r.test'\nport = 'sesame'\n");
        assert!(said.contains("expected u16") && !said.contains("sesame"), "{said}");
        let said = of("[system.network]\nmode = 'sesame'\n");
        assert!(!said.contains("sesame"), "{said}");
        let said = of("domain = 'a.test'\nhostname = 7");
        assert!(said.starts_with("line 2: "), "{said}");
    }
}
