// SPDX-License-Identifier: AGPL-3.0-or-later
//! The administrator's lines come last in main.cf, and the last line about a parameter holds: the earlier ones are left out.
//!
//! Postfix would do without, but each of its processes then says so in the log, postlogd as well, which keeps that log: at a
//! reload it waits for itself to take what it says (the socket holds ten lines), and all of Postfix waits with it.

/// postconf(5): a line that begins with white space continues the one before; comments may stand between.
pub fn last_of_each(text: &str) -> String {
    let mut entries: Vec<(Option<&str>, String)> = Vec::new();
    let mut parameter = None;
    for line in text.lines() {
        let is_comment = line.trim_start().starts_with('#') || line.trim().is_empty();
        let continued = parameter.filter(|_| line.starts_with([' ', '\t']) && !is_comment);
        if let Some((_, lines)) = continued.and_then(|at: usize| entries.get_mut(at)) {
            *lines += &format!("{line}\n");
            continue;
        }
        let name = line.split_once('=').map(|(name, _)| name.trim()).filter(|_| !is_comment);
        if name.is_some() {
            parameter = Some(entries.len());
        }
        entries.push((name, format!("{line}\n")));
    }
    let is_last = |at: usize, name: &str| !entries.iter().skip(at + 1).any(|(later, _)| *later == Some(name));
    let kept = entries.iter().enumerate().filter(|(at, (name, _))| name.is_none_or(|name| is_last(*at, name)));
    kept.map(|(_, (_, lines))| lines.as_str()).collect()
}

#[cfg(test)]
mod tests {
    use super::last_of_each;

    #[test]
    fn the_last_line_about_a_parameter_stays_with_all_that_continues_it() {
        let text = "a = 1\n# why\nb = x,\n# between\n  y\nc=3\n\na = 2\nb = z\n  and more\n";
        assert_eq!(last_of_each(text), "# why\n# between\nc=3\n\na = 2\nb = z\n  and more\n");
    }

    #[test]
    fn what_is_said_once_is_left_alone() {
        let text = include_str!("../../../templates/postfix/lookup.cf");
        assert_eq!(last_of_each(text), text);
    }
}
