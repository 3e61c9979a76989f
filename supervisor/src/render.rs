// SPDX-License-Identifier: AGPL-3.0-or-later
//! Templates to text. A name that the template has and the values have not is an error, never an empty string.

use anyhow::{Context, Result};
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value};

pub fn text(name: &str, template: &str, values: Value) -> Result<String> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    let text = environment.render_named_str(name, template, values).with_context(|| format!("template {name}"))?;
    // The engine drops the last line's end.
    Ok(text + "\n")
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_is_not_given_is_an_error() {
        let values = minijinja::context! { a => "<&>" };
        assert_eq!(super::text("t", "a = {{ a }}\n", values.clone()).unwrap(), "a = <&>\n");
        assert!(super::text("t", "{{ b }}", values).is_err());
    }
}
